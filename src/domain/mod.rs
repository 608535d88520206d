//! Rules and values. No I/O, no clock, no global random generator: `now` and [`entropy`] are
//! parameters, so every rule is tested without a runtime. Imports nothing else of the crate.

pub mod audit_event;
pub mod case;
pub mod code;
pub mod display_name;
pub mod email;
pub mod email_address;
pub mod entropy;
pub mod exit_code;
pub mod hash;
pub mod id;
pub mod invitation;
pub mod keyring;
pub mod language;
pub mod max_startups;
pub mod membership;
pub mod name;
pub mod password;
pub mod portal;
pub mod profile;
pub mod qr;
pub mod recovery_code;
pub mod registered_key;
pub mod relay;
pub mod secret;
pub mod session;
pub mod source;
pub mod ssh_key;
pub mod strength;
pub mod support_case;
pub mod team;
pub mod text;
pub mod throttle;
pub mod time_zone;
pub mod timestamp;
pub mod totp;
