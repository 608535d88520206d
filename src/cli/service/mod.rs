//! What `serve` is to the machine: a service of systemd, and something that monitoring asks.
//!
//! | file | what it holds |
//! |---|---|
//! | `notify` | what systemd is told: ready, reloading, stopping, alive |
//! | `reload` | what SIGHUP does |
//! | `sockets` | the port, opened or handed over by systemd, and the sockets of metrics and of services |

pub(super) mod notify;
pub(super) mod reload;
pub(super) mod sockets;
