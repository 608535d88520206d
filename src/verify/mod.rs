//! Passwords checked for services of this machine, at a socket in the file system: whoever may ask sends a line of JSON and
//! gets one back. The caller (`doorkey verify`) needs neither the database nor the keys.
//!
//! | file | what it holds |
//! |---|---|
//! | [`protocol`] | the two lines: what is asked, what is answered |
//! | [`server`] | who may ask, how many at a time and for how long |

pub mod protocol;
pub mod server;
