//! Doorkey: a self-service account portal over SSH.
//!
//! The map, in reading order. A feature has the same name in every module: `keys` is `flow/keys`,
//! `commands/keys.rs`, `accounts/keys`, `store/keys.rs` and `tests/acceptance/keys.rs`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`session`] | one person's session: the event loop where input, flow, ui and service meet. Read this first |
//! | [`flow`] | what a person does, as pure state machines: `page()` and `update(event) -> step` |
//! | [`ui`] | how a page meets a person: `screen` (ratatui), `lines` (line mode), `prompts` (keyboard-interactive) |
//! | [`commands`] | `ssh account@host COMMAND`: one file a command |
//! | [`accounts`] | the service, one file a story; `request` is the closed list of what can be asked |
//! | [`domain`] | rules and values: names, email addresses, passwords, codes, rate limits. No I/O; now and rng are parameters |
//! | [`messages`] | every sentence that people read, by id and in each language |
//! | [`store`] | SQL, and only here: SQLite and PostgreSQL behind one enum, one SQL text a query |
//! | [`mail`] | templates, the outbox and its worker, and the transports that send email |
//! | [`terminal`] | bytes to keys and cells to bytes; knows neither SSH nor accounts |
//! | [`ssh`] | the wire: accept loop, admission, connection handler, host keys. Decides nothing about accounts |
//! | [`directory`] | where accounts and passwords live if not in the store: LDAP, Active Directory, a command |
//! | [`verify`] | passwords checked for services of this machine, at a socket in the file system |
//! | [`hooks`] | events sent to other systems: webhooks and commands |
//! | [`ldap`] | the LDAP server: passwords checked, people and teams looked up by other programs |
//! | [`config`] | settings: defaults < file < environment < flags |
//! | [`log`] | the log: its events, its format, and how many lines of it strangers can set off |
//! | [`metrics`] | what is counted while the portal runs, and `/metrics`, `/healthz`, `/readyz` for this machine |
//! | [`sandbox`] | what `serve` gives up before it lets anyone in: files, system calls, privileges |
//! | [`clock`] | the only place that reads the time; moved by hand in tests |
//! | [`programs`] | programs that an operator has the portal run, by a process that may |
//! | `private_file` | new files that only their owner may use |
//! | `fail_point` | where tests stop the process to kill it; empty in a release |
//! | [`cli`] | what an operator types: serve, demo, user, team, support, outbox, keys, check, backup, verify |
//!
//! Arrows point to what is imported. There is no arrow back; `tests/acceptance/tidy.rs` enforces this.
//!
//! ```text
//! main -> cli -> everything of ours: it puts the parts together
//! ssh -> session -> { ui, commands, terminal, flow, accounts }        ssh -> terminal::size, ui::prompts
//! verify -> accounts, log, metrics, domain        ldap -> accounts, log, metrics, domain
//! hooks -> store, programs, clock, log, metrics, fail_point, domain
//! ui -> flow, terminal, accounts::request        commands -> flow, accounts::request        flow -> accounts::request
//! { ssh, session, accounts, store, mail } -> log -> { domain, metrics }
//! { ssh, session, accounts, store, mail } -> metrics -> nothing of ours
//! accounts -> store, mail, clock, directory        directory -> domain, programs        programs -> log, domain        mail -> store, clock, fail_point        store -> fail_point
//! { ssh, store, config } -> private_file -> nothing of ours
//! { ssh, session, ui, commands, flow, accounts, store, mail, clock, config } -> domain -> messages
//! { session, ui, commands, flow, accounts, store, mail, config } -> messages -> nothing of ours        sandbox -> nothing of ours
//! ```
//!
//! Crates of others that would tie many modules to them stay where they belong; the same test enforces this.
//! `terminal` paints ratatui's cells, and `domain::email` takes only addresses that lettre can send to.
//!
//! ```text
//! russh only in ssh        sqlx only in store        minijinja only in mail        toml only in config
//! ratatui only in ui, terminal        crossterm, termina only in terminal
//! lettre only in mail, domain::email        clap only in cli, commands        anyhow, csv only in cli
//! ldap3_proto, x509_parser only in ldap
//! argon2, aws_lc_rs, bcrypt, sha_crypt, icu_properties, totp_rs, unicode_security, zxcvbn, ssh_key only in domain
//! hyper, hyper_util, hyper_rustls, http_body_util, rustls only in hooks
//! landlock, seccompiler, libc only in sandbox        prometheus_client, httparse only in metrics
//! tokio_rustls only in directory, ldap        rustls_native_certs only in directory, hooks
//! fluent_bundle, fluent_syntax, unic_langid, rustc_hash only in messages        sd_notify, listenfd, hickory_resolver only in cli
//! ```

pub mod accounts;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod directory;
pub mod domain;
mod fail_point;
pub mod flow;
pub mod hooks;
pub mod ldap;
pub mod log;
pub mod mail;
pub mod messages;
pub mod metrics;
mod private_file;
pub mod programs;
pub mod sandbox;
pub mod session;
pub mod ssh;
pub mod store;
pub mod terminal;
pub mod ui;
pub mod verify;
