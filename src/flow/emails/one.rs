//! One address, and what can be done with it. Page `settings/profile/emails/email`.

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::email_address::EmailAddress;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Page};
use crate::flow::review::ReviewPage;
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};
use crate::text;

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
                .intro(text!(self.cx, "email-suspended"))
                .link("keep", text!(self.cx, "email-keep"))
                .action(Action::destructive("remove", text!(self.cx, "remove"))),
            (true, _) => page.intro(text!(self.cx, "email-primary")),
            (false, Some(_)) => page
                .intro(text!(self.cx, "email-verified"))
                .link("make-primary", text!(self.cx, "email-make-primary"))
                .link("remove", text!(self.cx, "remove")),
            (false, None) => page
                .intro(text!(self.cx, "email-not-verified"))
                .link("enter-code", text!(self.cx, "email-enter-code"))
                .link("send-code", text!(self.cx, "send-another-code"))
                .link("remove", text!(self.cx, "remove")),
        };
        let back = if self.is_reviewed {
            text!(self.cx, "back-to-review")
        } else {
            text!(self.cx, "back-to-addresses")
        };
        page.facts(self.facts()).back(back).within(Section::Profile)
    }

    /// When it was verified or added, and from where if that is in question.
    fn facts(&self) -> impl Iterator<Item = Fact<'_>> {
        let (address, zone) = (&self.address, self.cx.zone());
        let since = match address.verified_at {
            Some(at) => Fact::new(text!(self.cx, "email-verified-at"), zone.date_minute(at)),
            None => Fact::new(text!(self.cx, "email-added-at"), zone.date_minute(address.added_at)),
        };
        let is_in_question = self.is_reviewed || address.suspended_at.is_some();
        let place = is_in_question.then(|| {
            wording::added_where(address.added_ip.as_deref(), address.added_client.as_deref(), &self.cx)
        });
        [since].into_iter().chain(place.map(|place| Fact::new(text!(self.cx, "email-added-from"), place)))
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        let address = self.address.id.clone();
        let request = match event {
            Event::Pressed("send-code") => ProfileRequest::SendCode { address },
            Event::Pressed("make-primary") => ProfileRequest::SetPrimary { address },
            Event::Pressed("remove") => {
                let follows = match (self.address.suspended_at, self.address.verified_at) {
                    (Some(_), _) => text!(self.cx, "email-remove-suspended"),
                    (None, Some(_)) => text!(self.cx, "email-remove-verified"),
                    (None, None) => text!(self.cx, "email-remove-not-verified"),
                };
                let title = text!(self.cx, "email-remove-title", address = &self.address.address);
                let action = ("remove", text!(self.cx, "email-remove"));
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
                let text = text!(self.cx, "email-is-primary-now", address = &address.address);
                let cx = self.cx.with_toast("primary-email-changed", text);
                return self.go_back(cx);
            }
            Event::Replied(Reply::Profile(ProfileReply::Removed(address))) => {
                let text = text!(self.cx, "email-removed", address = &address.address);
                return self.go_back(self.cx.with_toast("email-removed", text));
            }
            Event::Replied(Reply::Profile(ProfileReply::Kept(address))) => {
                let text = text!(self.cx, "email-kept", address = &address.address);
                return self.go_back(self.cx.with_toast("email-kept", text));
            }
            _ => return Step::Stay,
        };
        self.cx.ask(Request::Profile, request)
    }

    fn go_back(&self, cx: MemberContext) -> Step {
        if self.is_reviewed { Step::go(ReviewPage::new(cx)) } else { Step::go(EmailListPage::new(cx)) }
    }
}
