//! Where a member is signed in: what may be asked, and the answers.

/// What may be asked.
#[derive(Debug)]
pub enum Ask {}

/// What is answered.
#[derive(Debug)]
pub enum Answer {}
