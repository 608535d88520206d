//! The second step and the saved codes: what may be asked, and the answers.

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

/// What somebody may ask who has shown a password and not yet the second step.
#[derive(Debug)]
pub enum SecondStep {}
