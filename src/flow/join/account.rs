//! The form for a new account, with the grant that a proven code gave. Page `join/account`.

use super::super::Step;
use super::super::field::TextField;
use super::super::new_account::{self, NewAccount};
use super::super::page::Page;
use super::Join;
use crate::accounts::request::JoinGrant;
use crate::accounts::request::join::JoinRequest;
use crate::domain::display_name::DISPLAY_NAME_CHARS;
use crate::domain::portal::PortalInfo;
use crate::text;

#[derive(Debug)]
pub(super) struct AccountForm {
    account: NewAccount,
    display_name: TextField,
}

impl AccountForm {
    pub(super) fn new(portal: &PortalInfo, address: &str) -> Self {
        Self { account: NewAccount::new(portal, address), display_name: TextField::default() }
    }

    pub(super) fn typed(&mut self, field: &str, value: &str) -> Step {
        match field {
            "display-name" => self.display_name.typed(value),
            _ => self.account.typed(field, value),
        }
    }

    pub(super) fn may_be_sent(&self) -> bool {
        self.account.may_be_sent()
    }

    pub(super) fn request(&self, grant: JoinGrant) -> JoinRequest {
        JoinRequest::SignUp {
            grant,
            name: self.account.name(),
            display_name: self.display_name.trimmed().to_owned(),
            password: self.account.password(),
        }
    }
}

impl Join {
    pub(super) fn account_page<'a>(
        &'a self,
        grant: Option<&'a JoinGrant>,
        form: &'a AccountForm,
    ) -> Page<'a> {
        let mut page = self.cx.page("join/account", text!(self.cx, "new-account-title"));
        if let Some(grant) = grant {
            let address = grant.address();
            page = page.intro(match (grant.team(), grant.by()) {
                (None, _) => text!(self.cx, "address-is-verified", address = address),
                (Some(team), None) => {
                    text!(self.cx, "address-is-verified-team", address = address, team = team)
                }
                (Some(team), Some(by)) => {
                    text!(self.cx, "address-is-verified-invited", address = address, team = team, by = by)
                }
            });
        }
        let label = text!(self.cx, "display-name-optional");
        let display_name = form.display_name.text("display-name", label, DISPLAY_NAME_CHARS);
        page.fields(form.account.fields(&self.cx))
            // Last, because it is the one that may stay empty.
            .field(display_name.optional())
            .action(new_account::create(&self.cx, form.may_be_sent()))
            .back(text!(self.cx, "cancel"))
            .unsaved(!form.account.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::JoinStage;
    use super::*;
    use crate::accounts::request::join::JoinReply;
    use crate::accounts::request::{JoinRefusal, Refusal, Reply, Request, SignedIn};
    use crate::domain::password::PasswordRefusal;
    use crate::flow::testing::{portal, type_in};
    use crate::flow::{Event, Flow};

    const GOOD: &str = "plum tractor seventeen";

    fn form() -> Flow {
        let account = Box::new(AccountForm::new(&portal(), "alan@example.org"));
        let stage = JoinStage::Account(Some(JoinGrant::for_test(Some("Platform"))), account);
        Join::with(Arc::new(portal()), "alan@example.org", stage).into()
    }

    fn filled() -> Flow {
        let mut flow = form();
        type_in(&mut flow, &[("name", " alan "), ("new", GOOD), ("confirm", GOOD)]);
        flow
    }

    fn may_create(flow: &Flow) -> bool {
        flow.page().actions.iter().any(|action| action.id == "create" && action.active)
    }

    #[test]
    fn a_name_and_two_passwords_that_match_are_enough() {
        let mut flow = form();
        assert!(
            !may_create(&flow)
                && flow.page().intro[0]
                    .contains("You will join the team Platform, to which grace invited you.")
        );
        type_in(&mut flow, &[("new", GOOD), ("confirm", GOOD)]);
        assert!(!may_create(&flow));
        let mut flow = filled();
        assert!(may_create(&flow));
        let Step::Ask(Request::Join(JoinRequest::SignUp { name, password, .. })) =
            flow.update(Event::Pressed("create"))
        else {
            panic!("it must ask")
        };
        assert_eq!((name.as_str(), password.expose()), ("alan", GOOD));
    }

    #[test]
    fn a_refusal_keeps_what_was_typed_and_the_grant() {
        let mut flow = filled();
        for (refusal, id, words) in [
            (Refusal::Join(JoinRefusal::NameTaken), "name-taken", "Choose another one"),
            (Refusal::Password(PasswordRefusal::Common), "password-refused", "account was not created yet"),
        ] {
            assert!(matches!(flow.update(Event::Pressed("create")), Step::Ask(_)));
            let reply = JoinReply::NotSignedUp(Some(JoinGrant::for_test(None)), refusal);
            flow.update(Event::Replied(Reply::Join(reply)));
            let notice = flow.page().notice.unwrap();
            assert!(notice.id == id && notice.text.contains(words), "{notice:?}");
            assert!(may_create(&flow));
        }
    }

    #[test]
    fn too_late_leads_back_to_the_code_with_the_address_kept() {
        let mut flow = filled();
        flow.update(Event::Pressed("create"));
        let reply = JoinReply::NotSignedUp(None, Refusal::Join(JoinRefusal::TooLate));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(reply))) else {
            panic!("it must go back")
        };
        let page = next.page();
        assert_eq!((page.id, page.fields[0].value.expose()), ("join", "alan@example.org"));
        assert_eq!(page.notice.map(|notice| notice.id), Some("grant-expired"));
    }

    #[test]
    fn success_leads_to_the_teams_with_a_welcome() {
        let mut flow = filled();
        flow.update(Event::Pressed("create"));
        let reply = JoinReply::SignedUp(SignedIn::for_test("alan"));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(reply))) else { panic!("it must go on") };
        assert_eq!((next.page().id, next.page().toast.unwrap().id), ("teams", "signed-up"));
    }
}
