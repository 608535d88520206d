//! What a flow keeps of a field: its value, and how often the flow itself changed it.

use crate::domain::secret::Secret;

use super::Step;
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

    /// Fills it in unless something was typed.
    pub(super) fn fill_in(&mut self, value: &str) {
        if self.is_blank() {
            self.set(value);
        }
    }

    /// Replaces the value, also in the ui.
    pub(super) fn set(&mut self, value: &str) {
        value.clone_into(&mut self.value);
        self.revision += 1;
    }

    /// Takes what the person typed.
    pub(super) fn typed(&mut self, value: &str) -> Step {
        value.clone_into(&mut self.value);
        Step::Stay
    }

    pub(super) fn trimmed(&self) -> &str {
        self.value.trim()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.trimmed().is_empty()
    }

    pub(super) fn text<'a>(&'a self, id: &'static str, label: &'static str, max_chars: usize) -> Field<'a> {
        field(id, label, Value::Text(&self.value), self.revision, max_chars)
    }

    /// With room for several sentences.
    pub(super) fn long<'a>(&'a self, id: &'static str, label: &'static str, max_chars: usize) -> Field<'a> {
        field(id, label, Value::LongText(&self.value), self.revision, max_chars)
    }

    /// For one line that is longer than a field is wide.
    pub(super) fn folded<'a>(&'a self, id: &'static str, label: &'static str, max_chars: usize) -> Field<'a> {
        field(id, label, Value::Folded(&self.value), self.revision, max_chars)
    }

    /// A box that is ticked when it holds anything.
    pub(super) fn tick(&self, id: &'static str, label: &'static str) -> Field<'static> {
        let value = Value::Checkbox(!self.value.is_empty());
        field(id, label, value, self.revision, TICKED.len())
    }
}

/// Text that is zeroized when dropped.
#[derive(Debug, Default)]
pub(super) struct SecretField {
    value: Secret,
    revision: u32,
}

impl SecretField {
    /// A field that begins with `value`.
    pub(super) fn filled(value: Secret) -> Self {
        Self { value, revision: 0 }
    }

    /// Takes what the person typed.
    pub(super) fn typed(&mut self, value: &str) -> Step {
        self.value.set(value);
        Step::Stay
    }

    /// Wipes it, also in the ui.
    pub(super) fn wipe(&mut self) -> Step {
        self.value.clear();
        self.revision += 1;
        Step::Stay
    }

    pub(super) fn get(&self) -> &Secret {
        &self.value
    }

    pub(super) fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Shown as bullets.
    pub(super) fn secret<'a>(
        &'a self,
        id: &'static str,
        label: &'static str,
        hint: Option<Hint<'a>>,
    ) -> Field<'a> {
        // Far above any policy, so that a long paste is refused with a reason instead of silently cut.
        const MAX_TYPED: usize = 512;
        let value = Value::Secret(&self.value);
        Field { hint, ..field(id, label, value, self.revision, MAX_TYPED) }
    }

    /// Shown as typed: for a code that is void once used.
    pub(super) fn plain<'a>(&'a self, id: &'static str, label: &'static str, max_chars: usize) -> Field<'a> {
        let value = Value::Text(self.value.expose());
        field(id, label, value, self.revision, max_chars)
    }

    /// An undo code, shown in groups.
    pub(super) fn undo_code<'a>(&'a self, id: &'static str, label: &'static str) -> Field<'a> {
        let value = Value::Code(self.value.expose());
        field(id, label, value, self.revision, 16)
    }

    /// A one-time code, shown in groups.
    pub(super) fn code<'a>(&'a self, id: &'static str, label: &'static str) -> Field<'a> {
        let value = Value::Code(self.value.expose());
        field(id, label, value, self.revision, 8)
    }
}

fn field<'a>(
    id: &'static str,
    label: &'static str,
    value: Value<'a>,
    revision: u32,
    max_chars: usize,
) -> Field<'a> {
    Field { id, label, value, revision, max_chars, hint: None, optional: false }
}
