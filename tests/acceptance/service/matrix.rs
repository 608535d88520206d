//! The event matrix: doing what a kind of event is about leaves exactly one row of that kind, the rows that
//! are said to come with it, and exactly the letters that are said to go out. Each letter says when, from
//! where and with which client, and what to do if it was not you; none holds a link or anybody else's words.
//!
//! A kind that is missing in [`leaves`] does not compile. A kind of a room that has no deed in [`Deed`] yet is
//! [`Leaves::ByItsRoom`]: give it a line there and one in [`Deed::done`].

use doorkey::accounts::Happened;
use doorkey::accounts::request::profile::{self, Ask as Profile, Changes};
use doorkey::accounts::request::support::Ask as Support;
use doorkey::accounts::request::{
    Enrolment, HalfProven, Refusal, Reply, Request, ResetGrant, SignedIn, WRONG_ANSWERS, activity, keys,
    security,
};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::{FAILS_TO_DISABLE, delay_ms};
use doorkey::mail::transport::Sent;

use super::keys::{add, line, remove};
use super::{FIRST, SECOND, Service, code_in, wrong};
use crate::engine::on_both_engines;

/// Whom a letter goes to.
const ADA: &str = "ada@example.org";
const HOME: &str = "ada@home.example";
const DESK: &str = "support@acme.example";

/// What an event leaves behind.
enum Leaves {
    /// These rows beside its own, and these letters: to whom, and the end or the beginning of the subject.
    Here(&'static [Happened], &'static [(&'static str, &'static str)]),
    /// Its own room's tests say so.
    ByItsRoom(&'static str),
}

/// The matrix.
fn leaves(happened: Happened) -> Leaves {
    use Happened as H;
    use Leaves::{ByItsRoom, Here};
    match happened {
        H::SignInWithKey => ByItsRoom("commands::activity: a key is proven on the wire only"),
        H::PasswordLocked => Here(&[H::SignInFailed], &[(ADA, "password was locked")]),
        H::CodeIssued => Here(&[], &[(ADA, "Your Doorkey code")]),
        // A source that is known; `activity.rs` has those that are not.
        H::SignIn
        | H::SignInFailed
        | H::SignOut
        | H::CodeProven
        | H::CodeRefused
        | H::PasswordChangeRefused
        | H::RecordsExported
        | H::AccountAdded
        | H::AccountDisabled
        | H::AccountEnabled
        | H::ProfileChanged
        | H::RecoveryReviewed
        | H::Confirmed
        | H::KeyRenamed
        | H::SecondStepAsked
        | H::SecondStepRefused => Here(&[], &[]),
        H::WrongTooOften => Here(&[H::PasswordChangeRefused], &[]),
        H::PasswordReset => Here(&[], &[(ADA, "password was reset")]),
        H::PasswordChanged => Here(&[], &[(ADA, "password was changed")]),
        H::KeyAdded => Here(&[], &[(ADA, "SSH key was added")]),
        H::KeyRemoved => Here(&[], &[(ADA, "SSH key was removed")]),
        H::SupportOpened => Here(&[], &[(ADA, "support case 1001"), (DESK, "support: case 1001")]),
        H::SupportMessage => Here(&[], &[(DESK, "support: case 1001")]),
        H::SupportReply => Here(&[], &[(ADA, "An answer to your Doorkey support case 1001")]),
        H::SupportClosed => Here(&[], &[(ADA, "case 1001 was closed")]),
        H::RecoveryCodeIssued => Here(&[], &[(ADA, "Support made a code")]),
        H::NameChanged => Here(&[], &[(ADA, "username of your Doorkey account was changed")]),
        H::AddressAdded => Here(&[], &[(HOME, "code for this address")]),
        H::AddressVerified => Here(&[], &[(ADA, "address was added"), (HOME, "address was added")]),
        H::AddressRemoved => Here(&[], &[(ADA, "address was removed"), (HOME, "address was removed")]),
        H::MainAddressChanged => Here(&[], &[(ADA, "main address"), (HOME, "main address")]),
        H::SecondStepOn => {
            Here(&[H::SavedCodesMade], &[(ADA, "second step of your"), (ADA, "New recovery codes")])
        }
        H::SecondStepOff => Here(&[], &[(ADA, "second step of your")]),
        H::SavedCodesMade => Here(&[], &[(ADA, "New recovery codes")]),
        H::SavedCodeUsed => Here(&[H::SignIn], &[(ADA, "recovery code of your")]),
        H::KeyProven => ByItsRoom("keys_proven: a key is proven on the wire only"),
        H::VisitEnded | H::VisitsEnded => ByItsRoom("visits: it takes a visit that stays"),
        H::TeamChanged
        | H::TeamInvited
        | H::TeamInvitationWithdrawn
        | H::TeamJoined
        | H::TeamLeft
        | H::TeamRoleChanged
        | H::SignedUp => ByItsRoom("team_members, invitations, sign_up"),
    }
}

/// Something that is ready to be done, everything before it done already.
enum Deed {
    Nothing,
    Member(SignedIn),
    Grant(ResetGrant),
    Code(String),
    Key(SignedIn, String),
    Address(SignedIn, String),
    App(SignedIn, Enrolment, String),
    Half(HalfProven, String),
}

impl Deed {
    /// What has to be there first.
    async fn ready(service: &Service, happened: Happened) -> Self {
        use Happened as H;
        if happened == H::AccountAdded {
            return Self::Nothing;
        }
        if let Some(deed) = Self::ready_with_second_step(service, happened).await {
            return deed;
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
            H::SignInFailed | H::CodeIssued | H::RecoveryCodeIssued | H::AccountDisabled => Self::Nothing,
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
            H::SecondStepOff | H::SavedCodesMade | H::SecondStepAsked => {
                Some(Self::Member(service.add_with_second_step("ada").await.0))
            }
            H::SecondStepRefused | H::SavedCodeUsed => {
                let (_, _, saved) = service.add_with_second_step("ada").await;
                let half = service.half("ada", FIRST).await;
                Some(Self::Half(half, saved[0].clone()))
            }
            _ => None,
        }
    }

    /// Does it.
    async fn done(self, service: &Service, happened: Happened) {
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
            (H::SavedCodesMade, Self::Member(ada)) => {
                service.security(&ada, security::Ask::MakeSavedCodes).await.unwrap();
            }
            (H::SecondStepAsked, _) => {
                let (name, password) = ("ada".to_owned(), Secret::new(FIRST));
                service.ask(Request::SignIn { name, password }).await;
            }
            (H::SecondStepRefused, Self::Half(half, _)) => {
                service.show(&half, "000 000").await.unwrap_err();
            }
            (H::SavedCodeUsed, Self::Half(half, saved)) => {
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
            (H::RecoveryCodeIssued, _) => {
                service.accounts.issue_recovery_code("ada").await.unwrap();
            }
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

/// What every letter says, and none does.
fn is_as_letters_are(letter: &Sent, is_by_operator: bool) {
    let (text, is_for_the_operator) = (&letter.text, letter.to == DESK);
    let is_code = text.contains("type this code");
    assert!(text.contains(" UTC"), "no time in:\n{text}");
    for part in [&letter.text, &letter.html] {
        for link in ["http", "href", "www."] {
            assert!(!part.contains(link), "a link in:\n{part}");
        }
        for words in ["No mail", "No letter comes", "Once more", "Look again"] {
            assert!(!part.contains(words), "somebody's words in:\n{part}");
        }
    }
    if is_for_the_operator {
        return;
    }
    let (source, client) =
        if is_by_operator { ("the portal's own machine", "operator") } else { ("192.0.2.7", "SSH-2.0-test") };
    assert!(text.contains(source) && (is_code || text.contains(client)), "no source or client in:\n{text}");
    let is_about_tries = letter.subject.contains("locked");
    let says_what_to_do =
        ["not you", "did not ask"].iter().any(|words| text.contains(words)) || is_about_tries;
    assert!(says_what_to_do && text.contains(DESK), "what if it was not you?\n{text}");
    if is_code {
        code_in(letter);
    }
}

async fn happens_as_the_matrix_says(service: &Service, happened: Happened) {
    let Leaves::Here(beside, letters) = leaves(happened) else { return };
    let deed = Deed::ready(service, happened).await;
    service.work().await;
    let (rows_before, letters_before) = (service.fresh.kinds().await.len(), service.letters.letters().len());
    // So that the order of rows is the order of deeds.
    service.later(1);
    deed.done(service, happened).await;
    service.work().await;

    let mut rows = service.fresh.kinds().await.split_off(rows_before);
    let mut expected: Vec<_> = beside.iter().chain([&happened]).map(|kind| kind.as_str()).collect();
    rows.sort();
    expected.sort_unstable();
    assert_eq!(rows, expected, "rows of {happened:?}");

    let mut sent = service.letters.letters().split_off(letters_before);
    let told: Vec<_> = sent.iter().map(|letter| format!("{}: {}", letter.to, letter.subject)).collect();
    for (to, subject) in letters {
        let at = sent.iter().position(|letter| letter.to == *to && letter.subject.contains(subject));
        let letter =
            sent.remove(at.unwrap_or_else(|| panic!("{happened:?}: no {subject} to {to} in {told:?}")));
        let by_operator = matches!(
            happened,
            Happened::SupportReply | Happened::SupportClosed | Happened::RecoveryCodeIssued
        );
        is_as_letters_are(&letter, by_operator);
    }
    assert!(sent.is_empty(), "{happened:?} sent more than that: {told:?}");
}

on_both_engines! {
    async fn each_event_leaves_one_row_and_the_letters_of_the_matrix(engine: Engine) {
        for happened in Happened::ALL {
            if matches!(leaves(happened), Leaves::Here(..)) {
                happens_as_the_matrix_says(&Service::start(engine).await, happened).await;
            }
        }
    }
}

#[test]
fn what_the_matrix_leaves_to_others_is_named() {
    for happened in Happened::ALL {
        if let Leaves::ByItsRoom(room) = leaves(happened) {
            assert!(!room.is_empty(), "{happened:?}");
        }
    }
}
