//! How a page meets a person: a page in, bytes out.

pub mod lines;

use zeroize::Zeroizing;

/// What a person's input comes to.
#[derive(Debug)]
pub enum Intent {
    /// Nothing that anybody could see.
    None,
    /// The face itself changed (focus, scrolling, help): draw again.
    Redraw,
    /// Draw everything again, whatever the terminal shows (Ctrl-L).
    FullRepaint,
    /// A field has another value now.
    Typed {
        /// Which one.
        field: &'static str,
        /// All of it.
        value: Zeroizing<String>,
    },
    /// An action was pressed.
    Pressed(&'static str),
    /// A row of the table was opened.
    Opened(usize),
    /// Mouse reports are wanted, or no more.
    ToggleMouse(bool),
    /// The person leaves.
    Leave,
}
