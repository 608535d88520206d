//! What a flow keeps of a field: the value and how often the flow itself changed it.

use crate::domain::secret::Secret;

use super::page::{Field, Hint, TICKED, Value};

/// Text that is shown as typed.
#[derive(Debug, Default)]
pub(super) struct TextField {
    value: String,
    revision: u32,
}

impl TextField {
    /// A field that begins with `value`.
    pub(super) fn filled(value: &str) -> Self {
        Self { value: value.to_owned(), revision: 0 }
    }

    /// Puts another value in its place; the face follows.
    pub(super) fn set(&mut self, value: &str) {
        value.clone_into(&mut self.value);
        self.revision += 1;
    }

    /// What the person typed.
    pub(super) fn typed(&mut self, value: &str) {
        value.clone_into(&mut self.value);
    }

    /// The value with the blanks around it left out.
    pub(super) fn trimmed(&self) -> &str {
        self.value.trim()
    }

    /// The field as the page shows it.
    pub(super) fn text<'a>(&'a self, id: &'static str, label: &'static str, max_chars: usize) -> Field<'a> {
        let value = Value::Text(&self.value);
        field(id, label, value, self.revision, max_chars)
    }

    /// The field as the page shows it, with room for several sentences.
    pub(super) fn long<'a>(&'a self, id: &'static str, label: &'static str, max_chars: usize) -> Field<'a> {
        let value = Value::LongText(&self.value);
        field(id, label, value, self.revision, max_chars)
    }

    /// The field as the page shows it, with room for one line that is longer than a field is wide.
    pub(super) fn folded<'a>(&'a self, id: &'static str, label: &'static str, max_chars: usize) -> Field<'a> {
        let value = Value::Folded(&self.value);
        field(id, label, value, self.revision, max_chars)
    }

    /// The field as the page shows it, as a box that is ticked when it holds anything.
    pub(super) fn tick(&self, id: &'static str, label: &'static str) -> Field<'static> {
        let value = Value::Checkbox(!self.value.is_empty());
        field(id, label, value, self.revision, TICKED.len())
    }
}

/// Text that is wiped when dropped and not shown.
#[derive(Debug, Default)]
pub(super) struct SecretField {
    value: Secret,
    revision: u32,
}

impl SecretField {
    /// What the person typed.
    pub(super) fn typed(&mut self, value: &str) {
        self.value.set(value);
    }

    /// Wipes it; the face follows.
    pub(super) fn wipe(&mut self) {
        self.value.clear();
        self.revision += 1;
    }

    /// The value.
    pub(super) fn get(&self) -> &Secret {
        &self.value
    }

    /// True when nothing is typed.
    pub(super) fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// The field as the page shows it, as bullets.
    pub(super) fn secret<'a>(
        &'a self,
        id: &'static str,
        label: &'static str,
        hint: Option<Hint<'a>>,
    ) -> Field<'a> {
        // Far above any policy, so that a paste is refused with a reason instead of cut in silence.
        const MAX_TYPED: usize = 512;
        let value = Value::Secret(&self.value);
        Field { hint, ..field(id, label, value, self.revision, MAX_TYPED) }
    }

    /// The field as the page shows it, as it was typed: for a code that is void once it was seen.
    pub(super) fn plain<'a>(&'a self, id: &'static str, label: &'static str, max_chars: usize) -> Field<'a> {
        let value = Value::Text(self.value.expose());
        field(id, label, value, self.revision, max_chars)
    }

    /// The field as the page shows it, as a one-time code in its groups.
    pub(super) fn code<'a>(&'a self, id: &'static str, label: &'static str) -> Field<'a> {
        let value = Value::Code(self.value.expose());
        field(id, label, value, self.revision, 8)
    }
}

/// A field without a hint, which has to be filled in.
fn field<'a>(
    id: &'static str,
    label: &'static str,
    value: Value<'a>,
    revision: u32,
    max_chars: usize,
) -> Field<'a> {
    Field { id, label, value, revision, max_chars, hint: None, optional: false }
}
