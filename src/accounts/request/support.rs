//! Support cases: what may be asked, and the answers.

/// What may be asked.
#[derive(Debug)]
pub enum Ask {}

/// What is answered.
#[derive(Debug)]
pub enum Answer {}

/// What a guest may ask.
#[derive(Debug)]
pub enum GuestAsk {}

/// What a guest is answered.
#[derive(Debug)]
pub enum GuestAnswer {}
