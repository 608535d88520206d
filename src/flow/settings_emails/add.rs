//! Adding an address. Page `settings/profile/emails/add`.

use crate::accounts::request::profile::{ProfileRefusal, ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::email::Email;
use crate::flow::context::{MemberContext, Section};
use crate::flow::field::TextField;
use crate::flow::page::{Action, Field, Hint, Page, Tone};
use crate::flow::{Event, Flow, NAME_MAX, Step};

use super::{SettingsEmails, back_to_list};

/// A member who adds an address.
#[derive(Debug)]
pub struct AddEmail {
    pub(in crate::flow) cx: MemberContext,
    address: TextField,
}

impl AddEmail {
    pub(super) fn new(cx: MemberContext) -> Self {
        Self { cx, address: TextField::default() }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/profile/emails/add", "Add an address");
        page.intro.push("A code goes to it. The address counts once you have typed that code here.".into());
        let text = self.address.text("address", "Address", NAME_MAX);
        page.fields.push(Field { hint: self.hint(), ..text });
        let may_send = !self.cx.waiting && Email::parse(self.address.trimmed()).is_ok();
        page.actions.push(Action::primary("send-code", "Send code", may_send));
        page.actions.push(Action::back("Back to your addresses"));
        page.actions.extend(MemberContext::navigation(Section::Profile, false));
        page.unsaved = !self.address.trimmed().is_empty();
        page
    }

    fn hint(&self) -> Option<Hint<'_>> {
        let refusal = Email::parse(self.address.trimmed()).err()?;
        let is_empty = self.address.trimmed().is_empty();
        let refusal = ProfileRefusal::from(refusal);
        let (id, tone) = if is_empty { ("rule", Tone::Neutral) } else { (refusal.id(), Tone::Bad) };
        Some(Hint { id, tone, text: refusal.to_string().into() })
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "address", value } => self.address.typed(value),
            Event::Pressed("send-code") if Email::parse(self.address.trimmed()).is_ok() => {
                let address = self.address.trimmed().to_owned();
                let ask = ProfileRequest::AddEmail { address };
                return self.cx.ask(|member| Request::Profile(member, ask));
            }
            Event::Pressed("back") => return back_to_list(self.cx.fresh()),
            Event::Replied(Reply::Profile(ProfileReply::CodeSent { address, .. })) => {
                let verify = SettingsEmails::verify(self.cx.fresh(), address);
                return Step::go(Flow::SettingsEmails(verify));
            }
            _ => {}
        }
        Step::Stay
    }
}
