//! A new password typed twice, with its requirement before typing and live hints while typing. Part of
//! `new-password`, `settings/password` and `join/account`.

use crate::domain::portal::PortalInfo;
use crate::domain::secret::Secret;
use crate::domain::strength::{Strength, strength};
use crate::messages::{Label, Language};
use crate::{label, text};

use super::Step;
use super::field::SecretField;
use super::page::{Field, Hint, Meter, Tone};

/// The fields New password and Confirm new password.
#[derive(Debug)]
pub(super) struct PasswordPair {
    new: SecretField,
    confirm: SecretField,
    /// How strong `new` is, kept so that drawing the page again costs nothing.
    strength: Option<Strength>,
    language: Language,
    min: usize,
    max: usize,
    /// Words that make a password easy to guess: the names of its owner and of the portal.
    words: Vec<String>,
}

impl PasswordPair {
    pub(super) fn new(portal: &PortalInfo, owner: &[&str], has_second_factor: bool) -> Self {
        let words = owner.iter().copied().chain([portal.name.as_str(), portal.organisation.as_str()]);
        Self {
            new: SecretField::default(),
            confirm: SecretField::default(),
            strength: None,
            language: portal.language,
            min: if has_second_factor {
                portal.password_min_length_with_two_factor
            } else {
                portal.password_min
            },
            max: portal.password_max,
            words: words.map(str::to_owned).collect(),
        }
    }

    pub(super) fn typed(&mut self, field: &str, value: &str) -> Step {
        match field {
            "new" => {
                // A confirmation of another password is typed again, not left as bullets that differ.
                if !self.confirm.is_empty() && self.new.get().expose() != value {
                    self.confirm.wipe();
                }
                let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
                self.strength = (!value.is_empty()).then(|| strength(value, &words));
                self.new.typed(value)
            }
            "confirm" => self.confirm.typed(value),
            _ => Step::Stay,
        }
    }

    pub(super) fn fields(&self) -> [Field<'_>; 2] {
        [
            self.new.secret("new", text!(self.language, "new-password"), Some(self.new_hint())),
            self.confirm.secret("confirm", text!(self.language, "confirm-new-password"), self.confirm_hint()),
        ]
    }

    fn new_hint(&self) -> Hint<'_> {
        let (count, min, max) = (self.count(), self.min, self.max);
        let (tone, id, text) = match self.strength {
            None => (Tone::Neutral, "password-rule", text!(self.language, "password-rule", min = min)),
            Some(_) if count < min => {
                let text = text!(self.language, "password-too-short", count = count, min = min);
                (Tone::Bad, "password-length", text)
            }
            Some(_) if count > max => {
                let text = text!(self.language, "password-too-long", count = count, max = max);
                (Tone::Bad, "password-length", text)
            }
            Some(strength) => {
                (Tone::Neutral, "password-strength", words_for(strength).to(&self.language).to_owned())
            }
        };
        let meter = self.strength.map(|strength| Meter {
            // What is too short is no better than weak, however it was made.
            level: if count < self.min { strength.min(Strength::Weak) } else { strength } as u8 + 1,
        });
        Hint { tone, id, text: text.into(), meter: meter.filter(|_| count <= self.max) }
    }

    fn confirm_hint(&self) -> Option<Hint<'_>> {
        let (tone, id, text) = if self.confirm.is_empty() {
            return None;
        } else if self.match_each_other() {
            (Tone::Good, "passwords-match", text!(self.language, "passwords-match"))
        } else {
            (Tone::Bad, "passwords-differ", text!(self.language, "passwords-differ"))
        };
        Some(Hint { tone, id, text: text.into(), meter: None })
    }

    /// True when sending them could succeed.
    pub(super) fn may_be_sent(&self) -> bool {
        (self.min..=self.max).contains(&self.count()) && self.match_each_other()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.new.is_empty() && self.confirm.is_empty()
    }

    pub(super) fn new_password(&self) -> Secret {
        self.new.get().clone()
    }

    pub(super) fn wipe(&mut self) {
        self.new.wipe();
        self.confirm.wipe();
        self.strength = None;
    }

    fn match_each_other(&self) -> bool {
        self.new.get() == self.confirm.get()
    }

    fn count(&self) -> usize {
        self.new.get().expose().chars().count()
    }
}

/// How strong a password is, and what would make a weak one better.
const fn words_for(strength: Strength) -> Label {
    match strength {
        Strength::VeryWeak => label!("password-very-weak"),
        Strength::Weak => label!("password-weak"),
        Strength::Fair => label!("password-fair"),
        Strength::Good => label!("password-good"),
        Strength::Strong => label!("password-strong"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::portal;

    fn hint(passwords: &PasswordPair) -> String {
        passwords.fields()[0].hint.as_ref().map(|hint| hint.text.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_requirement_is_shown_before_anything_is_typed() {
        let passwords = PasswordPair::new(&portal(), &["ada"], false);
        assert_eq!(hint(&passwords), "At least 15 characters. A few unrelated words work well.");
    }

    #[test]
    fn with_a_second_factor_a_shorter_one_will_do() {
        let mut passwords = PasswordPair::new(&portal(), &["ada"], true);
        assert!(hint(&passwords).starts_with("At least 8 characters"));
        for field in ["new", "confirm"] {
            passwords.typed(field, "kzv8wq2m");
        }
        assert!(passwords.may_be_sent());
    }

    #[test]
    fn typing_shows_the_length_first_and_then_the_strength() {
        let mut passwords = PasswordPair::new(&portal(), &["ada"], false);
        passwords.typed("new", "plum");
        assert_eq!(hint(&passwords), "Too short: 4 of at least 15 characters");
        passwords.typed("new", "plum tractor seventeen moth");
        assert_eq!(hint(&passwords), "Strength: strong");
        passwords.typed("new", "aaaaaaaaaaaaaaaaaaaaaaa");
        assert_eq!(hint(&passwords), "Strength: very weak. Add another unrelated word.");
        passwords.typed("new", "");
        assert!(hint(&passwords).starts_with("At least 15"));
    }

    #[test]
    fn the_meter_rises_with_the_strength_and_never_above_weak_while_it_is_too_short() {
        let mut passwords = PasswordPair::new(&portal(), &["ada"], false);
        let mut levels = Vec::new();
        for typed in ["", "a", "xK4$vQ9!mZ2p", "aaaaaaaaaaaaaaaa", "plum tractor seventeen moth"] {
            passwords.typed("new", typed);
            levels.push(passwords.fields()[0].hint.as_ref().and_then(|hint| hint.meter).map(|it| it.level));
        }
        assert_eq!(levels, [None, Some(1), Some(2), Some(1), Some(Meter::FULL)]);
        passwords.typed("new", &"x".repeat(300));
        assert_eq!(passwords.fields()[0].hint.as_ref().unwrap().meter, None);
    }

    #[test]
    fn changing_the_new_one_wipes_what_confirmed_the_old_one() {
        let mut passwords = PasswordPair::new(&portal(), &[], false);
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
        let mut passwords = PasswordPair::new(&portal(), &[], false);
        for field in ["new", "confirm"] {
            passwords.typed(field, "ñandúñandúñandú");
        }
        assert!(passwords.may_be_sent());
    }
}
