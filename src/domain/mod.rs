//! Rules and values. Nothing here does I/O, reads a clock or draws a random number by itself:
//! `now` and the source of chance are parameters. Imports nothing else of the crate.

pub mod case;
pub mod code;
pub mod display_name;
pub mod email;
pub mod entropy;
pub mod exit_code;
pub mod hash;
pub mod id;
pub mod keyring;
pub mod language;
pub mod max_startups;
pub mod name;
pub mod password;
pub mod portal;
pub mod qr;
pub mod recovery_code;
pub mod relay;
pub mod secret;
pub mod source;
pub mod ssh_key;
pub mod strength;
pub mod team;
pub mod text;
pub mod throttle;
pub mod time_zone;
pub mod timestamp;
pub mod totp;
