//! Set up an authenticator app: a picture to scan, the same secret to type, and a code that proves that the
//! app has it. Page `settings/security/authenticator`.

use zeroize::Zeroizing;

use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use crate::accounts::request::{Enrolment, Refusal, Reply, Request};
use crate::domain::qr;
use crate::domain::secret::Secret;

use super::context::{MemberContext, Section};
use super::field::SecretField;
use super::page::{Action, Figure, Notice, Page};
use super::settings_recovery_codes::SettingsRecoveryCodes;
use super::{Event, Flow, Step};

/// The most characters of a code: six digits and a few blanks.
const CODE_MAX: usize = 12;

/// A member with an app in hand.
#[derive(Debug)]
pub struct SettingsAuthenticator {
    pub(super) cx: MemberContext,
    enrolment: Enrolment,
    grouped: Secret,
    picture: QrLines,
    code: SecretField,
}

/// The seed as a camera reads it.
struct QrLines(Zeroizing<Vec<String>>);

impl std::fmt::Debug for QrLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Picture(***)")
    }
}

impl SettingsAuthenticator {
    /// The page with a fresh seed.
    #[must_use]
    pub fn new(cx: MemberContext, enrolment: Enrolment) -> Self {
        let lines = qr::half_blocks(enrolment.uri(&cx.portal.name).expose()).unwrap_or_default();
        Self {
            cx,
            grouped: enrolment.grouped(),
            picture: QrLines(Zeroizing::new(lines)),
            enrolment,
            code: SecretField::default(),
        }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/security/authenticator", "Set up an authenticator app");
        page.intro = vec![
            "Scan the picture with an authenticator app on your phone, or type this secret into it:".into(),
            self.grouped.expose().into(),
        ];
        page.figure = Some(Figure {
            lines: self.picture.0.iter().map(|line| line.as_str().into()).collect(),
            alt: "(The picture needs a screen of 80x24. It holds nothing but the secret.)".into(),
            is_picture: true,
        });
        page.fields = vec![self.code.plain("code", "Code", CODE_MAX)];
        page.actions = vec![Action::primary("turn-on", "Turn on", !self.cx.waiting), Action::back("Back")];
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("turn-on") => return self.submit(),
            Event::Pressed("back") => return self.cx.go(Section::Security),
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn submit(&mut self) -> Step {
        if self.code.is_empty() {
            self.cx.notice = Some(Notice::missing("Type the six digits that the app shows now."));
            return Step::Stay;
        }
        let ask =
            SecondFactorRequest::TurnOn { enrolment: self.enrolment.clone(), code: self.code.get().clone() };
        self.cx.ask(|member| Request::SecondFactor(member, ask))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::SecondFactor(SecondFactorReply::TurnedOn(member, codes)) => {
                self.cx.member = member;
                let cx = self.cx.with_toast("two-factor-on", "Two-factor authentication is on");
                Step::go(Flow::SettingsRecoveryCodes(SettingsRecoveryCodes::new(cx, codes)))
            }
            Reply::Refused(Refusal::SecondFactorRefused) => {
                self.code.wipe();
                Step::Stay
            }
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::SignedIn;

    use crate::flow::testing::cx;

    fn flow() -> Flow {
        Flow::SettingsAuthenticator(SettingsAuthenticator::new(cx(), Enrolment::for_test("ada")))
    }

    #[test]
    fn the_secret_stands_beside_the_picture_in_groups_of_four() {
        let flow = flow();
        let page = flow.page();
        let groups: Vec<usize> = page.intro[1].split(' ').map(str::len).collect();
        assert_eq!(groups, [4; 8]);
        let figure = page.figure.unwrap();
        assert!(figure.is_picture && figure.lines.len() <= 19);
        assert!(figure.lines.iter().all(|line| line.chars().count() <= 37));
        assert!(!format!("{flow:?}").contains(page.intro[1].as_ref()));
    }

    #[test]
    fn a_wrong_code_is_wiped_and_the_same_seed_stays() {
        let mut flow = flow();
        assert!(matches!(flow.update(Event::Pressed("turn-on")), Step::Stay), "nothing is typed");
        let secret = flow.page().intro[1].to_string();
        flow.update(Event::Typed { field: "code", value: "123456" });
        let Step::Ask(Request::SecondFactor(_, SecondFactorRequest::TurnOn { code, .. })) =
            flow.update(Event::Pressed("turn-on"))
        else {
            panic!("it must ask")
        };
        assert_eq!(code.expose(), "123456");
        flow.update(Event::Replied(Reply::Refused(Refusal::SecondFactorRefused)));
        let page = flow.page();
        assert_eq!((page.fields[0].value.expose(), page.intro[1].as_ref()), ("", secret.as_str()));
    }

    #[test]
    fn the_right_code_leads_to_the_recovery_codes() {
        let mut flow = flow();
        let codes = vec![Secret::new("0123-4567")];
        let reply = Reply::SecondFactor(SecondFactorReply::TurnedOn(SignedIn::for_test("ada"), codes));
        let Step::Go(next) = flow.update(Event::Replied(reply)) else { panic!("it must go on") };
        assert_eq!(next.page().toast.map(|toast| toast.id), Some("two-factor-on"));
    }
}
