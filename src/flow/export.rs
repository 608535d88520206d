//! How to export one's records, which is a command: a page cannot write to a file on the person's machine. Page
//! `settings/profile/export`.

use super::context::MemberContext;
use super::page::Page;
use super::section::Section;
use super::{Event, Step, wording};

/// The command to type.
#[derive(Debug)]
pub struct ExportPage {
    pub(super) cx: MemberContext,
    command: String,
}

impl ExportPage {
    /// The page for this member.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        let command = wording::command_to_a_file(&cx.portal, cx.member.name(), "export", "records.json");
        Self { cx, command }
    }

    pub(super) fn page(&self) -> Page<'_> {
        self.cx
            .page("settings/profile/export", "Export your records")
            .intro(
                "All that the portal knows of you, in one JSON file: profile, addresses, SSH keys, sessions, teams, \
                 activity and support cases. Run this in a terminal on your computer:",
            )
            .intro(self.command.as_str())
            .intro(wording::typed_next(self.cx.member.has_second_factor()).to(&self.cx))
            .copy("copy-command", "Copy the command", self.command.as_str())
            .back("Back to your profile")
            .within(Section::Profile)
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Pressed("back") => self.cx.go(Section::Profile),
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::domain::portal::PortalInfo;
    use crate::flow::testing::portal;

    fn shown(member: SignedIn) -> (String, String) {
        let portal = PortalInfo { address: "portal.example.org:2222".parse().ok(), ..portal() };
        let flow = ExportPage::new(MemberContext::new(Arc::new(portal), member));
        let page = flow.page();
        assert_eq!(page.copied_by("copy-command"), Some(page.intro[1].as_ref()));
        (page.intro[1].to_string(), page.intro[2].to_string())
    }

    #[test]
    fn the_command_names_the_host_and_the_member_and_hides_the_password() {
        let (command, next) = shown(SignedIn::for_test("ada"));
        let ssh = "ssh -p 2222 ada@portal.example.org export --password-stdin > records.json";
        assert_eq!(command, format!("stty -echo; {ssh}; stty echo"));
        assert!(!next.contains("authenticator"), "{next}");
        let (_, next) = shown(SignedIn::with_recovery_codes_for_test("ada", 8));
        assert!(next.contains("a code of your authenticator"), "{next}");
    }
}
