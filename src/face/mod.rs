//! How a page meets a person.
