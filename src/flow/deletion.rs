//! Delete the account, where the setting `account.deletion` allows it: what follows from it, and the question. Page
//! `settings/profile/delete`.

use crate::accounts::request::deletion::{DeletionPreview, DeletionReply, DeletionRequest, last_owner};
use crate::accounts::request::{Reply, Request};
use crate::domain::throttle::UNDO_CODE_DAYS;
use crate::domain::timestamp::Timestamp;

use super::context::MemberContext;
use super::page::{Action, Notice, Page};
use super::section::Section;
use super::sign_in::SignIn;
use super::{Event, Step};

/// The question before it.
#[derive(Debug)]
pub struct DeleteAccount {
    pub(super) cx: MemberContext,
    preview: Option<DeletionPreview>,
}

impl DeleteAccount {
    /// The page, before it is known what follows.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, preview: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.cx.begin(Request::Deletion, DeletionRequest::Preview)
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self
            .cx
            .page("settings/profile/delete", "Delete your account?")
            .intro(
                "Your profile, addresses, SSH keys and support cases will be deleted, and you leave your teams. Nobody \
                 else can take your username for 30 days.",
            )
            .intro(format!(
                "You are signed out at once, everywhere. The account is deleted {UNDO_CODE_DAYS} days later; until then, \
                 signing in cancels it. All your addresses are told."
            ));
        let Some(preview) = &self.preview else { return page.back("Back").within(Section::Profile) };
        if !preview.teams_deleted.is_empty() {
            let teams = preview.teams_deleted.join(", ");
            page = page.intro(format!("Teams without other members are deleted too: {teams}"));
        }
        let is_blocked = !preview.last_owner_of.is_empty();
        if is_blocked && page.notice.is_none() {
            page.notice = Some(Notice::bad("last-owner", last_owner(&preview.last_owner_of).to(&self.cx)));
        }
        page.action(Action::destructive("delete", "Delete my account").active_if(!is_blocked))
            .back("Back")
            .within(Section::Profile)
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Pressed("delete")
                if self.preview.as_ref().is_some_and(|it| it.last_owner_of.is_empty()) =>
            {
                self.cx.ask(Request::Deletion, DeletionRequest::Delete)
            }
            Event::Pressed("back") => self.cx.go(Section::Profile),
            Event::Replied(Reply::Deletion(DeletionReply::Preview(preview))) => {
                self.preview = Some(preview);
                Step::Stay
            }
            Event::Replied(Reply::Deletion(DeletionReply::Requested(then))) => self.requested(then),
            _ => Step::Stay,
        }
    }

    fn requested(&self, then: Timestamp) -> Step {
        let (portal, name) = (self.cx.portal.clone(), self.cx.member.name());
        Step::go(SignIn::after_deletion_request(portal, name, &self.cx.zone().date_minute(then)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::{DeletionRefusal, Refusal};
    use crate::flow::Flow;
    use crate::flow::testing::cx;

    fn shown(last_owner_of: &[&str], teams_deleted: &[&str]) -> Flow {
        let names = |teams: &[&str]| teams.iter().map(ToString::to_string).collect();
        let preview =
            DeletionPreview { last_owner_of: names(last_owner_of), teams_deleted: names(teams_deleted) };
        let mut flow = Flow::DeleteAccount(DeleteAccount::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Deletion(_, DeletionRequest::Preview))));
        flow.update(Event::Replied(Reply::Deletion(DeletionReply::Preview(preview))));
        flow
    }

    fn can_delete(flow: &Flow) -> bool {
        flow.page().actions.iter().any(|action| action.id == "delete" && action.active)
    }

    #[test]
    fn nothing_can_be_deleted_before_it_is_known_what_follows() {
        let mut flow = Flow::DeleteAccount(DeleteAccount::new(cx()));
        flow.begin();
        assert!(!can_delete(&flow));
        assert!(matches!(flow.update(Event::Pressed("delete")), Step::Stay));
    }

    #[test]
    fn the_last_owner_is_told_what_to_do_first() {
        let mut flow = shown(&["Platform", "Compilers"], &[]);
        let notice = flow.page().notice.unwrap();
        assert_eq!(notice.id, "last-owner");
        assert!(notice.text.contains("last owner of Platform, Compilers. Your account was not deleted."));
        assert!(!can_delete(&flow));
        assert!(matches!(flow.update(Event::Pressed("delete")), Step::Stay));
    }

    #[test]
    fn a_team_that_goes_too_is_named() {
        let flow = shown(&[], &["Night watch"]);
        assert!(flow.page().intro[2].ends_with("deleted too: Night watch"));
        assert!(can_delete(&flow));
    }

    #[test]
    fn who_has_asked_for_it_is_signed_out_and_told_how_to_keep_it() {
        let mut flow = shown(&[], &[]);
        let step = flow.update(Event::Pressed("delete"));
        assert!(matches!(step, Step::Ask(Request::Deletion(_, DeletionRequest::Delete))));
        let refusal = Refusal::Deletion(DeletionRefusal::LastOwner(vec!["Platform".into()]));
        flow.update(Event::Replied(Reply::Refused(refusal)));
        assert_eq!(flow.page().notice.unwrap().id, "last-owner");
        flow.update(Event::Pressed("delete"));
        let then = Timestamp::from_epoch_ms(1_795_341_909_000);
        let step = flow.update(Event::Replied(Reply::Deletion(DeletionReply::Requested(then))));
        let Step::Go(next) = step else { panic!("it must leave") };
        let page = next.page();
        assert_eq!((page.id, page.signed_in_as, page.fields[0].value.expose()), ("sign-in", None, "ada"));
        let text = page.notice.unwrap().text;
        assert!(text.contains("2026-11-22 10:05 UTC") && text.contains("sign in before then"), "{text}");
    }
}
