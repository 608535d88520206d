//! The LDAP server (RFC 4511): other programs check passwords and look up people and teams. It has no data of its own and
//! changes none, but for the password of a person who is bound.
//!
//! | file | what it holds |
//! |---|---|
//! | [`server`] | who may connect, how many at a time and for how long |
//! | [`tls`] | the certificate and its key |
//! | [`wire`] | messages in bytes, bounded in size and time |
//! | `conversation` | one connection: what is asked, who is bound |
//! | [`bind`], `password` | binds, and password changes (RFC 3062) |
//! | `search`, `reads` | what is found, in pages and within limits; how many search at a time |
//! | [`filter`] | filters in three-valued logic: what may not be read is neither true nor false |
//! | [`tree`], `entry` | where entries are, and their attributes |
//! | `root_dse` | what the server says of itself |

pub mod bind;
mod conversation;
mod entry;
pub mod filter;
mod password;
mod reads;
mod root_dse;
mod search;
pub mod server;
pub mod tls;
pub mod tree;
pub mod wire;
