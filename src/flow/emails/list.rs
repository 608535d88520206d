//! The addresses. Page `settings/profile/emails`; Enter opens one.

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::profile::Profile;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Page, Table};
use crate::flow::section::Section;
use crate::flow::wording::email_state;
use crate::flow::{Event, Step};
use crate::text;

use super::{AddEmail, EmailPage};

/// The list.
#[derive(Debug)]
pub struct EmailListPage {
    pub(in crate::flow) cx: MemberContext,
    profile: Option<Profile>,
}

impl EmailListPage {
    pub(in crate::flow) fn new(cx: MemberContext) -> Self {
        Self { cx, profile: None }
    }

    pub(in crate::flow) fn begin(&mut self) -> Step {
        self.cx.begin(Request::Profile, ProfileRequest::Show)
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let add = Action::link("add", text!(self.cx, "emails-add"));
        let add = self.cx.portal.capabilities.accounts.then_some(add);
        let actions = add.into_iter().chain([Action::back(text!(self.cx, "back-to-profile"))]);
        self.cx
            .list_page(
                Section::Profile,
                ("settings/profile/emails", text!(self.cx, "emails-title")),
                self.profile.as_ref().map(|profile| table(profile, &self.cx)),
                actions,
            )
            .intro(if self.cx.portal.capabilities.reset {
                text!(self.cx, "emails-intro")
            } else {
                text!(self.cx, "emails-intro-without-reset")
            })
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => {
                let Some(profile) = &self.profile else { return Step::Stay };
                let Some(address) = profile.emails.get(row) else { return Step::Stay };
                if !self.cx.portal.capabilities.accounts {
                    return self.cx.refuse_in_directory();
                }
                Step::go(EmailPage::new(self.cx.fresh(), address.clone()))
            }
            Event::Pressed("add") => Step::go(AddEmail::new(self.cx.fresh())),
            Event::Pressed("back") => self.cx.go(Section::Profile),
            Event::Replied(Reply::Profile(ProfileReply::Profile(profile))) => {
                self.profile = Some(profile);
                Step::Stay
            }
            _ => Step::Stay,
        }
    }
}

fn table<'a>(profile: &'a Profile, cx: &MemberContext) -> Table<'a> {
    Table::opening(
        [text!(cx, "address"), text!(cx, "state")],
        profile.emails.iter().map(|it| [it.address.as_str(), email_state(it).to(cx)]),
    )
    .or_empty(if cx.portal.capabilities.reset {
        text!(cx, "emails-empty")
    } else {
        text!(cx, "emails-empty-without-reset")
    })
}
