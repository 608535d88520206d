//! What has to be there before an event of the matrix, and the doing of it.

use doorkey::accounts::Happened;
use doorkey::accounts::request::profile::{self, Ask as Profile, Changes};
use doorkey::accounts::request::support::Ask as Support;
use doorkey::accounts::request::{
    Enrolment, HalfProven, Refusal, Reply, Request, ResetGrant, SignedIn, WRONG_ANSWERS, activity, keys,
    security, visits,
};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::{FAILS_TO_DISABLE, delay_ms};

use super::HOME;
use super::circle::Circle;
use crate::service::keys::{add, line, remove};
use crate::service::visits::Visit;
use crate::service::{FIRST, SECOND, Service, code_in, wrong};

/// Something that is ready to be done, everything before it done already.
pub(super) enum Deed {
    Nothing,
    Member(SignedIn),
    Grant(ResetGrant),
    Code(String),
    Key(SignedIn, String),
    Address(SignedIn, String),
    App(SignedIn, Enrolment, String),
    Half(HalfProven, String),
    Circle(Circle),
    /// Two of the account.
    Visits(Box<[Visit; 2]>),
}

impl Deed {
    /// What has to be there first.
    pub(super) async fn ready(service: &Service, happened: Happened) -> Self {
        use Happened as H;
        if happened == H::AccountAdded {
            return Self::Nothing;
        }
        if let Some(deed) = Self::ready_with_second_step(service, happened).await {
            return deed;
        }
        if let Some(circle) = Circle::ready(service, happened).await {
            return Self::Circle(circle);
        }
        service.add("ada").await;
        let deed = match happened {
            H::PasswordLocked => {
                for fails in 1..FAILS_TO_DISABLE {
                    service.try_sign_in("ada", "no such password").await.unwrap_err();
                    service.later(delay_ms(fails));
                }
                Self::Nothing
            }
            H::CodeProven | H::CodeRefused => Self::Code(service.receive_code("ada").await.1),
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
            H::VisitEnded | H::VisitsEnded => {
                let first = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
                let second = Visit::begin(&service.accounts, "ada", "192.0.2.7").await;
                Self::Visits(Box::new([first, second]))
            }
            H::SignInFailed | H::CodeIssued | H::ResetCodeIssued | H::AccountDisabled => Self::Nothing,
            _ => Self::Member(service.sign_in("ada", FIRST).await),
        };
        match (happened, deed) {
            (H::WrongTooOften, Self::Member(ada)) => {
                for nth in 1..WRONG_ANSWERS {
                    service.confirm(&ada, SECOND).await.unwrap_err();
                    service.later(delay_ms(nth.into()));
                }
                Self::Member(ada)
            }
            (H::SecondStepOn, Self::Member(ada)) => {
                let (app, enrolment) = service.enrol(&ada).await;
                let code = app.shows(service.clock.now());
                Self::App(ada, enrolment, code)
            }
            (H::AddressVerified | H::AddressRemoved | H::MainAddressChanged, Self::Member(ada)) => {
                let address = HOME.to_owned();
                profile(service, &ada, Profile::AddAddress { address }).await;
                service.work().await;
                let code = code_in(service.letters.letters().last().unwrap());
                if happened != H::AddressVerified {
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
            (_, deed) => deed,
        }
    }

    /// The same for what takes a second step that is on.
    async fn ready_with_second_step(service: &Service, happened: Happened) -> Option<Self> {
        use Happened as H;
        match happened {
            H::SecondStepOff | H::RecoveryCodesCreated | H::SecondStepAsked => {
                Some(Self::Member(service.add_with_second_step("ada").await.0))
            }
            H::SecondStepRefused | H::RecoveryCodeUsed => {
                let (_, _, saved) = service.add_with_second_step("ada").await;
                let half = service.half("ada", FIRST).await;
                Some(Self::Half(half, saved[0].clone()))
            }
            _ => None,
        }
    }

    /// Does it.
    pub(super) async fn done(self, service: &Service, happened: Happened) {
        use Happened as H;
        match (happened, self) {
            (H::SignIn, _) => {
                service.sign_in("ada", FIRST).await;
            }
            (H::SignInFailed | H::PasswordLocked, _) => {
                service.try_sign_in("ada", "no such password").await.unwrap_err();
            }
            (H::SignOut, Self::Member(member)) => {
                service.ask(Request::SignOut { member }).await;
            }
            (H::CodeIssued, _) => {
                service.request_code("ada").await;
            }
            (H::CodeProven, Self::Code(code)) => {
                service.prove("ada", None, &code).await.unwrap();
            }
            (H::CodeRefused, Self::Code(code)) => {
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
                let rename = keys::Ask::Rename { key, seen: None, comment: "the laptop".into() };
                service.ask(Request::Keys(ada, rename)).await;
            }
            (H::NameChanged, Self::Member(ada)) => {
                set(service, &ada, Changes { name: Some("lovelace".into()), ..Changes::default() }).await;
            }
            (H::ProfileChanged, Self::Member(ada)) => {
                set(service, &ada, Changes { display_name: Some("Ada".into()), ..Changes::default() }).await;
            }
            (H::AddressAdded, Self::Member(ada)) => {
                profile(service, &ada, Profile::AddAddress { address: HOME.into() }).await;
            }
            (H::AddressVerified, Self::Address(ada, code)) => verify(service, &ada, &code).await,
            (H::AddressRemoved, Self::Address(ada, _)) => {
                profile(service, &ada, Profile::RemoveAddress { address: HOME.into() }).await;
            }
            (H::MainAddressChanged, Self::Address(ada, _)) => {
                profile(service, &ada, Profile::SetMain { address: HOME.into() }).await;
            }
            (H::RecoveryReviewed, Self::Member(ada)) => {
                let profile::Answer::Profile(view) = profile(service, &ada, Profile::Show).await else {
                    panic!("a profile")
                };
                let seen = view.addresses.iter().map(|address| address.id.clone()).collect();
                profile(service, &ada, Profile::Review { seen }).await;
            }
            (H::WrongTooOften, Self::Member(ada)) => {
                service.confirm(&ada, SECOND).await.unwrap_err();
            }
            (H::Confirmed, Self::Member(ada)) => {
                service.confirm(&ada, FIRST).await.unwrap();
            }
            (happened, deed) => deed.done_in_the_portal(service, happened).await,
        }
    }

    /// The same for what the second step and support are about, and what operators do.
    async fn done_in_the_portal(self, service: &Service, happened: Happened) {
        use Happened as H;
        match (happened, self) {
            (H::SecondStepOn, Self::App(ada, enrolment, code)) => {
                service.turn_on(&ada, &enrolment, &code).await.unwrap();
            }
            (H::SecondStepOff, Self::Member(ada)) => {
                service.security(&ada, security::Ask::TurnOff).await.unwrap();
            }
            (H::RecoveryCodesCreated, Self::Member(ada)) => {
                service.security(&ada, security::Ask::MakeRecoveryCodes).await.unwrap();
            }
            (H::SecondStepAsked, _) => {
                let (name, password) = ("ada".to_owned(), Secret::new(FIRST));
                service.ask(Request::SignIn { name, password }).await;
            }
            (H::SecondStepRefused, Self::Half(half, _)) => {
                service.show(&half, "000 000").await.unwrap_err();
            }
            (H::RecoveryCodeUsed, Self::Half(half, saved)) => {
                service.show(&half, &saved).await.unwrap();
            }
            (H::RecordsExported, Self::Member(ada)) => {
                service.ask(Request::Activity(ada, activity::Ask::Export)).await;
            }
            (H::SupportOpened, Self::Member(ada)) => {
                service.open_case(&ada).await;
            }
            (H::SupportMessage, Self::Member(ada)) => {
                let write = Support::Write { number: 1_001, text: "Once more".into() };
                service.about_case(&ada, write).await.unwrap();
            }
            (H::SupportReply, _) => {
                service.accounts.reply_to_case(1_001, "Look again").await.unwrap();
            }
            (H::SupportClosed, _) => {
                service.accounts.close_any_case(1_001).await.unwrap();
            }
            (H::ResetCodeIssued, _) => {
                service.accounts.issue_reset_code("ada").await.unwrap();
            }
            (H::VisitEnded, Self::Visits(visits)) => {
                visits[0].end(&visits[1]).await.unwrap();
            }
            (H::VisitsEnded, Self::Visits(visits)) => {
                visits[0].ask(visits::Ask::EndOthers).await;
            }
            (happened, Self::Circle(circle)) => circle.done(service, happened).await,
            (H::AccountAdded, _) => service.add("ada").await,
            (H::AccountDisabled, _) => service.accounts.disable_user("ada").await.unwrap(),
            (H::AccountEnabled, _) => service.accounts.enable_user("ada").await.unwrap(),
            (happened, _) => panic!("{happened:?} has letters in the matrix and no deed"),
        }
    }
}

async fn profile(service: &Service, ada: &SignedIn, ask: Profile) -> profile::Answer {
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
    profile(service, ada, Profile::VerifyAddress { address, code }).await;
}
