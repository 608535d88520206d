//! Keys on sample pages, and the resulting screens.

mod forms;
mod frames;
mod keys;
mod navigation;
mod sample_form;
mod typing;
