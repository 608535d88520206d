//! Visits on a screen.
