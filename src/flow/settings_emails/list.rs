//! The addresses. Page `settings/profile/emails`; Enter opens one.

use crate::accounts::request::profile::{ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::email_address::EmailAddress;
use crate::domain::profile::Profile;
use crate::flow::context::{MemberContext, Section};
use crate::flow::page::{Action, Page, Table};
use crate::flow::{Event, Flow, Step};

use super::SettingsEmails;
use super::add::AddEmail;
use super::one::EmailPage;

/// A member looking at their addresses.
#[derive(Debug)]
pub struct EmailList {
    pub(in crate::flow) cx: MemberContext,
    /// `None` until it has come.
    view: Option<Profile>,
}

impl EmailList {
    pub(super) fn new(cx: MemberContext) -> Self {
        Self { cx, view: None }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.cx.begin(|member| Request::Profile(member, ProfileRequest::Show))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/profile/emails", "Addresses");
        page.intro.push("Emails and codes for a forgotten password go to verified addresses.".into());
        page.table = self.view.as_ref().map(table);
        if self.view.is_some() || !self.cx.waiting {
            page.actions.push(Action::link("add", "Add an address"));
            page.actions.push(Action::back("Back to your profile"));
            page.actions.extend(MemberContext::navigation(Section::Profile, false));
        }
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Pressed("add") => {
                let add = SettingsEmails::AddEmail(Box::new(AddEmail::new(self.cx.fresh())));
                Step::go(Flow::SettingsEmails(add))
            }
            Event::Pressed("back") => self.cx.go(Section::Profile),
            Event::Replied(reply) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn open(&self, row: usize) -> Step {
        let Some(view) = &self.view else { return Step::Stay };
        let Some(address) = view.emails.get(row) else { return Step::Stay };
        let one = SettingsEmails::EmailPage(Box::new(EmailPage::new(
            self.cx.fresh(),
            address.clone(),
            &view.time_zone,
        )));
        Step::go(Flow::SettingsEmails(one))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        if let Reply::Profile(ProfileReply::Profile(view)) = reply {
            self.view = Some(view);
        }
        Step::Stay
    }
}

fn table(view: &Profile) -> Table<'_> {
    let row = |address: &'_ EmailAddress| vec![address.address.clone().into(), state(address).into()];
    Table {
        columns: vec!["Address", "State"],
        rows: view.emails.iter().map(row).collect(),
        opens: true,
        empty: "You have no address here. Add one, or a forgotten password cannot be reset.".into(),
    }
}

/// What an address is good for.
pub(super) const fn state(address: &EmailAddress) -> &'static str {
    match (address.is_primary, address.verified_at) {
        (true, _) => "primary",
        (false, Some(_)) => "verified",
        (false, None) => "not verified",
    }
}
