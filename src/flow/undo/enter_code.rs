//! Type the undo code from an email. Page `undo`.

use std::sync::Arc;

use crate::accounts::request::undo::{UndoReply, UndoRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::flow::context::GuestContext;
use crate::flow::field::SecretField;
use crate::flow::page::{Action, Page};
use crate::flow::sign_in::SignIn;
use crate::flow::{Event, Step, wording};
use crate::text;

use super::UndoReview;

/// The form for the undo code.
#[derive(Debug)]
pub struct EnterUndoCode {
    pub(in crate::flow) cx: GuestContext,
    code: SecretField,
}

impl EnterUndoCode {
    /// The empty form.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>) -> Self {
        Self { cx: GuestContext::new(portal), code: SecretField::default() }
    }

    /// The form after a code was refused that seemed right before.
    pub(super) fn after_refusal(portal: Arc<PortalInfo>, refusal: &Refusal) -> Self {
        let mut form = Self::new(portal);
        form.cx.notice = Some(wording::refusal(refusal, &form.cx.portal));
        form
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        self.cx
            .page("undo", text!(self.cx, "undo-title"))
            .intro(text!(self.cx, "undo-intro"))
            .field(self.code.undo_code("code", text!(self.cx, "undo-code")))
            .action(Action::primary("continue", text!(self.cx, "continue")))
            .back(text!(self.cx, "back"))
            .outro(text!(self.cx, "undo-no-email"))
            .outro(wording::need_help(&self.cx.portal))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("continue") if self.code.is_empty() => {
                self.cx.missing(text!(self.cx, "undo-code-missing"))
            }
            Event::Pressed("continue") => {
                let code = self.code.get().clone();
                self.cx.ask(Request::Undo(UndoRequest::Preview { code }))
            }
            Event::Pressed("back") => Step::go(SignIn::new(self.cx.portal.clone(), "")),
            Event::Replied(Reply::Undo(UndoReply::Preview(preview))) => {
                Step::go(UndoReview::new(self.cx.portal.clone(), self.code.get().clone(), preview))
            }
            Event::Replied(Reply::Refused(Refusal::UndoCodeRefused)) => self.code.wipe(),
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::undo::UndoPreview;
    use crate::flow::Flow;
    use crate::flow::testing::{portal, press, type_in};

    fn typed(code: &str) -> Flow {
        let mut flow = Flow::from(EnterUndoCode::new(Arc::new(portal())));
        type_in(&mut flow, &[("code", code)]);
        flow
    }

    #[test]
    fn the_code_is_shown_what_it_would_undo_before_anything_is_undone() {
        let mut flow = typed("WDJBMJHTBCDFGHJK");
        let Step::Ask(Request::Undo(UndoRequest::Preview { code })) = press(&mut flow, "continue") else {
            panic!("it must only look")
        };
        assert_eq!(code.expose(), "WDJBMJHTBCDFGHJK");
        let reply = Reply::Undo(UndoReply::Preview(UndoPreview::for_test(false)));
        let Step::Go(next) = flow.update(Event::Replied(reply)) else { panic!("it must go on") };
        assert_eq!(next.page().id, "undo/review");
    }

    #[test]
    fn a_wrong_code_is_wiped_and_told_of_in_words_of_its_own_and_an_outage_keeps_it() {
        let mut flow = typed("WDJBMJHTBCDFGHJK");
        press(&mut flow, "continue");
        flow.update(Event::Replied(Reply::Refused(Refusal::Unavailable("x".into()))));
        assert_eq!(flow.page().fields[0].value.expose(), "WDJBMJHTBCDFGHJK");
        press(&mut flow, "continue");
        flow.update(Event::Replied(Reply::Refused(Refusal::UndoCodeRefused)));
        let page = flow.page();
        assert_eq!(page.fields[0].value.expose(), "");
        let notice = page.notice.unwrap();
        assert_eq!(notice.id, "undo-code-refused");
        assert!(notice.text.starts_with("This undo code doesn't work."), "{}", notice.text);
        assert!(notice.text.ends_with("Nothing was changed."), "{}", notice.text);
    }

    #[test]
    fn an_empty_form_asks_nothing_and_back_leads_to_the_sign_in() {
        let mut flow = typed("");
        assert!(matches!(press(&mut flow, "continue"), Step::Stay));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("missing"));
        let Step::Go(next) = press(&mut flow, "back") else { panic!("it must go back") };
        assert_eq!(next.page().id, "sign-in");
    }
}
