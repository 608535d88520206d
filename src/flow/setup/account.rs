//! The form for the first account and the first team. Page `setup/account`.

use super::super::field::TextField;
use super::super::page::{Action, Notice, Page};
use super::super::password_pair::PasswordPair;
use super::super::{Step, wording};
use super::PortalSetup;
use crate::accounts::request::Refusal;
use crate::accounts::request::setup::{FirstAccount, SetupAddress, SetupGrant, SetupRequest};
use crate::domain::portal::PortalInfo;
use crate::domain::team::TEAM_NAME_CHARS;

/// The most characters of a username.
const NAME_CHARS: usize = 64;

#[derive(Debug)]
pub(super) struct FirstAccountForm {
    name: TextField,
    passwords: PasswordPair,
    team: TextField,
}

impl FirstAccountForm {
    pub(super) fn new(portal: &PortalInfo, address: &str) -> Self {
        let before_the_at = address.split('@').next().unwrap_or_default();
        let passwords = PasswordPair::new(portal, &[before_the_at, address], false);
        Self { name: TextField::default(), passwords, team: TextField::default() }
    }

    pub(super) fn typed(&mut self, field: &str, value: &str) -> Step {
        match field {
            "name" => self.name.typed(value),
            "team" => self.team.typed(value),
            _ => self.passwords.typed(field, value),
        }
    }

    pub(super) fn may_be_sent(&self) -> bool {
        !self.name.is_blank() && !self.team.is_blank() && self.passwords.may_be_sent()
    }

    pub(super) fn request(&self, grant: SetupGrant, address: SetupAddress) -> SetupRequest {
        SetupRequest::Create(Box::new(FirstAccount {
            grant,
            address,
            name: self.name.trimmed().to_owned(),
            password: self.passwords.new_password(),
            team: self.team.trimmed().to_owned(),
        }))
    }
}

impl PortalSetup {
    pub(super) fn account_page<'a>(
        &'a self,
        address: Option<&'a SetupAddress>,
        form: &'a FirstAccountForm,
    ) -> Page<'a> {
        let mut page = self.cx.page("setup/account", "Create the first account");
        if let Some(SetupAddress::Verified(grant)) = address {
            page = page.intro(format!("{} is verified.", grant.address()));
        }
        page.intro("You will own the first team: you can invite people to it.")
            .field(form.name.text("name", "Username", NAME_CHARS))
            .fields(form.passwords.fields())
            .field(form.team.text("team", "Name of the first team", TEAM_NAME_CHARS))
            .action(Action::primary("create", "Create account").active_if(form.may_be_sent()))
            .back("Change address")
            .unsaved(!form.name.is_blank() || !form.team.is_blank() || !form.passwords.is_empty())
    }
}

/// A refused password changes none here.
pub(super) fn refusal(refusal: &Refusal, portal: &PortalInfo) -> Notice<'static> {
    wording::refusal_of_new_account(refusal, portal)
}
