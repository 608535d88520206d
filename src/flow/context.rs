//! What every page has: the portal, the answer to what was done last, and whether a request is under way. A
//! member's also has the member and the navigation.

use std::borrow::Cow;
use std::sync::Arc;

use crate::accounts::request::keys::RecognisedKey;
use crate::accounts::request::{Refusal, Reply, Request, SignedIn};
use crate::domain::portal::PortalInfo;
use crate::domain::time_zone::TimeZone;
use crate::messages::{Language, Speaks};
use crate::text;

use super::confirmation::Confirmation;
use super::page::{Action, Notice, Page, Table, Toast};
use super::section::Section;
use super::sign_in::SignIn;
use super::{Event, Step, wording};

/// The context of a page; `M` is who is there.
#[derive(Debug)]
pub struct Context<M> {
    pub(super) portal: Arc<PortalInfo>,
    /// Replaced whenever a reply brings a newer proof.
    pub(super) member: M,
    pub(super) notice: Option<Notice<'static>>,
    pub(super) toast: Option<Toast<'static>>,
    /// A request is under way.
    pub(super) waiting: bool,
}

/// Somebody who has not signed in.
#[derive(Clone, Debug, Default)]
pub struct Guest {
    /// The registered key that the connection has proven to hold.
    pub(super) key: Option<Arc<RecognisedKey>>,
}

/// The context of a guest's page.
pub type GuestContext = Context<Guest>;

/// The context of a member's page.
pub type MemberContext = Context<SignedIn>;

/// What every flow's `cx` can do.
pub(super) trait PageContext {
    /// Handles what is the same on every page: the navigation, signing out, refusals, a declined
    /// reauthentication. Gives the event back when it is the page's business too, which a refusal is: the page
    /// may have something to wipe. Nothing is pressed or opened while a request is under way.
    fn intercept<'e>(&mut self, event: Event<'e>) -> Result<Event<'e>, Step>;

    /// `None` for a guest.
    fn as_member(&self) -> Option<&MemberContext> {
        None
    }

    fn as_member_mut(&mut self) -> Option<&mut MemberContext> {
        None
    }

    /// Says which key a guest's connection has proven.
    fn set_key(&mut self, _key: &Arc<RecognisedKey>) {}
}

impl<M> Speaks for Context<M> {
    fn language(&self) -> Language {
        self.portal.language
    }
}

impl<M> Context<M> {
    fn with(portal: Arc<PortalInfo>, member: M) -> Self {
        Self { portal, member, notice: None, toast: None, waiting: false }
    }

    pub(super) fn page(&self, id: &'static str, title: &'static str) -> Page<'_>
    where
        Self: PageContext,
    {
        Page {
            id,
            language: self.portal.language,
            can: self.portal.capabilities,
            title: title.into(),
            notice: self.notice.clone(),
            toast: self.toast.clone(),
            waiting: self.waiting,
            signed_in_as: self.as_member().map(|cx| cx.member.name()),
            ..Page::default()
        }
    }

    fn send(&mut self, request: Request) -> Step {
        self.waiting = true;
        Step::Ask(request)
    }

    /// Stays on the page and says that the directory keeps what was to be changed.
    pub(super) fn refuse_in_directory(&mut self) -> Step {
        let refusal = wording::refusal(&Refusal::KeptInDirectory, &self.portal);
        self.notify(refusal)
    }

    /// Stays on the page with `notice`.
    pub(super) fn notify(&mut self, notice: Notice<'static>) -> Step {
        self.notice = Some(notice);
        Step::Stay
    }

    /// Stays on the page and asks for what is missing.
    pub(super) fn missing(&mut self, text: impl Into<Cow<'static, str>>) -> Step {
        self.notify(Notice::missing(text))
    }

    /// Shows a passing message in the corner.
    pub(super) fn toast(&mut self, id: &'static str, text: impl Into<Cow<'static, str>>) -> Step {
        self.toast = Some(Toast { id, text: text.into() });
        Step::Stay
    }

    fn refused(&mut self, refusal: &Refusal)
    where
        Self: PageContext,
    {
        let zone = self.as_member().map(|cx| cx.zone().clone()).unwrap_or_default();
        self.notice = Some(wording::refusal_in(refusal, &self.portal, &zone));
    }
}

impl GuestContext {
    pub(super) fn new(portal: Arc<PortalInfo>) -> Self {
        Self::with(portal, Guest::default())
    }

    /// The registered key that the connection has proven to hold.
    pub(super) fn key(&self) -> Option<&RecognisedKey> {
        self.member.key.as_deref()
    }

    /// Asks; the last notice goes away.
    pub(super) fn ask(&mut self, request: Request) -> Step {
        (self.notice, self.toast) = (None, None);
        self.send(request)
    }
}

impl PageContext for GuestContext {
    fn set_key(&mut self, key: &Arc<RecognisedKey>) {
        self.member.key = Some(Arc::clone(key));
    }

    fn intercept<'e>(&mut self, event: Event<'e>) -> Result<Event<'e>, Step> {
        match &event {
            Event::Pressed(_) | Event::Opened(_) if self.waiting => return Err(Step::Stay),
            Event::Replied(reply) => {
                self.waiting = false;
                if let Reply::Refused(refusal) = reply {
                    self.refused(refusal);
                }
            }
            _ => {}
        }
        Ok(event)
    }
}

impl MemberContext {
    /// The context of somebody who has just signed in or proven again who they are.
    #[must_use]
    pub fn new(portal: Arc<PortalInfo>, member: SignedIn) -> Self {
        Self::with(portal.preferring(member.language()), member)
    }

    /// A page that is a list of what was asked for. Before the rows have come there is nothing to choose, so
    /// that the rows get the keys first.
    pub(super) fn list_page<'a>(
        &'a self,
        section: Section,
        (id, title): (&'static str, &'static str),
        table: Option<Table<'a>>,
        actions: impl IntoIterator<Item = Action>,
    ) -> Page<'a> {
        let mut page = self.page(id, title).belonging_to(section);
        if table.is_some() || !self.waiting {
            page.actions.extend(actions);
            page = page.within(section);
        }
        Page { table, ..page }
    }

    /// Asks; the last notice and toast go away.
    pub(super) fn ask<T>(&mut self, area: fn(SignedIn, T) -> Request, request: T) -> Step {
        (self.notice, self.toast) = (None, None);
        self.begin(area, request)
    }

    /// Asks as soon as somebody goes to the page; notice and toast stay.
    pub(super) fn begin<T>(&mut self, area: fn(SignedIn, T) -> Request, request: T) -> Step {
        self.send(area(self.member.clone(), request))
    }

    fn replied(&mut self, reply: Reply) -> Result<Reply, Step> {
        self.waiting = false;
        let (portal, name) = (self.portal.clone(), self.member.name());
        match &reply {
            Reply::SignedOut => Err(Step::go(SignIn::after_sign_out(portal, name))),
            Reply::Refused(refusal @ (Refusal::SignedOutElsewhere | Refusal::ClosedInDirectory)) => {
                Err(Step::go(SignIn::after_refusal(portal, name, refusal)))
            }
            Reply::Refused(refusal) => {
                self.refused(refusal);
                Ok(reply)
            }
            _ => Ok(reply),
        }
    }

    /// What the member reads times in.
    pub(super) fn zone(&self) -> &TimeZone {
        self.member.time_zone()
    }

    /// Asks `title` before the `action` (id and label); `follows` says what it leads to.
    pub(super) fn confirm_first(
        &self,
        action: (&'static str, &'static str),
        title: impl Into<Cow<'static, str>>,
        follows: impl IntoIterator<Item = Cow<'static, str>>,
    ) -> Step {
        let question = Confirmation::before(action, self.fresh(), title);
        Step::ConfirmFirst(Box::new(follows.into_iter().fold(question, Confirmation::follows)))
    }

    pub(super) fn go(&self, section: Section) -> Step {
        Step::go(section.flow(self.fresh()))
    }

    /// Goes to `section` and shows a passing message there.
    pub(super) fn go_with_toast(
        &self,
        section: Section,
        id: &'static str,
        text: impl Into<Cow<'static, str>>,
    ) -> Step {
        Step::go(section.flow(self.with_toast(id, text)))
    }

    /// For another page of this member.
    pub(super) fn fresh(&self) -> Self {
        Self::new(self.portal.clone(), self.member.clone())
    }

    /// For another page of this member, with a passing message.
    pub(super) fn with_toast(&self, id: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { toast: Some(Toast { id, text: text.into() }), ..self.fresh() }
    }
}

impl PageContext for MemberContext {
    fn intercept<'e>(&mut self, event: Event<'e>) -> Result<Event<'e>, Step> {
        match event {
            Event::Pressed(_) | Event::Opened(_) if self.waiting => Err(Step::Stay),
            Event::Pressed("sign-out") => Err(self.ask(|member, ()| Request::SignOut { member }, ())),
            Event::Pressed(id) => Section::of_action(id).map_or(Ok(event), |section| Err(self.go(section))),
            Event::Replied(reply) => self.replied(reply).map(Event::Replied),
            Event::NotReauthenticated => {
                self.waiting = false;
                Err(self.notify(Notice::bad("not-confirmed", text!(self.portal, "refused-not-confirmed"))))
            }
            Event::Typed { .. } | Event::Opened(_) | Event::Confirmed(_) => Ok(event),
        }
    }

    fn as_member(&self) -> Option<&MemberContext> {
        Some(self)
    }

    fn as_member_mut(&mut self) -> Option<&mut MemberContext> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::testing::cx;

    #[test]
    fn nothing_is_pressed_or_opened_while_a_request_is_under_way() {
        let mut flow = Section::Teams.flow(cx());
        assert!(matches!(flow.begin(), Step::Ask(_)));
        for event in [Event::Pressed("sign-out"), Event::Pressed("support"), Event::Opened(0)] {
            assert!(matches!(flow.update(event), Step::Stay));
        }
        flow.update(Event::Replied(Reply::Refused(Refusal::NotFound)));
        assert_eq!(flow.page().notice.map(|notice| notice.id), Some("not-found"));
        assert!(
            matches!(flow.update(Event::Pressed("support")), Step::Go(next) if next.page().id == "support")
        );
        assert!(matches!(flow.update(Event::Pressed("sign-out")), Step::Ask(Request::SignOut { .. })));
    }
}
