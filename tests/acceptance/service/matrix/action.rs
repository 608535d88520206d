//! Prepares and triggers each event of the matrix.

use doorkey::accounts::EventKind;
use doorkey::accounts::request::profile::{self, Changes, ProfileRequest as Profile};
use doorkey::accounts::request::support::SupportRequest as Support;
use doorkey::accounts::request::teams::TeamsRequest;
use doorkey::accounts::request::{
    Enrolment, FirstFactor, Refusal, Reply, Request, ResetGrant, SignedIn, WRONG_ANSWERS, activity, keys,
    second_factor, sessions,
};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::{FACTOR_FAILS_PER_PLACE, FAILS_TO_DISABLE, RESEND_AFTER_MS, delay_ms};

use super::HOME;
use super::team_fixture::TeamFixture;
use crate::oathtool::STEP;
use crate::service::deletion::delete as delete_account;
use crate::service::keys::{add, line, remove};
use crate::service::sessions::Session;
use crate::service::team_members::ask as ask_teams;
use crate::service::{FIRST, SECOND, Service, code_in, wrong};

/// Something that is ready to be done, everything before it done already.
pub(super) enum TestAction {
    Nothing,
    Member(SignedIn),
    Grant(ResetGrant),
    Code(String),
    Key(SignedIn, String),
    Address(SignedIn, String),
    App(SignedIn, Enrolment, String),
    FirstFactorState(FirstFactor, String),
    TeamFixture(TeamFixture),
    /// Two of the account.
    Sessions(Box<[Session; 2]>),
}

impl TestAction {
    /// What has to be there first.
    pub(super) async fn ready(service: &Service, event_kind: EventKind) -> Self {
        use EventKind as H;
        if event_kind == H::AccountAdded {
            return Self::Nothing;
        }
        if let Some(action) = Self::ready_with_second_factor(service, event_kind).await {
            return action;
        }
        if let Some(circle) = TeamFixture::ready(service, event_kind).await {
            return Self::TeamFixture(circle);
        }
        service.add("ada").await;
        let action = match event_kind {
            H::PasswordLocked => {
                for fails in 1..FAILS_TO_DISABLE {
                    service.try_sign_in("ada", "no such password").await.unwrap_err();
                    service.later(delay_ms(fails));
                }
                Self::Nothing
            }
            H::ResetCodeAccepted | H::ResetCodeRefused => Self::Code(service.receive_code("ada").await.1),
            H::PasswordReset => {
                let (request, code) = service.receive_code("ada").await;
                Self::Grant(service.prove("ada", Some(&request), &code).await.unwrap())
            }
            H::AccountEnabled => {
                service.accounts.disable_user("ada").await.unwrap();
                Self::Nothing
            }
            H::SignIn => {
                service.sign_in("ada", FIRST).await;
                Self::Nothing
            }
            H::LimitsCleared => {
                service.try_sign_in("ada", "no such password").await.unwrap_err();
                Self::Nothing
            }
            H::SessionRevoked | H::SessionsRevoked => {
                let first = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
                let second = Session::begin(&service.accounts, "ada", "192.0.2.7").await;
                Self::Sessions(Box::new([first, second]))
            }
            H::SignInFailed | H::ResetCodeSent | H::ResetCodeIssued | H::AccountDisabled => Self::Nothing,
            _ => Self::Member(service.sign_in("ada", FIRST).await),
        };
        match (event_kind, action) {
            (H::ReauthenticationFailed, Self::Member(ada)) => {
                for nth in 1..WRONG_ANSWERS {
                    service.confirm(&ada, SECOND).await.unwrap_err();
                    service.later(delay_ms(nth.into()));
                }
                Self::Member(ada)
            }
            (H::TwoFactorOn, Self::Member(ada)) => {
                let (app, enrolment) = service.enrol(&ada).await;
                let code = app.shows(service.clock.now());
                Self::App(ada, enrolment, code)
            }
            (
                H::EmailVerified
                | H::EmailRemoved
                | H::PrimaryEmailChanged
                | H::VerificationCodeSent
                | H::VerificationCodeRefused,
                Self::Member(ada),
            ) => {
                let address = HOME.to_owned();
                profile(service, &ada, Profile::AddEmail { address }).await;
                service.work().await;
                let code = code_in(service.emails.emails().last().unwrap());
                if matches!(event_kind, H::EmailRemoved | H::PrimaryEmailChanged) {
                    verify(service, &ada, &code).await;
                }
                Self::Address(ada, code)
            }
            (H::KeyRemoved | H::KeyRenamed, Self::Member(ada)) => {
                let key = add(service, &ada, line(1)).await.unwrap();
                Self::Key(ada, key.id)
            }
            (H::SupportMessage | H::SupportReply | H::SupportClosed, Self::Member(ada)) => {
                service.open_case(&ada).await;
                Self::Member(ada)
            }
            (_, action) => action,
        }
    }

    /// The same for what takes a second factor that is on.
    async fn ready_with_second_factor(service: &Service, event_kind: EventKind) -> Option<Self> {
        use EventKind as H;
        match event_kind {
            H::TwoFactorOff | H::RecoveryCodesCreated | H::TwoFactorAsked => {
                Some(Self::Member(service.add_with_second_factor("ada").await.0))
            }
            H::TwoFactorLocked => {
                service.add_with_second_factor("ada").await;
                for nth in 1..FACTOR_FAILS_PER_PLACE {
                    let half = service.half("ada", FIRST).await;
                    service.show(&half, "000 000").await.unwrap_err();
                    service.later(delay_ms(nth).max(STEP));
                }
                Some(Self::FirstFactorState(service.half("ada", FIRST).await, String::new()))
            }
            H::TwoFactorRefused | H::RecoveryCodeUsed => {
                let (_, _, saved) = service.add_with_second_factor("ada").await;
                let half = service.half("ada", FIRST).await;
                Some(Self::FirstFactorState(half, saved[0].clone()))
            }
            _ => None,
        }
    }

    /// Does it.
    pub(super) async fn done(self, service: &Service, event_kind: EventKind) {
        use EventKind as H;
        match (event_kind, self) {
            (H::SignIn, _) => {
                service.sign_in("ada", FIRST).await;
            }
            (H::SignInFailed | H::PasswordLocked, _) => {
                service.try_sign_in("ada", "no such password").await.unwrap_err();
            }
            (H::SignOut, Self::Member(member)) => {
                service.ask(Request::SignOut { member }).await;
            }
            (H::ResetCodeSent, _) => {
                service.request_code("ada").await;
            }
            (H::ResetCodeAccepted, Self::Code(code)) => {
                service.prove("ada", None, &code).await.unwrap();
            }
            (H::ResetCodeRefused, Self::Code(code)) => {
                let refused = service.prove("ada", None, &wrong(&code)).await.unwrap_err();
                assert_eq!(refused, Refusal::CodeRefused);
            }
            (H::PasswordReset, Self::Grant(grant)) => {
                service.set(grant, SECOND).await.unwrap();
            }
            (H::PasswordChanged, Self::Member(ada)) => {
                service.change(&ada, FIRST, SECOND).await.unwrap();
            }
            (H::PasswordChangeRefused, Self::Member(ada)) => {
                service.change(&ada, SECOND, SECOND).await.unwrap_err();
            }
            (H::KeyAdded, Self::Member(ada)) => {
                add(service, &ada, line(1)).await.unwrap();
            }
            (H::KeyRemoved, Self::Key(ada, key)) => {
                remove(service, &ada, &key).await.unwrap();
            }
            (H::KeyRenamed, Self::Key(ada, key)) => {
                let rename = keys::KeysRequest::Rename { key, seen: None, comment: "the laptop".into() };
                service.ask(Request::Keys(ada, rename)).await;
            }
            (H::NameChanged, Self::Member(ada)) => {
                set(service, &ada, Changes { name: Some("lovelace".into()), ..Changes::default() }).await;
            }
            (H::ProfileChanged, Self::Member(ada)) => {
                set(service, &ada, Changes { display_name: Some("Ada".into()), ..Changes::default() }).await;
            }
            (H::EmailAdded, Self::Member(ada)) => {
                profile(service, &ada, Profile::AddEmail { address: HOME.into() }).await;
            }
            (H::EmailVerified, Self::Address(ada, code)) => verify(service, &ada, &code).await,
            (H::VerificationCodeSent, Self::Address(ada, _)) => {
                service.later(RESEND_AFTER_MS);
                profile(service, &ada, Profile::SendCode { address: HOME.into() }).await;
            }
            (H::VerificationCodeRefused, Self::Address(ada, code)) => {
                let (address, code) = (HOME.to_owned(), Secret::new(wrong(&code)));
                let ask = Profile::VerifyEmail { address, code };
                let Reply::Refused(refusal) = service.ask(Request::Profile(ada, ask)).await else { panic!() };
                assert_eq!(refusal, Refusal::CodeRefused);
            }
            (H::EmailRemoved, Self::Address(ada, _)) => {
                profile(service, &ada, Profile::RemoveEmail { address: HOME.into() }).await;
            }
            (H::PrimaryEmailChanged, Self::Address(ada, _)) => {
                profile(service, &ada, Profile::SetPrimary { address: HOME.into() }).await;
            }
            (H::EmailsReviewed, Self::Member(ada)) => {
                let profile::ProfileReply::Profile(view) = profile(service, &ada, Profile::Show).await else {
                    panic!("a profile")
                };
                let seen = view.emails.iter().map(|address| address.id.clone()).collect();
                profile(service, &ada, Profile::Review { seen }).await;
            }
            (H::ReauthenticationFailed, Self::Member(ada)) => {
                service.confirm(&ada, SECOND).await.unwrap_err();
            }
            (H::Reauthenticated, Self::Member(ada)) => {
                service.confirm(&ada, FIRST).await.unwrap();
            }
            (event_kind, action) => action.done_in_the_portal(service, event_kind).await,
        }
    }

    /// The same for what the second factor and support are about, and what operators do.
    async fn done_in_the_portal(self, service: &Service, event_kind: EventKind) {
        use EventKind as H;
        match (event_kind, self) {
            (H::TwoFactorOn, Self::App(ada, enrolment, code)) => {
                service.turn_on(&ada, &enrolment, &code).await.unwrap();
            }
            (H::TwoFactorOff, Self::Member(ada)) => {
                service.security(&ada, second_factor::SecondFactorRequest::TurnOff).await.unwrap();
            }
            (H::RecoveryCodesCreated, Self::Member(ada)) => {
                service.security(&ada, second_factor::SecondFactorRequest::MakeRecoveryCodes).await.unwrap();
            }
            (H::TwoFactorAsked, _) => {
                let (name, password) = ("ada".to_owned(), Secret::new(FIRST));
                service.ask(Request::SignIn { name, password }).await;
            }
            (H::TwoFactorRefused | H::TwoFactorLocked, Self::FirstFactorState(half, _)) => {
                service.show(&half, "000 000").await.unwrap_err();
            }
            (H::RecoveryCodeUsed, Self::FirstFactorState(half, saved)) => {
                service.show(&half, &saved).await.unwrap();
            }
            (H::RecordsExported, Self::Member(ada)) => {
                service.ask(Request::Activity(ada, activity::ActivityRequest::Export)).await;
            }
            (H::SupportOpened, Self::Member(ada)) => {
                service.open_case(&ada).await;
            }
            (H::SupportMessage, Self::Member(ada)) => {
                let write = Support::Write { number: 1_001, text: "Once more".into() };
                service.about_case(&ada, write).await.unwrap();
            }
            (H::SupportReply, _) => {
                service.accounts.reply_to_case(1_001, "Refresh").await.unwrap();
            }
            (H::SupportClosed, _) => {
                service.accounts.close_any_case(1_001).await.unwrap();
            }
            (H::ResetCodeIssued, _) => {
                service.accounts.issue_reset_code("ada").await.unwrap();
            }
            (H::AccountDeletionRequested, Self::Member(ada)) => {
                delete_account(service, &ada).await.unwrap();
            }
            (H::TeamCreated, Self::Member(ada)) => {
                let create = TeamsRequest::Create { name: "Night watch".to_owned() };
                ask_teams(service, &ada, create).await.unwrap();
            }
            (H::SessionRevoked, Self::Sessions(sessions)) => {
                sessions[0].end(&sessions[1]).await.unwrap();
            }
            (H::SessionsRevoked, Self::Sessions(sessions)) => {
                sessions[0].ask(sessions::SessionsRequest::EndOthers).await;
            }
            (event_kind, Self::TeamFixture(circle)) => circle.done(service, event_kind).await,
            (H::AccountAdded, _) => service.add("ada").await,
            (H::AccountDisabled, _) => service.accounts.disable_user("ada").await.unwrap(),
            (H::LimitsCleared, _) => drop(service.accounts.unlock_user("ada").await.unwrap()),
            (H::AccountEnabled, _) => service.accounts.enable_user("ada").await.unwrap(),
            (event_kind, _) => panic!("{event_kind:?} has emails in the matrix and no action"),
        }
    }
}

async fn profile(service: &Service, ada: &SignedIn, ask: Profile) -> profile::ProfileReply {
    match service.ask(Request::Profile(ada.clone(), ask)).await {
        Reply::Profile(answer) => answer,
        other => panic!("{other:?}"),
    }
}

async fn set(service: &Service, ada: &SignedIn, changes: Changes) {
    profile(service, ada, Profile::Set { changes: Box::new(changes), seen: None }).await;
}

async fn verify(service: &Service, ada: &SignedIn, code: &str) {
    let (address, code) = (HOME.to_owned(), Secret::new(code));
    profile(service, ada, Profile::VerifyEmail { address, code }).await;
}
