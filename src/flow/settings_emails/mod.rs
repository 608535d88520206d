//! The addresses of a member, a page each for the list, one of them, adding one and typing its code.
//!
//! ```text
//! settings/profile/emails --Enter--> address ----> verify
//!             `------ Add an address --> add ---^
//! ```

mod add;
mod list;
mod one;
mod verify;

use super::context::MemberContext;
use super::page::Page;
use super::{Event, Flow, Step};
use crate::domain::email_address::EmailAddress;
use add::AddEmail;
use list::EmailList;
use one::EmailPage;
use verify::VerifyEmail;

/// A member looking after their addresses.
#[derive(Debug)]
pub enum SettingsEmails {
    /// `settings/profile/emails`
    EmailList(Box<EmailList>),
    /// `settings/profile/emails/email`
    EmailPage(Box<EmailPage>),
    /// `settings/profile/emails/add`
    AddEmail(Box<AddEmail>),
    /// `settings/profile/emails/verify`
    VerifyEmail(Box<VerifyEmail>),
}

impl SettingsEmails {
    /// The list, before it has come.
    pub(super) fn list(cx: MemberContext) -> Self {
        Self::EmailList(Box::new(EmailList::new(cx)))
    }

    /// The page that asks for the code of `address`.
    #[must_use]
    pub fn verify(cx: MemberContext, address: EmailAddress) -> Self {
        Self::VerifyEmail(Box::new(VerifyEmail::new(cx, address)))
    }

    pub(super) fn begin(&mut self) -> Step {
        match self {
            Self::EmailList(page) => page.begin(),
            _ => Step::Stay,
        }
    }

    pub(super) fn page(&self) -> Page<'_> {
        match self {
            Self::EmailList(page) => page.page(),
            Self::EmailPage(page) => page.page(),
            Self::AddEmail(page) => page.page(),
            Self::VerifyEmail(page) => page.page(),
        }
    }

    pub(super) fn cx(&self) -> &MemberContext {
        match self {
            Self::EmailList(page) => &page.cx,
            Self::EmailPage(page) => &page.cx,
            Self::AddEmail(page) => &page.cx,
            Self::VerifyEmail(page) => &page.cx,
        }
    }

    pub(super) fn seat_mut(&mut self) -> &mut MemberContext {
        match self {
            Self::EmailList(page) => &mut page.cx,
            Self::EmailPage(page) => &mut page.cx,
            Self::AddEmail(page) => &mut page.cx,
            Self::VerifyEmail(page) => &mut page.cx,
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match self {
            Self::EmailList(page) => page.update(event),
            Self::EmailPage(page) => page.update(event),
            Self::AddEmail(page) => page.update(event),
            Self::VerifyEmail(page) => page.update(event),
        }
    }
}

/// To the list, in this seat.
fn back_to_list(cx: MemberContext) -> Step {
    Step::go(Flow::SettingsEmails(SettingsEmails::list(cx)))
}
