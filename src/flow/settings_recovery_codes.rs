//! Recovery codes, shown this once. Page `settings/security/recovery-codes`; it goes on when they are saved.

use crate::domain::secret::Secret;

use super::context::MemberContext;
use super::field::TextField;
use super::page::{Action, Figure, Page};
use super::settings_security::SettingsSecurity;
use super::{Event, Flow, Step};

/// A member with a pencil in hand.
#[derive(Debug)]
pub struct SettingsRecoveryCodes {
    pub(super) cx: MemberContext,
    codes: Vec<Secret>,
    saved: TextField,
}

impl SettingsRecoveryCodes {
    /// The page with new codes.
    #[must_use]
    pub fn new(cx: MemberContext, codes: Vec<Secret>) -> Self {
        Self { cx, codes, saved: TextField::default() }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/security/recovery-codes", "Save these recovery codes");
        page.intro = vec![
            "Each works once in place of the authenticator. They are not shown again: write them down, or \
             print them."
                .into(),
        ];
        page.figure = Some(Figure {
            lines: self.codes.iter().map(|code| code.expose().into()).collect(),
            alt: "Your recovery codes".into(),
            is_picture: false,
        });
        page.fields = vec![self.saved.tick("saved", "I have saved them")];
        page.actions = vec![Action::primary("continue", "Continue", self.is_saved())];
        page.unsaved = !self.is_saved();
        page.leaving = Some("Leave without having saved the codes?");
        page
    }

    fn is_saved(&self) -> bool {
        !self.saved.trimmed().is_empty()
    }

    pub(super) fn update(&mut self, event: &Event<'_>) -> Step {
        match event {
            Event::Typed { field: "saved", value } => self.saved.typed(value),
            Event::Pressed("continue") if self.is_saved() => {
                let next = SettingsSecurity::new(self.cx.fresh());
                return Step::go(Flow::SettingsSecurity(next));
            }
            _ => {}
        }
        Step::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::page::TICKED;
    use crate::flow::testing::cx;

    #[test]
    fn it_goes_on_only_when_they_are_saved() {
        let codes = vec![Secret::new("0123-4567-89AB-CDEF-GHJK-MNPQ")];
        let mut flow = Flow::SettingsRecoveryCodes(SettingsRecoveryCodes::new(cx(), codes));
        assert_eq!(flow.page().figure.unwrap().lines, ["0123-4567-89AB-CDEF-GHJK-MNPQ"]);
        assert!(!flow.page().actions[0].active && flow.page().unsaved);
        assert_eq!(flow.page().leaving, Some("Leave without having saved the codes?"));
        assert!(matches!(flow.update(Event::Pressed("continue")), Step::Stay));
        flow.update(Event::Typed { field: "saved", value: TICKED });
        assert!(flow.page().actions[0].active && !flow.page().unsaved);
        let Step::Go(next) = flow.update(Event::Pressed("continue")) else { panic!("it must go on") };
        assert_eq!(next.page().id, "settings/security");
        assert!(!format!("{flow:?}").contains("0123"));
    }
}
