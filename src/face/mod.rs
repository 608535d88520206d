//! How a page meets a person.

pub mod screen;
