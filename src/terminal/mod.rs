//! Bytes to keys and cells to bytes. Knows neither SSH nor accounts.

pub mod capabilities;
pub mod input;
pub mod painter;
pub mod size;
