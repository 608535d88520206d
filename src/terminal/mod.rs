//! Bytes to keys and cells to bytes. Knows neither SSH nor accounts.

pub mod size;
