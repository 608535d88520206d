//! Adding an address. Page `settings/profile/emails/add`.

use crate::accounts::request::profile::{ProfileRefusal, ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::email::Email;
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Field, Hint, Page, Tone};
use crate::flow::section::Section;
use crate::flow::{Event, NAME_MAX, Step};
use crate::text;

use super::{EmailListPage, VerifyEmail};

/// The form for a new address.
#[derive(Debug)]
pub struct AddEmail {
    pub(in crate::flow) cx: MemberContext,
    address: TextField,
}

impl AddEmail {
    pub(super) fn new(cx: MemberContext) -> Self {
        Self { cx, address: TextField::default() }
    }

    fn is_valid(&self) -> bool {
        Email::parse(self.address.trimmed()).is_ok()
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let text = self.address.text("address", text!(self.cx, "address"), NAME_MAX);
        self.cx
            .page("settings/profile/emails/add", text!(self.cx, "emails-add"))
            .intro(text!(self.cx, "emails-add-intro"))
            .field(Field { hint: self.hint(), ..text })
            .action(
                Action::primary("send-code", text!(self.cx, "emails-send-code")).active_if(self.is_valid()),
            )
            .back(text!(self.cx, "back-to-addresses"))
            .within(Section::Profile)
            .unsaved(!self.address.is_blank())
    }

    fn hint(&self) -> Option<Hint<'_>> {
        let refusal = ProfileRefusal::from(Email::parse(self.address.trimmed()).err()?);
        let (id, tone) =
            if self.address.is_blank() { ("rule", Tone::Neutral) } else { (refusal.id(), Tone::Bad) };
        Some(Hint { id, tone, text: refusal.message().to(&self.cx).into(), meter: None })
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "address", value } => self.address.typed(value),
            Event::Pressed("send-code") if self.is_valid() => {
                let address = self.address.trimmed().to_owned();
                self.cx.ask(Request::Profile, ProfileRequest::AddEmail { address })
            }
            Event::Pressed("back") => Step::go(EmailListPage::new(self.cx.fresh())),
            Event::Replied(Reply::Profile(ProfileReply::CodeSent { address, .. })) => {
                Step::go(VerifyEmail::new(self.cx.fresh(), address))
            }
            _ => Step::Stay,
        }
    }
}
