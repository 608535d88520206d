//! New recovery codes, shown once. Page `settings/security/recovery-codes`; it goes on when they are saved.

use zeroize::Zeroizing;

use crate::domain::secret::Secret;
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Figure, Page};
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};
use crate::text;

/// The codes, and a box to say that they are saved.
#[derive(Debug)]
pub struct RecoveryCodesPage {
    pub(in crate::flow) cx: MemberContext,
    codes: Vec<Secret>,
    /// All of them, a line each.
    together: Secret,
    /// What writes new ones to a file.
    command: String,
    saved: TextField,
}

impl RecoveryCodesPage {
    /// The page with new codes.
    #[must_use]
    pub fn new(cx: MemberContext, codes: Vec<Secret>) -> Self {
        let lines = Zeroizing::new(codes.iter().map(Secret::expose).collect::<Vec<_>>().join("\n"));
        let (name, file) = (cx.member.name(), "recovery-codes.txt");
        let command = wording::command_to_a_file(&cx.portal, name, "recovery-codes new", file);
        Self { cx, codes, together: Secret::new(lines.as_str()), command, saved: TextField::default() }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let is_saved = !self.saved.is_blank();
        let figure = Figure {
            lines: self.codes.iter().map(|code| code.expose().into()).collect(),
            alt: text!(self.cx, "recovery-codes-yours").into(),
            picture: None,
        };
        let page = self
            .cx
            .page("settings/security/recovery-codes", text!(self.cx, "recovery-codes-title"))
            .intro(text!(self.cx, "recovery-codes-intro"))
            .field(self.saved.tick("saved", text!(self.cx, "recovery-codes-saved")))
            .action(Action::primary("continue", text!(self.cx, "continue")).active_if(is_saved))
            .copy("copy-codes", text!(self.cx, "recovery-codes-copy"), self.together.expose())
            .outro(text!(self.cx, "recovery-codes-command", command = &self.command))
            .unsaved(!is_saved);
        let leaving = Some(text!(self.cx, "recovery-codes-leaving"));
        Page { figure: Some(figure), leaving, ..page }
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "saved", value } => self.saved.typed(value),
            Event::Pressed("continue") if !self.saved.is_blank() => self.cx.go(Section::Security),
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Flow;
    use crate::flow::page::TICKED;
    use crate::flow::testing::cx;

    #[test]
    fn it_goes_on_only_when_they_are_saved() {
        let codes = vec![Secret::new("0123-4567-89AB-CDEF-GHJK-MNPQ")];
        let mut flow = Flow::RecoveryCodesPage(RecoveryCodesPage::new(cx(), codes));
        assert_eq!(flow.page().figure.unwrap().lines, ["0123-4567-89AB-CDEF-GHJK-MNPQ"]);
        assert!(!flow.page().actions[0].active && flow.page().unsaved);
        assert_eq!(flow.page().copied_by("copy-codes"), Some("0123-4567-89AB-CDEF-GHJK-MNPQ"));
        assert!(flow.page().outro[0].contains("recovery-codes new --password-stdin > recovery-codes.txt"));
        assert_eq!(flow.page().leaving, Some("Leave without saving the codes?"));
        assert!(matches!(flow.update(Event::Pressed("continue")), Step::Stay));
        flow.update(Event::Typed { field: "saved", value: TICKED });
        assert!(flow.page().actions[0].active && !flow.page().unsaved);
        let Step::Go(next) = flow.update(Event::Pressed("continue")) else { panic!("it must go on") };
        assert_eq!(next.page().id, "settings/security");
        assert!(!format!("{flow:?}").contains("0123"));
    }
}
