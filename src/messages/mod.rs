//! The catalogue: every sentence that people read on pages, in line mode and in emails, by its id and in each language
//! (Project Fluent, <https://projectfluent.org>). A file an area in `en/` and `de/`.
//!
//! Ids of pages and errors, commands, JSON, the log and what operators read are in English only and not here.
//!
//! ```text
//! text!(cx, "sign-in-title")                   the words, &'static str
//! text!(cx, "team-joined", team = name)        the same with values, String
//! message!("team-taken", team = name)          where nobody knows the language yet: a Message
//! label!("activity-filter-all")                where a constant names the words: a Label
//! {{ t("mail-team-joined", portal=portal.name) }}    in the templates of emails, by by_id()
//! ```
//!
//! A test reads these calls in all sources: each id is in each language, with the same values, and none is left over.

mod catalogue;
mod language;

use std::borrow::Cow;
use std::fmt;

pub use language::{Language, LanguageChoice, LanguageRefusal};

/// Whoever knows which language to speak.
pub trait Speaks {
    /// That language.
    fn language(&self) -> Language;
}

impl Speaks for Language {
    fn language(&self) -> Language {
        *self
    }
}

impl<T: Speaks + ?Sized> Speaks for &T {
    fn language(&self) -> Language {
        (**self).language()
    }
}

impl<T: Speaks + ?Sized> Speaks for std::sync::Arc<T> {
    fn language(&self) -> Language {
        (**self).language()
    }
}

/// The id of words that take no values. [`label!`](crate::label) makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(pub(crate) &'static str);

impl Label {
    /// The words.
    #[must_use]
    pub fn to(self, speaks: &impl Speaks) -> &'static str {
        catalogue::text(speaks.language(), self.0)
    }
}

/// A sentence that is not in a language yet. [`message!`](crate::message) makes it. `Display` is English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    id: &'static str,
    values: Vec<(&'static str, MessageValue)>,
}

/// What is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageValue {
    /// As it is.
    Text(Cow<'static, str>),
    /// A whole number, which decides between singular and plural.
    Number(i64),
    /// A sentence of its own, in the language of the whole.
    Message(Box<Message>),
}

impl Message {
    /// The sentence `id` with these values.
    #[must_use]
    pub fn new(id: &'static str, values: Vec<(&'static str, MessageValue)>) -> Self {
        Self { id, values }
    }

    /// The sentence in that language.
    #[must_use]
    pub fn to(&self, speaks: &impl Speaks) -> String {
        catalogue::format(speaks.language(), self.id, &self.values)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to(&Language::English))
    }
}

/// Why [`by_id`] has no words. `Display` names the id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    /// No catalogue has it.
    #[error("there is no message \"{0}\"")]
    Unknown(String),
    /// It takes a value that was not given.
    #[error("message \"{id}\": {reason}")]
    Values {
        /// The id.
        id: String,
        /// What is missing.
        reason: String,
    },
}

/// The words of an id that is known only while the program runs: it stands in a template, or is that of an event in an
/// email that waited. A test reads the embedded templates; an operator's own may ask for anything.
///
/// # Errors
/// There is no such message, or it takes other values.
pub fn by_id(
    speaks: &impl Speaks,
    id: &str,
    values: &[(String, MessageValue)],
) -> Result<String, MessageFault> {
    catalogue::find(speaks.language(), id, values)
}

impl From<Label> for Message {
    fn from(label: Label) -> Self {
        Self { id: label.0, values: Vec::new() }
    }
}

impl From<Message> for MessageValue {
    fn from(message: Message) -> Self {
        Self::Message(Box::new(message))
    }
}

impl From<Label> for MessageValue {
    fn from(label: Label) -> Self {
        Message::from(label).into()
    }
}

impl From<String> for MessageValue {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&String> for MessageValue {
    fn from(text: &String) -> Self {
        Self::Text(text.clone().into())
    }
}

impl From<&str> for MessageValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned().into())
    }
}

impl From<Cow<'_, str>> for MessageValue {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned().into())
    }
}

macro_rules! numbers {
    ($($number:ty)*) => { $( impl From<$number> for MessageValue {
        fn from(number: $number) -> Self {
            Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
        }
    } )* };
}
numbers! { i32 i64 u8 u16 u32 u64 usize }

/// The words of an id: `text!(cx, "sign-in-title")` is a `&'static str`, `text!(cx, "id", value = of_it)` a `String`.
#[macro_export]
macro_rules! text {
    ($speaks:expr, $id:literal $(,)?) => { $crate::messages::Label($id).to(&$speaks) };
    ($speaks:expr, $id:literal, $($value:tt)+) => { $crate::message!($id, $($value)+).to(&$speaks) };
}

/// A [`Message`]: `message!("team-taken", team = name)`. A value alone, `team`, is that variable.
#[macro_export]
macro_rules! message {
    ($id:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::messages::Message::new($id, vec![$((
            stringify!($name),
            $crate::messages::MessageValue::from($crate::message!(@value $name $($value)?)),
        )),*])
    };
    (@value $name:ident $value:expr) => { $value };
    (@value $name:ident) => { $name };
}

/// A [`Label`], for constants: `label!("activity-filter-all")`.
#[macro_export]
macro_rules! label {
    ($id:literal) => {
        $crate::messages::Label($id)
    };
}

#[cfg(test)]
mod tests;
