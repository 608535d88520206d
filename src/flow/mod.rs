//! What a person does, one pure state machine a file: `page()` says what is shown, `update(event)`
//! says what follows. No await, no clock, no log, no face.
//!
//! A flow owns the values that were typed (secrets in wiping buffers) and the live rules; it never
//! switches to another flow by itself but returns [`Step::Go`], and it never does anything but ask
//! for it with [`Step::Ask`].

pub mod page;

use crate::accounts::request::{Reply, Request};
use page::Page;

/// What a face tells a flow.
#[derive(Debug)]
pub enum Event<'a> {
    /// The value of field `field` is now `value`.
    Typed {
        /// [`page::Field::id`].
        field: &'static str,
        /// The whole new value.
        value: &'a str,
    },
    /// An active action was pressed.
    Pressed(&'static str),
    /// Row `0` (counted from nought) of the table was opened.
    Opened(usize),
    /// The answer to the [`Request`] that the flow asked last.
    Replied(Reply),
}

/// What follows from an event.
#[derive(Debug)]
pub enum Step {
    /// Stay on this page; draw it again.
    Stay,
    /// Carry this out; the answer comes back as [`Event::Replied`].
    Ask(Request),
    /// Go on with another flow.
    Go(Box<Flow>),
    /// End the visit with this last line.
    Leave(&'static str),
}

/// Any flow: what a visit is in now.
#[derive(Debug)]
pub enum Flow {}

impl Flow {
    /// What is shown now.
    #[must_use]
    pub fn page(&self) -> Page<'_> {
        match *self {}
    }

    /// What follows from `event`.
    pub fn update(&mut self, _event: Event<'_>) -> Step {
        match *self {}
    }
}
