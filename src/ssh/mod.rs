//! The wire: accept loop, admission, handler, host keys. Decides nothing about accounts.
