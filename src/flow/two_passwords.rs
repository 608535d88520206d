//! A new password typed twice, with its requirement before typing and its live words while typing.
//! Part of `new-password` and of `settings/password`.

use crate::domain::portal::PortalInfo;
use crate::domain::secret::Secret;
use crate::domain::strength::strength;

use super::field::SecretField;
use super::page::{Field, Hint, Tone};

/// The fields New password and Confirm new password.
#[derive(Debug)]
pub(super) struct TwoPasswords {
    new: SecretField,
    confirm: SecretField,
    /// The live word about `new`, kept so that drawing the page again costs nothing.
    strength: Option<&'static str>,
    min: usize,
    max: usize,
    /// Words that make a password easy to guess: the names of its owner.
    words: Vec<String>,
}

impl TwoPasswords {
    pub(super) fn new(portal: &PortalInfo, owner: &[&str], has_second_factor: bool) -> Self {
        let words =
            owner.iter().map(ToString::to_string).chain([portal.name.clone(), portal.organisation.clone()]);
        Self {
            new: SecretField::default(),
            confirm: SecretField::default(),
            strength: None,
            min: if has_second_factor {
                portal.password_min_length_with_two_factor
            } else {
                portal.password_min
            },
            max: portal.password_max,
            words: words.collect(),
        }
    }

    pub(super) fn typed(&mut self, field: &str, value: &str) {
        match field {
            "new" => {
                // What confirmed another one is to be typed again, not left as bullets that differ.
                if !self.confirm.is_empty() && self.new.get().expose() != value {
                    self.confirm.wipe();
                }
                self.new.typed(value);
                let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
                self.strength = (!value.is_empty()).then(|| strength(value, &words).word());
            }
            "confirm" => self.confirm.typed(value),
            _ => {}
        }
    }

    /// Both fields as a page shows them.
    pub(super) fn fields(&self) -> Vec<Field<'_>> {
        vec![
            self.new.secret("new", "New password", Some(self.about_new())),
            self.confirm.secret("confirm", "Confirm new password", self.about_confirm()),
        ]
    }

    fn about_new(&self) -> Hint<'_> {
        let count = self.count();
        let (tone, id, text) = match self.strength {
            None => {
                let text = format!("At least {} characters; a few unrelated words work well.", self.min);
                (Tone::Neutral, "password-rule", text)
            }
            Some(_) if count < self.min => {
                (Tone::Bad, "password-length", format!("{count} of at least {} characters", self.min))
            }
            Some(_) if count > self.max => {
                (Tone::Bad, "password-length", format!("{count} characters; at most {} are taken", self.max))
            }
            Some(word) => (Tone::Neutral, "password-strength", format!("Strength: {word}")),
        };
        Hint { tone, id, text: text.into() }
    }

    fn about_confirm(&self) -> Option<Hint<'_>> {
        if self.confirm.is_empty() {
            None
        } else if self.match_each_other() {
            Some(Hint { tone: Tone::Good, id: "passwords-match", text: "Passwords match".into() })
        } else {
            Some(Hint { tone: Tone::Bad, id: "passwords-differ", text: "Passwords Do Not Match".into() })
        }
    }

    /// True when sending them could succeed.
    pub(super) fn may_be_sent(&self) -> bool {
        self.has_allowed_length() && self.match_each_other()
    }

    /// True when nothing is typed that could be lost.
    pub(super) fn is_empty(&self) -> bool {
        self.new.is_empty() && self.confirm.is_empty()
    }

    /// The new password, as typed.
    pub(super) fn new_password(&self) -> Secret {
        self.new.get().clone()
    }

    /// Wipes both.
    pub(super) fn wipe(&mut self) {
        self.new.wipe();
        self.confirm.wipe();
        self.strength = None;
    }

    fn match_each_other(&self) -> bool {
        self.new.get() == self.confirm.get()
    }

    fn has_allowed_length(&self) -> bool {
        (self.min..=self.max).contains(&self.count())
    }

    fn count(&self) -> usize {
        self.new.get().expose().chars().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::portal;

    fn hint(passwords: &TwoPasswords) -> String {
        passwords.fields()[0].hint.as_ref().map(|hint| hint.text.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_requirement_stands_there_before_anything_is_typed() {
        let passwords = TwoPasswords::new(&portal(), &["ada"], false);
        assert_eq!(hint(&passwords), "At least 15 characters; a few unrelated words work well.");
    }

    #[test]
    fn beside_a_second_factor_a_shorter_one_will_do() {
        let mut passwords = TwoPasswords::new(&portal(), &["ada"], true);
        assert!(hint(&passwords).starts_with("At least 8 characters"));
        for field in ["new", "confirm"] {
            passwords.typed(field, "kzv8wq2m");
        }
        assert!(passwords.may_be_sent());
    }

    #[test]
    fn typing_counts_first_and_then_tells_the_strength() {
        let mut passwords = TwoPasswords::new(&portal(), &["ada"], false);
        passwords.typed("new", "plum");
        assert_eq!(hint(&passwords), "4 of at least 15 characters");
        passwords.typed("new", "plum tractor seventeen moth");
        assert_eq!(hint(&passwords), "Strength: strong");
        passwords.typed("new", "");
        assert!(hint(&passwords).starts_with("At least 15"));
    }

    #[test]
    fn changing_the_new_one_wipes_what_confirmed_the_old_one() {
        let mut passwords = TwoPasswords::new(&portal(), &[], false);
        passwords.typed("new", "plum tractor seventeen");
        passwords.typed("confirm", "plum tractor seventeen");
        let before = passwords.fields()[1].revision;
        passwords.typed("new", "plum tractor seventeen");
        assert!(passwords.may_be_sent() && passwords.fields()[1].revision == before);
        passwords.typed("new", "plum tractor eighteen");
        let confirm = &passwords.fields()[1];
        assert!(confirm.value.expose().is_empty() && confirm.revision != before);
    }

    #[test]
    fn characters_count_and_not_bytes() {
        let mut passwords = TwoPasswords::new(&portal(), &[], false);
        for field in ["new", "confirm"] {
            passwords.typed(field, "ñandúñandúñandú");
        }
        assert!(passwords.may_be_sent());
    }
}
