//! Keys on sample pages, and the resulting screens.

mod branding;
mod finding;
mod forms;
mod frames;
#[path = "../../../../tests/acceptance/golden.rs"]
mod golden;
mod help;
mod keys;
mod languages;
mod looks;
mod navigation;
mod pictures;
mod sample_form;
mod typing;
