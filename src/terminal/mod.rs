//! Terminal input and output: bytes to keys, cells to bytes. Knows neither SSH nor accounts.

pub mod capabilities;
pub mod clipboard;
pub mod input;
pub mod local;
pub mod painter;
pub mod size;
