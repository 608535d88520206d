//! Rules and values. No I/O, no clock, no global random generator: `now` and [`entropy`] are
//! parameters, so every rule is tested without a runtime. Imports nothing else of the crate.

pub mod case;
pub mod code;
pub mod display_name;
pub mod email;
pub mod entropy;
pub mod hash;
pub mod id;
pub mod keyring;
pub mod language;
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
