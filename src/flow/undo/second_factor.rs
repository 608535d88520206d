//! The second factor that was on before the change. Page `undo/second-factor`.

use std::sync::Arc;

use crate::accounts::request::undo::{UndoReply, UndoRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::domain::secret::Secret;
use crate::flow::context::GuestContext;
use crate::flow::field::SecretField;
use crate::flow::page::{Action, Page};
use crate::flow::sign_in::{CODE_LABEL, CODE_MAX, CODE_MISSING};
use crate::flow::{Event, Step, wording};
use crate::text;

use super::{UNDO, cancelled, refused, reverted};

/// The form for its code, and the yes.
#[derive(Debug)]
pub struct UndoSecondFactor {
    pub(in crate::flow) cx: GuestContext,
    name: String,
    undo_code: Secret,
    code: SecretField,
}

impl UndoSecondFactor {
    pub(super) fn new(portal: Arc<PortalInfo>, name: &str, undo_code: Secret) -> Self {
        Self { cx: GuestContext::new(portal), name: name.to_owned(), undo_code, code: SecretField::default() }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        self.cx
            .page("undo/second-factor", text!(self.cx, "two-factor-authentication"))
            .intro(text!(self.cx, "undo-second-factor-intro", name = &self.name))
            .field(self.code.plain("code", CODE_LABEL.to(&self.cx), CODE_MAX))
            .action(Action::primary("undo", UNDO.to(&self.cx)))
            .back(text!(self.cx, "cancel"))
            .outro(wording::need_help(&self.cx.portal))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let portal = self.cx.portal.clone();
        match event {
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("undo") if self.code.is_empty() => self.cx.missing(CODE_MISSING.to(&self.cx)),
            Event::Pressed("undo") => {
                let (code, second_factor) = (self.undo_code.clone(), Some(self.code.get().clone()));
                self.cx.ask(Request::Undo(UndoRequest::Revert { code, second_factor }))
            }
            Event::Pressed("back") => cancelled(portal),
            Event::Replied(Reply::Undo(UndoReply::Reverted(grant, summary))) => {
                reverted(portal, grant, &summary)
            }
            Event::Replied(Reply::Refused(refusal @ Refusal::UndoCodeRefused)) => refused(portal, &refusal),
            Event::Replied(Reply::Refused(Refusal::SecondFactorRefused)) => self.code.wipe(),
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::ResetGrant;
    use crate::accounts::request::undo::UndoPreview;
    use crate::flow::Flow;
    use crate::flow::testing::{portal, press, type_in};

    fn typed(code: &str) -> Flow {
        let undo_code = Secret::new("WDJBMJHTBCDFGHJK");
        let mut flow = Flow::from(UndoSecondFactor::new(Arc::new(portal()), "ada", undo_code));
        type_in(&mut flow, &[("code", code)]);
        flow
    }

    #[test]
    fn both_codes_go_together_and_lead_to_a_new_password() {
        let mut flow = typed("123 456");
        let Step::Ask(Request::Undo(UndoRequest::Revert { code, second_factor: Some(factor) })) =
            press(&mut flow, "undo")
        else {
            panic!("it must ask")
        };
        assert_eq!((code.expose(), factor.expose()), ("WDJBMJHTBCDFGHJK", "123 456"));
        let summary = UndoPreview::for_test(true).summary;
        let reply = Reply::Undo(UndoReply::Reverted(ResetGrant::for_test("ada"), summary));
        let Step::Go(next) = flow.update(Event::Replied(reply)) else { panic!("it must go on") };
        assert_eq!(next.page().id, "new-password");
    }

    #[test]
    fn a_wrong_code_is_wiped_and_an_unchecked_one_is_kept() {
        let mut flow = typed("123 456");
        press(&mut flow, "undo");
        flow.update(Event::Replied(Reply::Refused(Refusal::Busy(7))));
        assert_eq!(flow.page().fields[0].value.expose(), "123 456");
        press(&mut flow, "undo");
        flow.update(Event::Replied(Reply::Refused(Refusal::SecondFactorRefused)));
        assert_eq!(flow.page().fields[0].value.expose(), "");
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("two-factor-refused"));
        assert!(matches!(press(&mut flow, "undo"), Step::Stay), "nothing is typed");
    }

    #[test]
    fn who_cancels_is_told_that_nothing_was_changed() {
        let Step::Go(next) = press(&mut typed(""), "back") else { panic!("it must go back") };
        assert_eq!(next.page().notice.map(|notice| notice.id), Some("not-undone"));
    }
}
