//! Keys on sample pages, and the resulting screens.

mod forms;
mod frames;
#[path = "../../../../tests/acceptance/golden.rs"]
mod golden;
mod keys;
mod looks;
mod navigation;
mod sample_form;
mod typing;
