//! What a person does, as pure state machines: [`Flow::page`] says what is shown, [`Flow::update`] says what
//! follows from an event. No await, no clock, no log, no terminal.
//!
//! Pages are data because the same flow must serve a full screen, a screen reader, a serial console, an `expect`
//! script and a test without a terminal. `update` returns what it wants as a value ([`Step`]), so every rule of a
//! flow is tested in microseconds and without a runtime. The flow owns the typed values (secrets in zeroizing
//! buffers) and the live rules (is this button active?); the ui owns cursor and focus.
//!
//! ```text
//! sign-in --> forgot-password --> enter-code --> (second-factor) --> new-password --> (settings/security/review) --.
//!    |------------------ right password --> (second-factor) --> teams <-------------------------------------------'
//!    |                                                           `--> teams/new, team, every other Section
//!    |--> sign-in-help --> what helps, guest-support --> guest-case
//!    |         `--> undo --> undo/review --> (undo/second-factor) --> new-password
//!    `--> join --> join/account --> teams
//! setup --> setup/address --> setup/verify --> setup/account --> teams
//! ```
//!
//! A folder is an area: a list is a `…ListPage`, one of its things a `…Page`, a form is called what it does.
//! [`navigator`] is one person's way through them, the same for every ui.

#![expect(clippy::needless_pass_by_value, reason = "every flow's update has the same signature")]

pub mod activity;
pub mod confirmation;
pub mod context;
pub mod countdown;
pub mod deletion;
pub mod emails;
pub mod event_kind;
#[cfg(test)]
mod every_page;
pub mod export;
mod field;
pub mod guest_support;
pub mod help;
pub mod join;
pub mod keys;
pub mod navigator;
mod new_account;
pub mod page;
pub mod password;
mod password_pair;
pub mod profile;
pub mod reauthenticate;
pub mod reset_password;
pub mod review;
pub mod section;
pub mod security;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod support;
pub mod teams;
pub mod undo;
#[cfg(test)]
mod walk;
pub mod wording;

use crate::accounts::request::keys::RecognisedKey;
use crate::accounts::request::{Reply, Request, SignedIn};
use crate::label;
use crate::messages::Label;
use context::{MemberContext, PageContext};
use page::Page;

/// The label of the field that takes either.
const NAME_LABEL: Label = label!("email-or-username");
/// The longest address there is (RFC 5321 section 4.5.3.1.3, without the brackets).
const NAME_MAX: usize = 254;

/// What the ui tells a flow.
#[derive(Debug)]
pub enum Event<'a> {
    /// The value of a field changed.
    Typed {
        /// [`page::Field::id`].
        field: &'static str,
        /// The whole new value.
        value: &'a str,
    },
    /// An active action was pressed.
    Pressed(&'static str),
    /// This row of the table was opened, counted from 0.
    Opened(usize),
    /// The reply to the [`Request`] that the flow asked last.
    Replied(Reply),
    /// An action that the flow wanted to be confirmed first ([`Step::ConfirmFirst`]) was.
    Confirmed(&'static str),
    /// That request needs a reauthentication, and the person declined it.
    NotReauthenticated,
}

/// What follows from an event.
#[derive(Debug)]
pub enum Step {
    /// Stay on this page; draw it again.
    Stay,
    /// Carry this out; the reply comes back as [`Event::Replied`].
    Ask(Request),
    /// Go on with another flow.
    Go(Box<Flow>),
    /// Ask this first; then the action comes back as [`Event::Confirmed`].
    ConfirmFirst(Box<confirmation::Confirmation>),
    /// The person confirmed this action of the page that waits below.
    Confirmed(&'static str),
    /// The person did not, and goes on at the page that waits below.
    NotConfirmed,
    /// The person reauthenticated: carry this out for the page that waits below.
    Reauthenticated(SignedIn, Box<Request>),
    /// The person went back to the page that waits below instead.
    NotReauthenticated,
    /// The person reauthenticated: show the page below again.
    Unlocked(SignedIn),
}

impl Step {
    fn go(flow: impl Into<Flow>) -> Self {
        Self::Go(Box::new(flow.into()))
    }
}

/// Declares every flow once: its type, an option, and the ids of its pages.
///
/// Whether a flow is a member's or a guest's is not said here: its field `cx` is a [`MemberContext`] or a
/// [`context::GuestContext`]. The options:
///
/// - `loads`: it has a `begin`, which may ask for something as soon as somebody goes there.
/// - `waits_for_email`: a guest may have to fetch an email or a phone first, and gets more idle time.
macro_rules! flows {
    (@begin $flow:ident loads $($other:ident)?) => { $flow.begin() };
    (@begin $flow:ident $($other:ident)?) => {{ let _ = $flow; Step::Stay }};
    (@waits $(loads)? waits_for_email) => { true };
    (@waits $($other:ident)?) => { false };
    ($( $area:ident::$Flow:ident $($option:ident)* => $($page:literal),+; )*) => {
        /// Any flow: what a session is in now.
        #[derive(Debug)]
        pub enum Flow { $( #[doc = concat!($("`", $page, "` ",)+)] $Flow($area::$Flow), )* }

        $( impl From<$area::$Flow> for Flow {
            fn from(flow: $area::$Flow) -> Self { Self::$Flow(flow) }
        } )*

        /// The id of every page. People's scripts rely on them: an id changes only with a line in the changelog.
        ///
        /// What a page opens is behind its id: `settings/keys` is a list, `settings/keys/key` one of it, and
        /// `settings/keys/add` what can be done there.
        pub const PAGES: &[&str] = &[ $( $( $page, )+ )* ];

        impl Flow {
            /// What is shown now.
            #[must_use]
            pub fn page(&self) -> Page<'_> {
                match self { $( Self::$Flow(flow) => flow.page(), )* }
            }

            /// What the flow asks as soon as somebody goes there.
            pub fn begin(&mut self) -> Step {
                match self { $( Self::$Flow(flow) => flows!(@begin flow $($option)*), )* }
            }

            /// What follows from `event`.
            pub fn update(&mut self, event: Event<'_>) -> Step {
                match self { $( Self::$Flow(flow) => match flow.cx.intercept(event) {
                    Ok(event) => flow.update(event),
                    Err(step) => step,
                }, )* }
            }

            /// True when a guest may have to wait for an email here, or to fetch a phone.
            #[must_use]
            pub fn waits_for_email(&self) -> bool {
                match self { $( Self::$Flow(_) => flows!(@waits $($option)*), )* }
            }

            /// What a member's page has; `None` for a guest's.
            fn context(&self) -> Option<&MemberContext> {
                match self { $( Self::$Flow(flow) => flow.cx.as_member(), )* }
            }

            /// Says which key a guest's connection has proven; a name that nobody has typed is filled in.
            fn recognise(&mut self, key: &std::sync::Arc<RecognisedKey>) {
                match self { $( Self::$Flow(flow) => flow.cx.set_key(key), )* }
                match self {
                    Self::SignIn(form) => form.fill_in(&key.name),
                    Self::ForgotPassword(form) => form.fill_in(&key.name),
                    _ => {}
                }
            }

            fn context_mut(&mut self) -> Option<&mut MemberContext> {
                match self { $( Self::$Flow(flow) => flow.cx.as_member_mut(), )* }
            }
        }
    };
}

flows! {
    sign_in::SignIn loads => "sign-in";
    sign_in::SignInHelp => "sign-in-help", "sign-in-help/no-email";
    reset_password::ForgotPassword => "forgot-password";
    reset_password::ChooseAddress => "choose-address";
    reset_password::EnterCode waits_for_email => "enter-code";
    sign_in::SecondFactor waits_for_email => "second-factor";
    sign_in::LostAuthenticator => "lost-authenticator";
    reset_password::NewPassword => "new-password";
    undo::EnterUndoCode waits_for_email => "undo";
    undo::UndoReview waits_for_email => "undo/review";
    undo::UndoSecondFactor waits_for_email => "undo/second-factor";
    join::Join waits_for_email => "sign-up", "join", "join/account";
    setup::PortalSetup loads waits_for_email => "setup", "setup/address", "setup/verify", "setup/account";
    guest_support::OpenGuestCase => "guest-support";
    guest_support::GuestCasePage waits_for_email => "guest-case", "guest-case/read";
    teams::TeamListPage loads => "teams";
    teams::NewTeam => "teams/new";
    teams::TeamPages =>
        "team", "team/member", "team/invitations", "team/invitations/invitation", "team/edit", "team/leave";
    profile::ProfilePage loads => "settings/profile";
    profile::ProfileSettingPage =>
        "settings/profile/name", "settings/profile/display-name", "settings/profile/language", "settings/profile/time-zone",
        "settings/profile/plain", "settings/profile/no-color",
        "settings/profile/appearance";
    export::ExportPage => "settings/profile/export";
    deletion::DeleteAccount loads => "settings/profile/delete";
    emails::EmailListPage loads => "settings/profile/emails";
    emails::EmailPage => "settings/profile/emails/email";
    emails::AddEmail => "settings/profile/emails/add";
    emails::VerifyEmail => "settings/profile/emails/verify";
    password::ChangePassword => "settings/password";
    security::SecurityPage loads => "settings/security";
    review::ReviewPage loads => "settings/security/review";
    security::SetUpAuthenticator => "settings/security/authenticator";
    security::RecoveryCodesPage => "settings/security/recovery-codes";
    security::SecurityChangePage => "settings/security/new-recovery-codes", "settings/security/turn-off";
    keys::KeyListPage loads => "settings/keys";
    keys::KeyPage => "settings/keys/key";
    keys::AddKey => "settings/keys/add";
    sessions::SessionListPage loads => "settings/sessions";
    sessions::SessionPage => "settings/sessions/session";
    activity::ActivityListPage loads => "activity", "activity/row";
    support::CaseListPage loads => "support";
    support::OpenCase => "support/new", "support/new/review";
    support::CasePage => "support/case";
    confirmation::Confirmation => "confirmation";
    reauthenticate::Reauthenticate => "confirm", "locked";
}

impl Flow {
    /// Who is signed in, if anybody.
    #[must_use]
    pub fn member(&self) -> Option<&SignedIn> {
        self.context().map(|cx| &cx.member)
    }
}

#[cfg(test)]
pub(crate) use every_page::visit_every_page;

#[cfg(test)]
pub(crate) mod testing {
    //! A portal and a member for tests of flows.

    use std::sync::Arc;

    use super::context::MemberContext;
    use super::{Event, Flow, Step};
    use crate::accounts::request::SignedIn;
    use crate::domain::portal::PortalInfo;

    /// Ada, signed in.
    pub(crate) fn cx() -> MemberContext {
        MemberContext::new(Arc::new(portal()), SignedIn::for_test("ada"))
    }

    pub(crate) fn portal() -> PortalInfo {
        PortalInfo::for_test()
    }

    pub(crate) fn type_in(flow: &mut Flow, fields: &[(&'static str, &str)]) {
        for (field, value) in fields {
            flow.update(Event::Typed { field, value });
        }
    }

    pub(crate) fn press(flow: &mut Flow, action: &'static str) -> Step {
        flow.update(Event::Pressed(action))
    }
}
