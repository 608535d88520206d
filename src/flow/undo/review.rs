//! What an undo code would undo, and the question whether to. Page `undo/review`.

use std::sync::Arc;

use crate::accounts::request::undo::{UndoPreview, UndoReply, UndoRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::domain::secret::Secret;
use crate::flow::context::GuestContext;
use crate::flow::page::{Action, Page};
use crate::flow::{Event, Step, wording};

use super::wording::{change, would_do};
use super::{UNDO, UndoSecondFactor, cancelled, refused, reverted};

/// What would be undone.
#[derive(Debug)]
pub struct UndoReview {
    pub(in crate::flow) cx: GuestContext,
    code: Secret,
    preview: UndoPreview,
}

impl UndoReview {
    pub(super) fn new(portal: Arc<PortalInfo>, code: Secret, preview: UndoPreview) -> Self {
        Self { cx: GuestContext::new(portal), code, preview }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let page = self.cx.page("undo/review", "Undo this change?");
        change(&self.preview, &self.cx)
            .into_iter()
            .chain(would_do(&self.preview.summary, &self.cx))
            .fold(page, Page::intro)
            .intro(
                "Your password, reset codes and open sessions stop working. Next, you choose a new password. \
                 This is final.",
            )
            .action(Action::destructive("undo", UNDO))
            .back("Cancel")
            .outro(wording::need_help(&self.cx.portal))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let (portal, code) = (self.cx.portal.clone(), self.code.clone());
        match event {
            Event::Pressed("undo") if self.preview.asks_second_factor => self.ask_second_factor(),
            Event::Pressed("undo") => {
                self.cx.ask(Request::Undo(UndoRequest::Revert { code, second_factor: None }))
            }
            Event::Pressed("back") => cancelled(portal),
            Event::Replied(Reply::Undo(UndoReply::SecondFactorFirst)) => self.ask_second_factor(),
            Event::Replied(Reply::Undo(UndoReply::Reverted(grant, summary))) => {
                reverted(portal, grant, &summary)
            }
            Event::Replied(Reply::Refused(refusal @ Refusal::UndoCodeRefused)) => refused(portal, &refusal),
            _ => Step::Stay,
        }
    }

    fn ask_second_factor(&self) -> Step {
        let (portal, name) = (self.cx.portal.clone(), &self.preview.summary.name);
        Step::go(UndoSecondFactor::new(portal, name, self.code.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::ResetGrant;
    use crate::flow::Flow;
    use crate::flow::page::ActionKind;
    use crate::flow::testing::{portal, press};

    fn flow(asks_second_factor: bool) -> Flow {
        let preview = UndoPreview::for_test(asks_second_factor);
        UndoReview::new(Arc::new(portal()), Secret::new("WDJBMJHTBCDFGHJK"), preview).into()
    }

    fn page_after(step: Step) -> (&'static str, Option<&'static str>) {
        let Step::Go(flow) = step else { panic!("it must go on") };
        let page = flow.page();
        (page.id, page.notice.map(|notice| notice.id))
    }

    #[test]
    fn it_says_what_was_changed_when_and_from_where_and_what_comes_back_and_goes() {
        let flow = flow(false);
        let page = flow.page();
        let expected = [
            "Account: ada",
            "Change: Primary address changed: eve@example.net",
            "When: 2026-11-22 14:05:09 UTC",
            "From: 192.0.2.7",
            "Client: SSH-2.0-OpenSSH_9.2",
            "Restores: ada@example.org as the primary address",
            "Removes: address eve@example.net",
            "Removes: SSH key SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8 (eve@laptop)",
            "Cannot restore: ada@work.example.org, which belongs to another account now",
        ];
        assert_eq!(page.intro[..9], expected);
        assert!(page.intro[9].contains("Next, you choose a new password."), "{:?}", page.intro);
    }

    #[test]
    fn nothing_is_undone_by_one_key_too_many() {
        let flow = flow(false);
        let page = flow.page();
        let yes = page.actions.iter().find(|action| action.id == "undo").unwrap();
        assert_eq!((yes.kind, page.primary().is_none()), (ActionKind::Destructive, true));
    }

    #[test]
    fn a_yes_undoes_it_and_leads_to_a_new_password() {
        let mut flow = flow(false);
        let asked = press(&mut flow, "undo");
        assert!(
            matches!(&asked, Step::Ask(Request::Undo(UndoRequest::Revert { second_factor: None, .. }))),
            "{asked:?}"
        );
        let summary = UndoPreview::for_test(false).summary;
        let reply = Reply::Undo(UndoReply::Reverted(ResetGrant::for_test("ada"), summary));
        assert_eq!(page_after(flow.update(Event::Replied(reply))), ("new-password", Some("change-undone")));
    }

    #[test]
    fn the_second_factor_of_before_is_asked_for_first_also_when_it_was_not_foreseen() {
        assert_eq!(page_after(press(&mut flow(true), "undo")), ("undo/second-factor", None));
        let mut flow = flow(false);
        press(&mut flow, "undo");
        let reply = Reply::Undo(UndoReply::SecondFactorFirst);
        assert_eq!(page_after(flow.update(Event::Replied(reply))), ("undo/second-factor", None));
    }

    #[test]
    fn who_cancels_is_told_that_nothing_was_changed() {
        assert_eq!(page_after(press(&mut flow(true), "back")), ("sign-in", Some("not-undone")));
    }

    #[test]
    fn a_code_that_was_used_meanwhile_leads_back_and_says_so_and_an_outage_stays_here() {
        let mut flow = flow(false);
        press(&mut flow, "undo");
        flow.update(Event::Replied(Reply::Refused(Refusal::Unavailable("x".into()))));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("unavailable"));
        press(&mut flow, "undo");
        let refused = Reply::Refused(Refusal::UndoCodeRefused);
        assert_eq!(page_after(flow.update(Event::Replied(refused))), ("undo", Some("undo-code-refused")));
    }
}
