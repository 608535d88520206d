//! Rules and values. Nothing here does I/O, reads a clock or draws a random number by itself:
//! `now` and `rng` are parameters. Imports nothing else of the crate.

pub mod moment;
pub mod password;
pub mod portal;
pub mod secret;
pub mod source;
