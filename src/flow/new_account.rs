//! A new account: its name, and its password typed twice. Part of `join/account` and `setup/account`, which each ask for
//! one thing more.

use crate::accounts::request::Refusal;
use crate::domain::name::NAME_CHARS;
use crate::domain::portal::PortalInfo;
use crate::domain::secret::Secret;
use crate::messages::Speaks;
use crate::text;

use super::field::TextField;
use super::page::{Action, Field, Notice};
use super::password_pair::PasswordPair;
use super::{Step, wording};

/// The fields Username, New password and Confirm new password.
#[derive(Debug)]
pub(super) struct NewAccount {
    name: TextField,
    passwords: PasswordPair,
}

impl NewAccount {
    /// With nothing typed, for who has this address.
    pub(super) fn new(portal: &PortalInfo, address: &str) -> Self {
        let before_the_at = address.split('@').next().unwrap_or_default();
        let passwords = PasswordPair::new(portal, &[before_the_at, address], false);
        Self { name: TextField::default(), passwords }
    }

    pub(super) fn typed(&mut self, field: &str, value: &str) -> Step {
        match field {
            "name" => self.name.typed(value),
            _ => self.passwords.typed(field, value),
        }
    }

    pub(super) fn fields(&self, speaks: &impl Speaks) -> impl Iterator<Item = Field<'_>> {
        let name = self.name.text("name", text!(speaks, "username"), NAME_CHARS);
        [name].into_iter().chain(self.passwords.fields())
    }

    /// True when sending them could succeed.
    pub(super) fn may_be_sent(&self) -> bool {
        !self.name.is_blank() && self.passwords.may_be_sent()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.name.is_blank() && self.passwords.is_empty()
    }

    pub(super) fn name(&self) -> String {
        self.name.trimmed().to_owned()
    }

    pub(super) fn password(&self) -> Secret {
        self.passwords.new_password()
    }
}

/// What sends the form.
pub(super) fn create(speaks: &impl Speaks, is_active: bool) -> Action {
    Action::primary("create", text!(speaks, "new-account-create")).active_if(is_active)
}

/// The notice about a refusal: a refused password changes none here.
pub(super) fn refusal(refusal: &Refusal, portal: &PortalInfo) -> Notice<'static> {
    match refusal {
        Refusal::Password(why) => {
            let text = text!(portal, "refused-password-of-new-account", why = why.message());
            Notice::bad(refusal.id(), text)
        }
        _ => wording::refusal(refusal, portal),
    }
}
