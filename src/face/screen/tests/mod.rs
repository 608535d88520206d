//! A person's keys on sample pages, and what they then see.

mod desk;
mod forms;
mod frames;
mod keys;
mod typing;
mod ways;
