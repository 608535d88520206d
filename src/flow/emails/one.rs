//! One address, and what can be done with it. Page `settings/profile/emails/email`.

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::email_address::EmailAddress;
use crate::domain::time_zone::TimeZone;
use crate::flow::context::MemberContext;
use crate::flow::page::Page;
use crate::flow::section::Section;
use crate::flow::{Event, Step};

use super::{EmailListPage, VerifyEmail};

/// The address.
#[derive(Debug)]
pub struct EmailPage {
    pub(in crate::flow) cx: MemberContext,
    address: EmailAddress,
    /// When it was verified, or else added, in the person's time zone.
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

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let address = &self.address;
        let page = self.cx.page("settings/profile/emails/email", "").title(address.address.as_str());
        let page = match (address.is_primary, address.verified_at) {
            (true, _) => page.intro(
                "Your primary address: reset codes are sent here. To remove it, make another address primary \
                 first.",
            ),
            (false, Some(_)) => page
                .intro(
                    "Verified: it gets the emails about your account, and a reset code when you type it instead \
                     of your username.",
                )
                .link("make-primary", "Make primary")
                .link("remove", "Remove"),
            (false, None) => page
                .intro(
                    "Not verified: it is not used until you type the code from its email. After a week it is \
                     removed.",
                )
                .link("enter-code", "Type the code")
                .link("send-code", "Send another code")
                .link("remove", "Remove"),
        };
        page.back("Back to your addresses").within(Section::Profile).outro(self.since.as_str())
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let address = self.address.id.clone();
        let request = match event {
            Event::Pressed("send-code") => ProfileRequest::SendCode { address },
            Event::Pressed("make-primary") => ProfileRequest::SetPrimary { address },
            Event::Pressed("remove") => ProfileRequest::RemoveEmail { address },
            Event::Pressed("back") => return Step::go(EmailListPage::new(self.cx.fresh())),
            Event::Pressed("enter-code") | Event::Replied(Reply::Profile(ProfileReply::CodeSent { .. })) => {
                return Step::go(VerifyEmail::new(self.cx.fresh(), self.address.clone()));
            }
            Event::Replied(Reply::Profile(ProfileReply::PrimaryChanged(member, address))) => {
                self.cx.member = member;
                let text = format!("{} is now your primary address", address.address);
                let cx = self.cx.with_toast("primary-email-changed", text);
                return Step::go(EmailListPage::new(cx));
            }
            Event::Replied(Reply::Profile(ProfileReply::Removed(address))) => {
                let cx = self.cx.with_toast("email-removed", format!("{} was removed", address.address));
                return Step::go(EmailListPage::new(cx));
            }
            _ => return Step::Stay,
        };
        self.cx.ask(Request::Profile, request)
    }
}
