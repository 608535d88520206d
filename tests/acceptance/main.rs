//! Acceptance tests: the real server, used as people and attackers use it. Each module covers one story or
//! guarantee.

#[cfg(test)]
mod activity;
#[cfg(test)]
mod any_host_key;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod authorized_keys;
#[cfg(test)]
mod backgrounds;
#[cfg(test)]
mod bad_settings;
#[cfg(test)]
mod branding;
#[cfg(test)]
mod change_password;
#[cfg(test)]
mod check;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod code_holders;
#[cfg(test)]
mod command_directory;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod commit_proxy;
#[cfg(test)]
mod deletion;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod email;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod failing_disk;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod field;
#[cfg(test)]
mod first_attempts;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod foreign_text;
#[cfg(test)]
mod forgot_password;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod host_keys;
#[cfg(test)]
mod join;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod languages;
#[cfg(test)]
mod ldap;
#[cfg(test)]
mod line_client;
#[cfg(test)]
mod lines;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod lost_answers;
#[cfg(test)]
mod mail_servers;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod mask;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod name_server;
#[cfg(test)]
mod oathtool;
#[cfg(test)]
mod openssh;
#[cfg(test)]
mod other_programs;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod output_guard;
#[cfg(test)]
mod package;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod panics;
#[cfg(test)]
mod person;
#[cfg(test)]
mod places;
#[cfg(test)]
mod ports;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod prompts;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod read_only;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod reauthenticate;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod relay_faults;
#[cfg(test)]
mod review;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod secret_keys;
#[cfg(test)]
mod security;
#[cfg(test)]
mod server;
#[cfg(test)]
mod server_limits;
#[cfg(test)]
mod service;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod shared_connections;
#[cfg(test)]
mod shutdown;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sign_in_help;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod stranger;
#[cfg(test)]
mod support;
#[cfg(test)]
mod systemd;
#[cfg(test)]
mod teams;
#[cfg(test)]
mod terminals;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod timing;
#[cfg(test)]
mod transcripts;
#[cfg(test)]
mod two_factor;
#[cfg(test)]
mod typed_text;
#[cfg(test)]
mod undo;
#[cfg(test)]
mod usernames;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod version_lines;
#[cfg(test)]
mod waiting;
