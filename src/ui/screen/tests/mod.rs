//! A person's keys on sample pages, and what they then see.

mod forms;
mod frames;
#[path = "../../../../tests/acceptance/golden.rs"]
mod golden;
mod keys;
mod sample_form;
mod typing;
mod ways;
