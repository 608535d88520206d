//! An account of one's own, with the right that a proven code gave. Page `join/account`.

use super::super::field::TextField;
use super::super::page::{Action, Notice, Page};
use super::super::two_passwords::TwoPasswords;
use super::super::wording;
use super::Join;
use crate::accounts::request::join::JoinRequest;
use crate::accounts::request::{JoinGrant, Refusal};
use crate::domain::display_name::DISPLAY_NAME_CHARS;
use crate::domain::portal::PortalInfo;

/// The most characters of a username.
const NAME_CHARS: usize = 64;

/// The form.
#[derive(Debug)]
pub(super) struct AccountForm {
    name: TextField,
    passwords: TwoPasswords,
    display_name: TextField,
}

impl AccountForm {
    pub(super) fn new(portal: &PortalInfo, address: &str) -> Self {
        let before_the_at = address.split('@').next().unwrap_or_default();
        let passwords = TwoPasswords::new(portal, &[before_the_at, address], false);
        Self { name: TextField::default(), passwords, display_name: TextField::default() }
    }

    pub(super) fn typed(&mut self, field: &str, value: &str) {
        match field {
            "name" => self.name.typed(value),
            "display-name" => self.display_name.typed(value),
            _ => self.passwords.typed(field, value),
        }
    }

    pub(super) fn may_be_sent(&self) -> bool {
        !self.name.trimmed().is_empty() && self.passwords.may_be_sent()
    }

    pub(super) fn ask(&self, grant: JoinGrant) -> JoinRequest {
        JoinRequest::SignUp {
            grant,
            name: self.name.trimmed().to_owned(),
            display_name: self.display_name.trimmed().to_owned(),
            password: self.passwords.new_password(),
        }
    }
}

impl Join {
    pub(super) fn account_page<'a>(
        &'a self,
        grant: Option<&'a JoinGrant>,
        account: &'a AccountForm,
    ) -> Page<'a> {
        let mut page = Page { id: "join/account", title: "Create your account".into(), ..Page::default() };
        if let Some(grant) = grant {
            let team = grant
                .team()
                .map(|team| format!(" You will be in {}.", wording::invited_to(team, grant.by())));
            page.intro.push(format!("{} is yours.{}", grant.address(), team.unwrap_or_default()).into());
        }
        page.fields.push(account.name.text("name", "Username", NAME_CHARS));
        page.fields.extend(account.passwords.fields());
        // Last, because it is the one that may stay empty.
        let display_name = &account.display_name;
        let label = "Display name (optional)";
        page.fields.push(display_name.text("display-name", label, DISPLAY_NAME_CHARS).optional());
        page.actions.push(Action::primary(
            "create",
            "Create account",
            !self.waiting && account.may_be_sent(),
        ));
        page.actions.push(Action::back("Cancel"));
        page.unsaved = !account.name.trimmed().is_empty() || !account.passwords.is_empty();
        page
    }
}

/// A password that is refused here changes none.
pub(super) fn refusal(refusal: &Refusal, portal: &PortalInfo) -> Notice<'static> {
    let notice = wording::refusal(refusal, portal);
    match refusal {
        Refusal::Password(why) => {
            Notice { text: format!("{why} Your account was not made yet.").into(), ..notice }
        }
        _ => notice,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{JoinStage, TextField};
    use super::*;
    use crate::accounts::request::join::JoinReply;
    use crate::accounts::request::{JoinRefusal, Reply, Request, SignedIn};
    use crate::domain::password::PasswordRefusal;
    use crate::flow::testing::{portal, type_in};
    use crate::flow::{Event, Step};

    const GOOD: &str = "plum tractor seventeen";

    fn form() -> Join {
        let account = Box::new(AccountForm::new(&portal(), "alan@example.org"));
        let part = JoinStage::Account(Some(JoinGrant::for_test(Some("Platform"))), account);
        Join::with(Arc::new(portal()), TextField::filled("alan@example.org"), part)
    }

    fn filled() -> Join {
        let mut flow = form();
        type_in(|event| flow.update(event), &[("name", " alan "), ("new", GOOD), ("confirm", GOOD)]);
        flow
    }

    fn may_create(flow: &Join) -> bool {
        flow.page().actions.iter().any(|action| action.id == "create" && action.active)
    }

    #[test]
    fn a_name_and_two_passwords_that_match_are_enough() {
        let mut flow = form();
        assert!(
            !may_create(&flow)
                && flow.page().intro[0]
                    .contains("You will be in the team Platform, to which grace invited you.")
        );
        type_in(|event| flow.update(event), &[("new", GOOD), ("confirm", GOOD)]);
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
    fn a_no_keeps_what_was_typed_and_the_right_to_try_again() {
        let mut flow = filled();
        for (refusal, id, words) in [
            (Refusal::Join(JoinRefusal::NameTaken), "name-taken", "Choose another one"),
            (Refusal::Password(PasswordRefusal::Common), "password-refused", "account was not made yet"),
        ] {
            assert!(matches!(flow.update(Event::Pressed("create")), Step::Ask(_)));
            let answer = JoinReply::NotSignedUp(Some(JoinGrant::for_test(None)), refusal);
            flow.update(Event::Replied(Reply::Join(answer)));
            let notice = flow.page().notice.unwrap();
            assert!(notice.id == id && notice.text.contains(words), "{notice:?}");
            assert!(may_create(&flow));
        }
    }

    #[test]
    fn too_late_leads_back_to_the_code_with_the_address_kept() {
        let mut flow = filled();
        flow.update(Event::Pressed("create"));
        let answer = JoinReply::NotSignedUp(None, Refusal::Join(JoinRefusal::TooLate));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(answer))) else {
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
        let answer = JoinReply::SignedUp(SignedIn::for_test("alan"));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Join(answer))) else {
            panic!("it must go on")
        };
        assert_eq!((next.page().id, next.page().toast.unwrap().id), ("teams", "signed-up"));
    }
}
