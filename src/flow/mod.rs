//! What a person does, one pure state machine a file: `page()` says what is shown, `update(event)`
//! says what follows. No await, no clock, no log, no face.
//!
//! A flow owns the values that were typed (secrets in wiping buffers) and the live rules; it never
//! switches to another flow by itself but returns [`Step::Go`], and it never does anything but ask
//! for it with [`Step::Ask`].
//!
//! ```text
//! sign-in --> forgot-password --> enter-code --> (second-factor) --> new-password --> teams <--> team
//!    |------------------ right password --> (second-factor) -----------------^  `--> every other Place
//!    `--> problem --> what helps, guest-support --> guest-case
//!    `--> join --> join/account --------------------------------------------^
//! ```
//!
//! [`navigator`] is one person's way through them, the same for every face.

pub mod activity;
pub mod add_key;
pub mod choose_address;
pub mod context;
pub mod enter_code;
pub mod event_kind;
mod field;
pub mod forgot_password;
pub mod guest_case;
pub mod guest_support;
pub mod join;
pub mod lost_authenticator;
pub mod navigator;
pub mod new_password;
pub mod page;
pub mod profile_setting;
pub mod reauthenticate;
pub mod second_factor;
pub mod settings_authenticator;
pub mod settings_emails;
pub mod settings_key;
pub mod settings_keys;
pub mod settings_password;
pub mod settings_profile;
pub mod settings_recovery_codes;
pub mod settings_security;
pub mod settings_security_change;
pub mod settings_session;
pub mod settings_sessions;
pub mod sign_in;
pub mod sign_in_help;
pub mod support;
pub mod support_case;
pub mod support_new;
pub mod team;
pub mod teams;
mod two_passwords;
pub mod wording;

use crate::accounts::request::{Reply, Request, SignedIn};
use page::Page;

/// The label of the field that takes either; fixed wording.
const NAME_LABEL: &str = "Email or username";
/// The longest address there is (RFC 5321 section 4.5.3.1.3, without the brackets).
const NAME_MAX: usize = 254;

/// What a face tells a flow.
#[derive(Debug)]
pub enum Event<'a> {
    /// The value of a field is now another one.
    Typed {
        /// [`page::Field::id`].
        field: &'static str,
        /// The whole new value.
        value: &'a str,
    },
    /// An active action was pressed.
    Pressed(&'static str),
    /// This row (counted from nought) of the table was opened.
    Opened(usize),
    /// The answer to the [`Request`] that the flow asked last.
    Replied(Reply),
    /// The request that the flow asked last needs a confirmation, which was not given.
    NotReauthenticated,
}

/// What follows from an event.
#[derive(Debug)]
pub enum Step {
    /// Stay on this page; draw it again.
    Stay,
    /// Carry this out; the answer comes back as [`Event::Replied`].
    Ask(Request),
    /// Go on with another flow.
    Go(Box<Flow>),
    /// It is them; carry this out for the page that waits below.
    Reauthenticated(SignedIn, Box<Request>),
    /// They rather went back to the page that waits below.
    NotReauthenticated,
}

impl Step {
    fn go(flow: Flow) -> Self {
        Self::Go(Box::new(flow))
    }
}

/// Any flow: what a session is in now.
#[derive(Debug)]
pub enum Flow {
    /// `sign-in`
    SignIn(sign_in::SignIn),
    /// `forgot-password`
    ForgotPassword(forgot_password::ForgotPassword),
    /// `choose-address`
    ChooseAddress(choose_address::ChooseAddress),
    /// `enter-code`
    EnterCode(enter_code::EnterCode),
    /// `new-password`
    NewPassword(new_password::NewPassword),
    /// `second-factor`
    SecondFactor(second_factor::SecondFactor),
    /// `lost-authenticator`
    LostAuthenticator(lost_authenticator::LostAuthenticator),
    /// `teams`
    Teams(teams::Teams),
    /// `team`, and the pages behind it.
    Team(team::Team),
    /// `settings/profile`
    SettingsProfile(settings_profile::SettingsProfile),
    /// `settings/profile/name` and the other settings of the profile, one page each
    ProfileSetting(profile_setting::ProfileSetting),
    /// `settings/profile/emails` and the pages behind it
    SettingsEmails(settings_emails::SettingsEmails),
    /// `settings/password`
    SettingsPassword(settings_password::SettingsPassword),
    /// `settings/security`
    SettingsSecurity(settings_security::SettingsSecurity),
    /// `settings/security/authenticator`
    SettingsAuthenticator(settings_authenticator::SettingsAuthenticator),
    /// `settings/security/recovery-codes`
    SettingsRecoveryCodes(settings_recovery_codes::SettingsRecoveryCodes),
    /// `settings/security/turn-off` and `settings/security/new-recovery-codes`
    SettingsSecurityChange(settings_security_change::SettingsSecurityChange),
    /// `settings/keys`
    SettingsKeys(settings_keys::SettingsKeys),
    /// `settings/keys/key`
    SettingsKey(settings_key::SettingsKey),
    /// `settings/keys/add`
    AddKey(add_key::AddKey),
    /// `settings/sessions`
    SessionListPage(settings_sessions::SessionListPage),
    /// `settings/sessions/session`
    SessionPage(settings_session::SessionPage),
    /// `activity`
    Activity(activity::Activity),
    /// `support`
    Support(support::Support),
    /// `support/new`
    SupportNew(support_new::SupportNew),
    /// `support/case`
    SupportCase(support_case::SupportCase),
    /// `problem`
    SignInHelp(sign_in_help::SignInHelp),
    /// `guest-support`
    GuestSupport(guest_support::GuestSupport),
    /// `guest-case`
    GuestCase(guest_case::GuestCasePage),
    /// `confirm`
    Reauthenticate(reauthenticate::Reauthenticate),
    /// `join`, and the pages behind it.
    Join(join::Join),
}

/// The seat in a member's page, borrowed as it is needed; `None` for a guest's. Every flow is named, so that
/// a new one is not taken for a guest's by oversight.
macro_rules! seat_of {
    ($flow:expr, $cx:ident $(, $mutably:tt)?) => {
        Some(match $flow {
            Flow::Teams(flow) => & $($mutably)? flow.cx,
            Flow::Team(flow) => & $($mutably)? flow.cx,
            Flow::SettingsProfile(flow) => & $($mutably)? flow.cx,
            Flow::ProfileSetting(flow) => & $($mutably)? flow.cx,
            Flow::SettingsEmails(flow) => flow.$cx(),
            Flow::SettingsPassword(flow) => & $($mutably)? flow.cx,
            Flow::SettingsSecurity(flow) => & $($mutably)? flow.cx,
            Flow::SettingsAuthenticator(flow) => & $($mutably)? flow.cx,
            Flow::SettingsRecoveryCodes(flow) => & $($mutably)? flow.cx,
            Flow::SettingsSecurityChange(flow) => & $($mutably)? flow.cx,
            Flow::SettingsKeys(flow) => & $($mutably)? flow.cx,
            Flow::SettingsKey(flow) => & $($mutably)? flow.cx,
            Flow::AddKey(flow) => & $($mutably)? flow.cx,
            Flow::SessionListPage(flow) => & $($mutably)? flow.cx,
            Flow::SessionPage(flow) => & $($mutably)? flow.cx,
            Flow::Activity(flow) => & $($mutably)? flow.cx,
            Flow::Support(flow) => & $($mutably)? flow.cx,
            Flow::SupportNew(flow) => & $($mutably)? flow.cx,
            Flow::SupportCase(flow) => & $($mutably)? flow.cx,
            Flow::Reauthenticate(flow) => & $($mutably)? flow.cx,
            Flow::SignIn(_)
            | Flow::ForgotPassword(_)
            | Flow::ChooseAddress(_)
            | Flow::EnterCode(_)
            | Flow::NewPassword(_)
            | Flow::Join(_)
            | Flow::SecondFactor(_)
            | Flow::LostAuthenticator(_)
            | Flow::SignInHelp(_)
            | Flow::GuestSupport(_)
            | Flow::GuestCase(_) => return None,
        })
    };
}

impl Flow {
    /// What the flow asks as soon as it is gone to.
    pub fn begin(&mut self) -> Step {
        match self {
            Self::Teams(flow) => flow.begin(),
            Self::SettingsProfile(flow) => flow.begin(),
            Self::SettingsEmails(flow) => flow.begin(),
            Self::SettingsSecurity(flow) => flow.begin(),
            Self::SettingsKeys(flow) => flow.begin(),
            Self::SessionListPage(flow) => flow.begin(),
            Self::Activity(flow) => flow.begin(),
            Self::Support(flow) => flow.begin(),
            _ => Step::Stay,
        }
    }

    /// What is shown now.
    #[must_use]
    pub fn page(&self) -> Page<'_> {
        match self {
            Self::SignIn(flow) => flow.page(),
            Self::ForgotPassword(flow) => flow.page(),
            Self::ChooseAddress(flow) => flow.page(),
            Self::EnterCode(flow) => flow.page(),
            Self::NewPassword(flow) => flow.page(),
            Self::SecondFactor(flow) => flow.page(),
            Self::LostAuthenticator(flow) => flow.page(),
            Self::Teams(flow) => flow.page(),
            Self::Team(flow) => flow.page(),
            Self::SettingsProfile(flow) => flow.page(),
            Self::ProfileSetting(flow) => flow.page(),
            Self::SettingsEmails(flow) => flow.page(),
            Self::SettingsPassword(flow) => flow.page(),
            Self::SettingsSecurity(flow) => flow.page(),
            Self::SettingsAuthenticator(flow) => flow.page(),
            Self::SettingsRecoveryCodes(flow) => flow.page(),
            Self::SettingsSecurityChange(flow) => flow.page(),
            Self::SettingsKeys(flow) => flow.page(),
            Self::SettingsKey(flow) => flow.page(),
            Self::AddKey(flow) => flow.page(),
            Self::SessionListPage(flow) => flow.page(),
            Self::SessionPage(flow) => flow.page(),
            Self::Activity(flow) => flow.page(),
            Self::Support(flow) => flow.page(),
            Self::SupportNew(flow) => flow.page(),
            Self::SupportCase(flow) => flow.page(),
            Self::SignInHelp(flow) => flow.page(),
            Self::GuestSupport(flow) => flow.page(),
            Self::GuestCase(flow) => flow.page(),
            Self::Reauthenticate(flow) => flow.page(),
            Self::Join(flow) => flow.page(),
        }
    }

    /// Who is signed in, when somebody is.
    #[must_use]
    pub fn member(&self) -> Option<&SignedIn> {
        self.cx().map(|cx| &cx.member)
    }

    /// What a member's page has; `None` for a guest's.
    fn cx(&self) -> Option<&context::MemberContext> {
        seat_of!(self, cx)
    }

    fn seat_mut(&mut self) -> Option<&mut context::MemberContext> {
        seat_of!(self, seat_mut, mut)
    }

    /// What follows from `event`.
    pub fn update(&mut self, event: Event<'_>) -> Step {
        let heard = match self.seat_mut() {
            Some(cx) => cx.hear(event),
            None => Ok(event),
        };
        let event = match heard {
            Ok(event) => event,
            Err(step) => return step,
        };
        match self {
            Self::SignIn(flow) => flow.update(event),
            Self::ForgotPassword(flow) => flow.update(event),
            Self::ChooseAddress(flow) => flow.update(event),
            Self::EnterCode(flow) => flow.update(event),
            Self::NewPassword(flow) => flow.update(event),
            Self::SecondFactor(flow) => flow.update(event),
            Self::LostAuthenticator(flow) => flow.update(&event),
            Self::Teams(flow) => flow.update(event),
            Self::Team(flow) => flow.update(event),
            Self::SettingsProfile(flow) => flow.update(event),
            Self::ProfileSetting(flow) => flow.update(event),
            Self::SettingsEmails(flow) => flow.update(event),
            Self::SettingsPassword(flow) => flow.update(event),
            Self::SettingsSecurity(flow) => flow.update(event),
            Self::SettingsAuthenticator(flow) => flow.update(event),
            Self::SettingsRecoveryCodes(flow) => flow.update(&event),
            Self::SettingsSecurityChange(flow) => flow.update(event),
            Self::SettingsKeys(flow) => flow.update(event),
            Self::SettingsKey(flow) => flow.update(event),
            Self::AddKey(flow) => flow.update(&event),
            Self::SessionListPage(flow) => flow.update(event),
            Self::SessionPage(flow) => flow.update(&event),
            Self::Activity(flow) => flow.update(event),
            Self::Support(flow) => flow.update(event),
            Self::SupportNew(flow) => flow.update(event),
            Self::SupportCase(flow) => flow.update(event),
            Self::SignInHelp(flow) => flow.update(&event),
            Self::GuestSupport(flow) => flow.update(event),
            Self::GuestCase(flow) => flow.update(event),
            Self::Reauthenticate(flow) => flow.update(event),
            Self::Join(flow) => flow.update(event),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A portal and a pair of hands for tests of flows.

    use std::sync::Arc;

    use super::context::MemberContext;
    use super::{Event, Step};
    use crate::accounts::request::SignedIn;
    use crate::domain::portal::PortalInfo;

    /// Where ada sits.
    pub(crate) fn cx() -> MemberContext {
        MemberContext::new(Arc::new(portal()), SignedIn::for_test("ada"))
    }

    pub(crate) fn portal() -> PortalInfo {
        PortalInfo::for_test()
    }

    pub(crate) fn type_in(mut update: impl FnMut(Event<'_>) -> Step, fields: &[(&'static str, &str)]) {
        for (field, value) in fields {
            update(Event::Typed { field, value });
        }
    }

    pub(crate) fn press(mut update: impl FnMut(Event<'_>) -> Step, action: &'static str) -> Step {
        update(Event::Pressed(action))
    }
}
