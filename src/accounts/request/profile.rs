//! Profile and contact addresses of a member: what may be asked, and the answers.

/// What may be asked.
#[derive(Debug)]
pub enum Ask {}

impl Ask {
    /// See [`super::Request::is_sensitive`].
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        match *self {}
    }
}

/// What is answered.
#[derive(Debug)]
pub enum Answer {}
