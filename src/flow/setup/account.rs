//! The form for the first account and the first team. Page `setup/account`.

use super::super::Step;
use super::super::field::TextField;
use super::super::new_account::{self, NewAccount};
use super::super::page::Page;
use super::PortalSetup;
use crate::accounts::request::setup::{FirstAccount, SetupAddress, SetupGrant, SetupRequest};
use crate::domain::portal::PortalInfo;
use crate::domain::team::TEAM_NAME_CHARS;
use crate::text;

#[derive(Debug)]
pub(super) struct FirstAccountForm {
    account: NewAccount,
    team: TextField,
}

impl FirstAccountForm {
    pub(super) fn new(portal: &PortalInfo, address: &str) -> Self {
        Self { account: NewAccount::new(portal, address), team: TextField::default() }
    }

    pub(super) fn typed(&mut self, field: &str, value: &str) -> Step {
        match field {
            "team" => self.team.typed(value),
            _ => self.account.typed(field, value),
        }
    }

    pub(super) fn may_be_sent(&self) -> bool {
        !self.team.is_blank() && self.account.may_be_sent()
    }

    pub(super) fn request(&self, grant: SetupGrant, address: SetupAddress) -> SetupRequest {
        SetupRequest::Create(Box::new(FirstAccount {
            grant,
            address,
            name: self.account.name(),
            password: self.account.password(),
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
        let mut page = self.cx.page("setup/account", text!(self.cx, "setup-account-title"));
        if let Some(SetupAddress::Verified(grant)) = address {
            page = page.intro(text!(self.cx, "address-is-verified", address = grant.address()));
        }
        page.intro(text!(self.cx, "setup-account-intro"))
            .fields(form.account.fields(&self.cx))
            .field(form.team.text("team", text!(self.cx, "setup-team"), TEAM_NAME_CHARS))
            .action(new_account::create(&self.cx, form.may_be_sent()))
            .back(text!(self.cx, "change-address"))
            .unsaved(!form.account.is_empty() || !form.team.is_blank())
    }
}
