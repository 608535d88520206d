//! Doorkey: a self-service account portal over SSH.
//!
//! The map, in reading order. One feature is one word in every room: `forgot_password` is
//! `flow/forgot_password.rs`, `accounts/forgot_password.rs`, `tests/acceptance/forgot_password.rs`.
//!
//! | room | what lives there |
//! |---|---|
//! | [`session`] | one person's session: the loop where input, flow, face and service meet. Read this first |
//! | [`flow`] | what a person does, as pure state machines: `page()` and `update(event) -> step` |
//! | [`face`] | how a page meets a person: `screen` draws it with ratatui, `lines` asks line by line; `exec` answers commands |
//! | [`accounts`] | what the service does, one file per story; `request` is the closed list of what may be asked |
//! | [`domain`] | rules and values: names, addresses, passwords, codes, throttles. No I/O; now and rng are parameters |
//! | [`store`] | SQL, and only here: SQLite and PostgreSQL behind one enum, one SQL text per query |
//! | [`mail`] | emails from templates, and the transports that carry them |
//! | [`terminal`] | bytes to keys and cells to bytes; knows neither SSH nor accounts |
//! | [`ssh`] | the wire: accept loop, admission, handler, host keys. Decides nothing about accounts |
//! | [`config`] | settings: defaults < file < environment < flags |
//! | [`clock`] | the only place that reads the time; moved by hand in tests |
//! | [`command`] | what an operator types: serve, demo, user, team, support, check |
//!
//! Arrows point to what is imported; there is no arrow back, and `tests/acceptance/tidy.rs` enforces them:
//!
//! ```text
//! main -> command -> everything of ours: it puts the parts together
//! ssh -> session -> { face, terminal, flow, accounts }        ssh -> terminal::size, face::questions
//! face -> flow, terminal, accounts::request        flow -> accounts::request        accounts -> store, mail, clock
//! { ssh, session, face, flow, accounts, store, mail, clock, config } -> domain -> nothing of ours
//! ```

pub mod accounts;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod flow;
pub mod mail;
pub mod session;
pub mod ssh;
pub mod store;
pub mod terminal;
pub mod ui;
