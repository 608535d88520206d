//! Set up an authenticator app: a QR code, the same secret to type, and a code that proves that the app has it.
//! Page `settings/security/authenticator`.

use zeroize::Zeroizing;

use crate::accounts::request::second_factor::{SecondFactorReply, SecondFactorRequest};
use crate::accounts::request::{Enrolment, Refusal, Reply, Request};
use crate::domain::input::CODE_TEXT_CHARS;
use crate::domain::qr;
use crate::domain::secret::Secret;
use crate::flow::context::MemberContext;
use crate::flow::field::SecretField;
use crate::flow::page::{Action, Figure, Page, PictureNeeds};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::text;

use super::RecoveryCodesPage;

/// The most characters in it: a code and a sentence around it.
const CODE_MAX: usize = CODE_TEXT_CHARS;

/// The form for the first code from the app.
#[derive(Debug)]
pub struct SetUpAuthenticator {
    pub(in crate::flow) cx: MemberContext,
    enrolment: Enrolment,
    grouped: Secret,
    /// As apps take it, without the spaces.
    secret: Secret,
    picture: QrLines,
    code: SecretField,
}

/// The QR code of the secret.
struct QrLines(Zeroizing<Vec<String>>);

impl QrLines {
    /// The smallest screen that it fits, such as `37x19`, columns and rows.
    fn screen(&self) -> String {
        let width = self.0.first().map_or(0, |line| line.chars().count());
        format!("{width}x{}", self.0.len())
    }
}

impl std::fmt::Debug for QrLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QrLines(***)")
    }
}

impl SetUpAuthenticator {
    /// The page with a new secret.
    #[must_use]
    pub fn new(cx: MemberContext, enrolment: Enrolment) -> Self {
        let lines = qr::half_blocks(enrolment.uri(&cx.portal.name).expose()).unwrap_or_default();
        let grouped = enrolment.grouped();
        Self {
            cx,
            secret: Secret::new(grouped.expose().replace(' ', "")),
            grouped,
            picture: QrLines(Zeroizing::new(lines)),
            enrolment,
            code: SecretField::default(),
        }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let figure = Figure {
            lines: self.picture.0.iter().map(|line| line.as_str().into()).collect(),
            alt: text!(self.cx, "authenticator-qr-screen", screen = self.picture.screen()).into(),
            picture: Some(PictureNeeds {
                utf8: text!(self.cx, "authenticator-qr-utf8"),
                colours: text!(self.cx, "authenticator-qr-colours"),
                whole_screen: text!(self.cx, "authenticator-qr-whole-screen"),
            }),
        };
        let page = self
            .cx
            .page("settings/security/authenticator", text!(self.cx, "authenticator-title"))
            .intro(text!(self.cx, "authenticator-intro"))
            .intro(self.grouped.expose())
            .field(self.code.plain("code", text!(self.cx, "code"), CODE_MAX))
            .action(Action::primary("turn-on", text!(self.cx, "security-turn-on")))
            .copy("copy-secret", text!(self.cx, "authenticator-copy-secret"), self.secret.expose())
            .back(text!(self.cx, "back"));
        Page { figure: Some(figure), ..page }
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "code", value } => self.code.typed(value),
            Event::Pressed("turn-on") if self.code.is_empty() => {
                self.cx.missing(text!(self.cx, "authenticator-app-code-missing"))
            }
            Event::Pressed("turn-on") => {
                let (enrolment, code) = (self.enrolment.clone(), self.code.get().clone());
                self.cx.ask(Request::SecondFactor, SecondFactorRequest::TurnOn { enrolment, code })
            }
            Event::Pressed("back") => self.cx.go(Section::Security),
            Event::Replied(Reply::SecondFactor(SecondFactorReply::TurnedOn(member, codes))) => {
                self.cx.member = member;
                let cx = self.cx.with_toast("two-factor-on", text!(self.cx, "two-factor-on"));
                Step::go(RecoveryCodesPage::new(cx, codes))
            }
            Event::Replied(Reply::Refused(Refusal::SecondFactorRefused)) => self.code.wipe(),
            _ => Step::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::flow::Flow;

    use crate::flow::testing::cx;

    fn flow() -> Flow {
        Flow::SetUpAuthenticator(SetUpAuthenticator::new(cx(), Enrolment::for_test("ada")))
    }

    #[test]
    fn the_secret_is_beside_the_qr_code_in_groups_of_four() {
        let flow = flow();
        let page = flow.page();
        let groups: Vec<usize> = page.intro[1].split(' ').map(str::len).collect();
        assert_eq!(groups, [4; 8]);
        assert_eq!(page.copied_by("copy-secret"), Some(page.intro[1].replace(' ', "").as_str()));
        let figure = page.figure.unwrap();
        assert!(figure.picture.is_some() && figure.lines.len() <= 19);
        assert!(figure.alt.contains("needs a screen of 37x19."), "{}", figure.alt);
        assert!(figure.lines.iter().all(|line| line.chars().count() <= 37));
        let shown = format!("{flow:?}");
        assert!(!shown.contains(page.intro[1].as_ref()) && !shown.contains(&page.intro[1].replace(' ', "")));
    }

    #[test]
    fn a_wrong_code_is_wiped_and_the_secret_stays() {
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
