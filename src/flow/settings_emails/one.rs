//! One address, and what can be done with it. Page `settings/profile/emails/email`.

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::email_address::EmailAddress;
use crate::domain::time_zone::TimeZone;
use crate::flow::context::{MemberContext, Section};
use crate::flow::page::{Action, Page};
use crate::flow::{Event, Flow, Step};

use super::{SettingsEmails, back_to_list};

/// A member looking at one address.
#[derive(Debug)]
pub struct EmailPage {
    pub(in crate::flow) cx: MemberContext,
    address: EmailAddress,
    /// When it was added, and since when it counts, as the person reads it.
    since: String,
}

impl EmailPage {
    pub(super) fn new(cx: MemberContext, address: EmailAddress, time_zone: &str) -> Self {
        let zone = TimeZone::parse(time_zone).unwrap_or_default();
        let since = match address.verified_at {
            Some(at) => format!("Verified {}", zone.date_minute(at)),
            None => format!("Added {}", zone.date_minute(address.added_at)),
        };
        Self { cx, address, since }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/profile/emails/email", "Address");
        page.title = self.address.address.as_str().into();
        let is_verified = self.address.verified_at.is_some();
        let text = match (self.address.is_primary, is_verified) {
            (true, _) => {
                "Your primary address: codes for a forgotten password go here. To remove it, make another one \
                 the primary one first."
            }
            (false, true) => {
                "Verified: it gets the emails about your account, and a code for a forgotten password when \
                 you type it instead of your username."
            }
            (false, false) => {
                "Not verified: it counts once you have typed the code from its email. After a week it is \
                 forgotten."
            }
        };
        page.intro.push(text.into());
        page.outro.push(self.since.as_str().into());
        if !is_verified {
            page.actions.push(Action::link("enter-code", "Type its code"));
            page.actions.push(Action::link("send-code", "Send another code"));
        } else if !self.address.is_primary {
            page.actions.push(Action::link("make-primary", "Make it the primary one"));
        }
        if !self.address.is_primary {
            page.actions.push(Action::link("remove", "Remove it"));
        }
        page.actions.push(Action::back("Back to your addresses"));
        page.actions.extend(MemberContext::navigation(Section::Profile, false));
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        let address = self.address.id.clone();
        match event {
            Event::Pressed("enter-code") => self.to_its_code(),
            Event::Pressed("send-code") => self.ask(ProfileRequest::SendCode { address }),
            Event::Pressed("make-primary") => self.ask(ProfileRequest::SetPrimary { address }),
            Event::Pressed("remove") => self.ask(ProfileRequest::RemoveEmail { address }),
            Event::Pressed("back") => back_to_list(self.cx.fresh()),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn ask(&mut self, ask: ProfileRequest) -> Step {
        self.cx.ask(|member| Request::Profile(member, ask))
    }

    fn to_its_code(&self) -> Step {
        let verify = SettingsEmails::verify(self.cx.fresh(), self.address.clone());
        Step::go(Flow::SettingsEmails(verify))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Profile(ProfileReply::CodeSent { .. }) => self.to_its_code(),
            Reply::Profile(ProfileReply::PrimaryChanged(member, address)) => {
                self.cx.member = member;
                let text = format!("{} is your primary address now", address.address);
                back_to_list(self.cx.with_toast("primary-email-changed", text))
            }
            Reply::Profile(ProfileReply::Removed(address)) => {
                let text = format!("{} was removed", address.address);
                back_to_list(self.cx.with_toast("email-removed", text))
            }
            _ => Step::Stay,
        }
    }
}
