//! Email addresses: only verified ones count, and nobody can block the address of another person.

use doorkey::accounts::request::profile::{ProfileRefusal, ProfileReply, ProfileRequest};
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::domain::email_address::EmailAddress;
use doorkey::domain::secret::Secret;
use doorkey::mail::transport::SentEmail;
use futures_util::future::join_all;

use super::{FIRST, MINUTE, SECOND, Service, code_in, wrong};
use crate::engine::on_both_engines;

pub(super) async fn ask(
    service: &Service,
    member: &SignedIn,
    ask: ProfileRequest,
) -> Result<ProfileReply, Refusal> {
    match service.ask(Request::Profile(member.clone(), ask)).await {
        Reply::Profile(answer) => Ok(answer),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn add(
    service: &Service,
    member: &SignedIn,
    address: &str,
) -> Result<EmailAddress, Refusal> {
    match ask(service, member, ProfileRequest::AddEmail { address: address.into() }).await? {
        ProfileReply::CodeSent { address, .. } => Ok(address),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn verify(
    service: &Service,
    member: &SignedIn,
    address: &str,
    code: &str,
) -> Result<EmailAddress, Refusal> {
    let (address, code) = (address.to_owned(), Secret::new(code));
    match ask(service, member, ProfileRequest::VerifyEmail { address, code }).await? {
        ProfileReply::Verified(address) => Ok(address),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn set_primary(
    service: &Service,
    member: &SignedIn,
    address: &str,
) -> Result<SignedIn, Refusal> {
    match ask(service, member, ProfileRequest::SetPrimary { address: address.into() }).await? {
        ProfileReply::PrimaryChanged(member, _) => Ok(member),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn remove(
    service: &Service,
    member: &SignedIn,
    address: &str,
) -> Result<EmailAddress, Refusal> {
    match ask(service, member, ProfileRequest::RemoveEmail { address: address.into() }).await? {
        ProfileReply::Removed(address) => Ok(address),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn addresses(service: &Service, member: &SignedIn) -> Vec<String> {
    let ProfileReply::Profile(view) = ask(service, member, ProfileRequest::Show).await.unwrap() else {
        panic!("no profile")
    };
    let shown = |it: &EmailAddress| match (it.is_primary, it.verified_at) {
        (true, Some(_)) => format!("{} primary", it.address),
        (false, Some(_)) => it.address.clone(),
        (_, None) => format!("{} unverified", it.address),
    };
    view.emails.iter().map(shown).collect()
}

/// Adds an address and verifies it by the code of its email.
pub(super) async fn gain(service: &Service, member: &SignedIn, address: &str) {
    add(service, member, address).await.unwrap();
    let code = code_to(service, address).await;
    verify(service, member, address, &code).await.unwrap();
    service.work().await;
}

/// The code in the newest email to `address`.
pub(super) async fn code_to(service: &Service, address: &str) -> String {
    service.work().await;
    let emails = service.emails.emails();
    let email =
        emails.iter().rev().find(|email| email.to == address && email.text.contains("type this code"));
    code_in(email.unwrap_or_else(|| panic!("no code to {address}")))
}

/// Who was told, by the words in the email, in the order of addresses.
fn told(service: &Service, words: &str) -> Vec<String> {
    let has = |email: &SentEmail| email.subject.contains(words) || email.text.contains(words);
    let emails = service.emails.emails();
    let mut told: Vec<_> = emails.into_iter().filter(has).map(|email| email.to).collect();
    told.sort();
    told
}

pub(super) fn refused(refusal: ProfileRefusal) -> Refusal {
    Refusal::Profile(refusal)
}

on_both_engines! {
    async fn an_address_counts_once_verified_and_all_addresses_are_notified(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let new = add(&service, &ada, " Ada@Home.example ").await.unwrap();
        assert_eq!(new.address, "Ada@home.example");
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary", "Ada@home.example unverified"]);
        assert_eq!(service.try_sign_in("ada@home.example", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
        let code = code_to(&service, "Ada@home.example").await;
        assert_eq!(told(&service, "added"), Vec::<String>::new(), "nothing counts yet, so nobody is told");
        assert_eq!(verify(&service, &ada, &new.id, &wrong(&code)).await, Err(Refusal::CodeRefused));
        assert!(verify(&service, &ada, "ADA@home.example", &code.to_lowercase()).await.unwrap().verified_at.is_some());
        assert_eq!(
            verify(&service, &ada, &new.id, &code).await,
            Err(refused(ProfileRefusal::EmailYours)),
            "once"
        );
        service.work().await;
        assert_eq!(told(&service, "address was added"), ["Ada@home.example", "ada@example.org"]);
        service.try_sign_in("ada@home.example", FIRST).await.unwrap();
        for (kind, rows) in [
            ("SELECT count(*) FROM activity WHERE kind = 'email-added'", 1),
            ("SELECT count(*) FROM activity WHERE kind = 'email-verified'", 1),
            ("SELECT count(*) FROM activity WHERE kind = 'verification-code-refused'", 1),
            ("SELECT count(*) FROM activity WHERE kind = 'verification-code-sent'", 0),
        ] {
            assert_eq!(service.fresh.number(kind).await, rows, "{kind}");
        }
    }

    async fn a_taken_address_is_added_like_any_other_and_refused_only_to_its_reader(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("mallory").await;
        let mallory = service.sign_in("mallory", FIRST).await;
        let (free, taken) = (
            ask(&service, &mallory, ProfileRequest::AddEmail { address: "nobody@example.org".into() }).await.unwrap(),
            ask(&service, &mallory, ProfileRequest::AddEmail { address: "ada@example.org".into() }).await.unwrap(),
        );
        let (ProfileReply::CodeSent { resend_at: free, .. }, ProfileReply::CodeSent { resend_at: taken, .. }) = (free, taken)
        else {
            panic!("not the same answer")
        };
        assert_eq!(free, taken);
        let code = code_to(&service, "ada@example.org").await;
        let emails = service.emails.emails();
        assert!(emails.iter().all(|email| !email.text.contains("mallory")), "a stranger's name is not told");
        assert_eq!(
            verify(&service, &mallory, "ada@example.org", &code).await,
            Err(refused(ProfileRefusal::EmailTaken))
        );
        service.try_sign_in("ada@example.org", FIRST).await.unwrap();
        assert_eq!(addresses(&service, &mallory).await.len(), 3);
        assert_eq!(told(&service, "address was added"), Vec::<String>::new());
    }

    async fn entering_an_address_does_not_block_its_owner(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("eve").await;
        let eve = service.sign_in("eve", FIRST).await;
        add(&service, &eve, "ada@example.org").await.unwrap();
        // An operator makes the account with that very address.
        service.add("ada").await;
        service.try_sign_in("ada@example.org", FIRST).await.unwrap();
        add(&service, &eve, "ada@home.example").await.unwrap();
        service.later(2 * MINUTE);
        let ada = service.sign_in("ada", FIRST).await;
        gain(&service, &ada, "ada@home.example").await;
        // Eve never gets emails of hers, also not by asking for a reset.
        service.request_code("ada@home.example").await;
        service.work().await;
        let reset = told(&service, "Doorkey reset code");
        assert_eq!(reset.last().map(String::as_str), Some("ada@home.example"));
    }

    async fn only_one_of_two_concurrent_verifications_gets_an_address(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        add(&service, &ada, "both@example.org").await.unwrap();
        let first = code_to(&service, "both@example.org").await;
        service.later(2 * MINUTE);
        add(&service, &grace, "both@example.org").await.unwrap();
        let second = code_to(&service, "both@example.org").await;
        assert_eq!(
            verify(&service, &ada, "both@example.org", &second).await,
            Err(Refusal::CodeRefused),
            "a code is for the account that asked"
        );
        let both = join_all([
            verify(&service, &ada, "both@example.org", &first),
            verify(&service, &grace, "both@example.org", &second),
        ])
        .await;
        assert_eq!(both.iter().filter(|it| it.is_ok()).count(), 1, "{both:?}");
        let lost = both.into_iter().find_map(Result::err).unwrap();
        assert_eq!(lost, refused(ProfileRefusal::EmailTaken));
        let rows = "SELECT count(*) FROM email_addresses WHERE canonical = 'both@example.org' AND verified_at IS NOT NULL";
        assert_eq!(service.fresh.number(rows).await, 1);
    }

    async fn a_code_is_for_one_address_five_tries_and_a_while(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        add(&service, &ada, "one@example.org").await.unwrap();
        let one = code_to(&service, "one@example.org").await;
        add(&service, &ada, "two@example.org").await.unwrap();
        assert_eq!(verify(&service, &ada, "two@example.org", &one).await, Err(Refusal::CodeRefused));
        // No reset either, and a code for a reset verifies nothing.
        assert_eq!(service.prove("ada", None, &one).await.unwrap_err(), Refusal::CodeRefused);
        let (_, reset) = service.receive_code("ada").await;
        assert_eq!(verify(&service, &ada, "two@example.org", &reset).await, Err(Refusal::CodeRefused));
        for _ in 0..5 {
            assert_eq!(verify(&service, &ada, "one@example.org", &wrong(&one)).await, Err(Refusal::CodeRefused));
        }
        assert_eq!(
            verify(&service, &ada, "one@example.org", &one).await,
            Err(Refusal::CodeTriesUsed),
            "five tries"
        );
        service.later(2 * MINUTE);
        let again = ProfileRequest::SendCode { address: "one@example.org".into() };
        assert!(matches!(ask(&service, &ada, again).await, Ok(ProfileReply::CodeSent { .. })));
        let late = code_to(&service, "one@example.org").await;
        service.later(11 * MINUTE);
        assert_eq!(
            verify(&service, &ada, "one@example.org", &late).await,
            Err(Refusal::CodeRefused),
            "too old"
        );
        assert_eq!(addresses(&service, &ada).await[0], "ada@example.org primary");
    }

    async fn the_primary_address_changes_for_old_and_new_and_ends_what_was_open(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (ada, elsewhere) = (service.sign_in("ada", FIRST).await, service.sign_in("ada", FIRST).await);
        gain(&service, &ada, "new@example.org").await;
        let (request, code) = service.receive_code("ada").await;
        assert_eq!(service.emails.emails().last().unwrap().to, "ada@example.org");
        for (meant, why) in [
            ("ada@example.org", refused(ProfileRefusal::AlreadyPrimary)),
            ("eve@example.org", Refusal::NotFound),
        ] {
            assert_eq!(set_primary(&service, &ada, meant).await.unwrap_err(), why);
        }
        let after = set_primary(&service, &ada, "new@example.org").await.unwrap();
        for stale in [&ada, &elsewhere] {
            assert_eq!(service.teams(stale).await, Err(Refusal::SignedOutElsewhere));
            assert_eq!(set_primary(&service, stale, "ada@example.org").await.unwrap_err(), Refusal::SignedOutElsewhere);
        }
        service.prove("ada", Some(&request), &code).await.expect("the old one is still the account's");
        assert_eq!(addresses(&service, &after).await, ["new@example.org primary", "ada@example.org"]);
        service.work().await;
        assert_eq!(told(&service, "primary address"), ["ada@example.org", "new@example.org"]);
        assert_eq!(
            service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'primary-email-changed'").await,
            1
        );
        // A code goes to the primary one for the name, and to the one that is typed.
        service.later(2 * MINUTE);
        service.receive_code("ada").await;
        assert_eq!(service.emails.emails().last().unwrap().to, "new@example.org");
        service.later(2 * MINUTE);
        service.receive_code("ada@example.org").await;
        assert_eq!(service.emails.emails().last().unwrap().to, "ada@example.org");
    }

    async fn a_removed_address_is_notified_and_the_last_one_cannot_be_removed(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        assert_eq!(remove(&service, &ada, "ada@example.org").await, Err(refused(ProfileRefusal::LastEmail)));
        add(&service, &ada, "typo@example.org").await.unwrap();
        assert_eq!(
            remove(&service, &ada, "ada@example.org").await,
            Err(refused(ProfileRefusal::LastEmail)),
            "one that is not verified does not count"
        );
        assert_eq!(set_primary(&service, &ada, "typo@example.org").await.unwrap_err(), refused(ProfileRefusal::NotVerified));
        remove(&service, &ada, "typo@example.org").await.unwrap();
        gain(&service, &ada, "old@example.org").await;
        assert_eq!(remove(&service, &ada, "ada@example.org").await, Err(refused(ProfileRefusal::IsPrimary)));
        let (request, code) = service.receive_code("old@example.org").await;
        remove(&service, &ada, "old@example.org").await.unwrap();
        assert_eq!(remove(&service, &ada, "old@example.org").await, Err(Refusal::NotFound));
        assert_eq!(service.prove("ada", Some(&request), &code).await.unwrap_err(), Refusal::CodeRefused);
        service.work().await;
        let emails = told(&service, "address was removed");
        assert_eq!(emails, ["ada@example.org", "old@example.org"], "not to one that never counted");
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'email-removed'").await, 2);
        assert_eq!(addresses(&service, &ada).await, ["ada@example.org primary"]);
        assert_eq!(service.try_sign_in("old@example.org", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
    }

    async fn news_on_the_way_to_an_address_reach_it_although_it_is_removed(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        gain(&service, &ada, "old@example.org").await;
        // No worker runs between the change and the removal.
        let ada = service.change(&ada, FIRST, SECOND).await.unwrap();
        remove(&service, &ada, "old@example.org").await.unwrap();
        service.work().await;
        assert_eq!(told(&service, "password was changed by").len(), 2, "{:?}", service.emails.emails());
    }

    async fn nobody_can_change_addresses_of_others(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("eve").await;
        let (ada, eve) = (service.sign_in("ada", FIRST).await, service.sign_in("eve", FIRST).await);
        let id = add(&service, &ada, "new@example.org").await.unwrap().id;
        let code = code_to(&service, "new@example.org").await;
        for meant in [id.as_str(), "new@example.org", "ada@example.org"] {
            assert_eq!(verify(&service, &eve, meant, &code).await, Err(Refusal::NotFound));
            assert_eq!(set_primary(&service, &eve, meant).await.unwrap_err(), Refusal::NotFound);
            assert_eq!(remove(&service, &eve, meant).await, Err(Refusal::NotFound));
            let send = ProfileRequest::SendCode { address: meant.into() };
            assert_eq!(ask(&service, &eve, send).await.unwrap_err(), Refusal::NotFound);
        }
        verify(&service, &ada, &id, &code).await.unwrap();
    }

    async fn what_is_sensitive_needs_a_fresh_proof(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        service.later(5 * MINUTE + 1);
        for ask in [
            ProfileRequest::AddEmail { address: "new@example.org".into() },
            ProfileRequest::SetPrimary { address: "new@example.org".into() },
            ProfileRequest::RemoveEmail { address: "new@example.org".into() },
        ] {
            let reply = service.ask(Request::Profile(ada.clone(), ask)).await;
            assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "{reply:?}");
        }
        assert_eq!(addresses(&service, &ada).await.len(), 1);
    }
}
