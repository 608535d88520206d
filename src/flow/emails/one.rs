//! One address, and what can be done with it. Page `settings/profile/emails/email`.

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::email_address::EmailAddress;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Page};
use crate::flow::review::ReviewPage;
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};

use super::{EmailListPage, VerifyEmail};

/// The address.
#[derive(Debug)]
pub struct EmailPage {
    pub(in crate::flow) cx: MemberContext,
    address: EmailAddress,
    /// Somebody came here from the review, and goes back there.
    is_reviewed: bool,
}

impl EmailPage {
    pub(super) fn new(cx: MemberContext, address: EmailAddress) -> Self {
        Self { cx, address, is_reviewed: false }
    }

    /// The page as the review opens it.
    pub(in crate::flow) fn reviewed(cx: MemberContext, address: EmailAddress) -> Self {
        Self { is_reviewed: true, ..Self::new(cx, address) }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let address = &self.address;
        let page = self.cx.page("settings/profile/emails/email", "").title(address.address.as_str());
        let page = match (address.is_primary, address.verified_at) {
            _ if address.suspended_at.is_some() => page
                .intro(
                    "Suspended since your password was reset: it gets no emails and no reset codes. Keep it only \
                     if you added it yourself.",
                )
                .link("keep", "Keep this address")
                .action(Action::destructive("remove", "Remove")),
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
        let back = if self.is_reviewed { "Back to the review" } else { "Back to your addresses" };
        page.facts(self.facts()).back(back).within(Section::Profile)
    }

    /// When it was verified or added, and from where if that is in question.
    fn facts(&self) -> impl Iterator<Item = Fact<'_>> {
        let (address, zone) = (&self.address, self.cx.zone());
        let since = match address.verified_at {
            Some(at) => Fact::new("Verified", zone.date_minute(at)),
            None => Fact::new("Added", zone.date_minute(address.added_at)),
        };
        let is_in_question = self.is_reviewed || address.suspended_at.is_some();
        let place = is_in_question.then(|| {
            wording::added_where(address.added_ip.as_deref(), address.added_client.as_deref(), &self.cx)
        });
        [since].into_iter().chain(place.map(|place| Fact::new("Added from", place)))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let address = self.address.id.clone();
        let request = match event {
            Event::Pressed("send-code") => ProfileRequest::SendCode { address },
            Event::Pressed("make-primary") => ProfileRequest::SetPrimary { address },
            Event::Pressed("remove") => {
                let follows = match (self.address.suspended_at, self.address.verified_at) {
                    (Some(_), _) => "It stays without emails and codes, and is your address no longer.",
                    (None, Some(_)) => {
                        "It gets no more emails about your account, and no reset codes. To use it again, add and verify \
                         it anew."
                    }
                    (None, None) => "The code in its email stops working. You can add the address again.",
                };
                let title = format!("Remove {}?", self.address.address);
                let action = ("remove", "Remove this address");
                return self.cx.confirm_first(action, title, [follows.into()]);
            }
            Event::Confirmed("remove") => ProfileRequest::RemoveEmail { address },
            Event::Pressed("keep") => ProfileRequest::KeepEmail { address },
            Event::Pressed("back") => return self.go_back(self.cx.fresh()),
            Event::Pressed("enter-code") | Event::Replied(Reply::Profile(ProfileReply::CodeSent { .. })) => {
                return Step::go(VerifyEmail::new(self.cx.fresh(), self.address.clone()));
            }
            Event::Replied(Reply::Profile(ProfileReply::PrimaryChanged(member, address))) => {
                self.cx.member = member;
                let text = format!("{} is now your primary address", address.address);
                let cx = self.cx.with_toast("primary-email-changed", text);
                return self.go_back(cx);
            }
            Event::Replied(Reply::Profile(ProfileReply::Removed(address))) => {
                let cx = self.cx.with_toast("email-removed", format!("{} was removed", address.address));
                return self.go_back(cx);
            }
            Event::Replied(Reply::Profile(ProfileReply::Kept(address))) => {
                let cx = self.cx.with_toast("email-kept", format!("{} is kept", address.address));
                return self.go_back(cx);
            }
            _ => return Step::Stay,
        };
        self.cx.ask(Request::Profile, request)
    }

    fn go_back(&self, cx: MemberContext) -> Step {
        if self.is_reviewed { Step::go(ReviewPage::new(cx)) } else { Step::go(EmailListPage::new(cx)) }
    }
}
