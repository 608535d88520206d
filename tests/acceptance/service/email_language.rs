//! The language of emails: the profile's, else that of the client that caused them.

use doorkey::accounts::request::join::JoinRequest;
use doorkey::accounts::request::profile::{Changes, ProfileReply, ProfileRequest};
use doorkey::accounts::request::support::{GuestSupportRequest, SupportReply, SupportRequest};
use doorkey::accounts::request::teams::TeamsRequest;
use doorkey::accounts::request::{Reply, Request, SignedIn};
use doorkey::accounts::{RequestContext, Rules};
use doorkey::domain::secret::Secret;
use doorkey::domain::team::Role;
use doorkey::mail::transport::SentEmail;
use doorkey::messages::{Language, LanguageChoice};

use super::{FIRST, SECOND, Service, code_in, cx, patient};
use crate::engine::on_both_engines;

/// Somebody whose client asks for this language.
fn speaking(language: Language) -> RequestContext {
    RequestContext { language, ..cx("192.0.2.7") }
}

/// What is asked with such a client, and the emails that come of it.
async fn asked(service: &Service, language: Language, request: Request) -> Vec<SentEmail> {
    service.work().await;
    let before = service.emails.emails().len();
    let reply = service.accounts.handle(&speaking(language), request).await;
    assert!(!matches!(reply, Reply::Refused(_)), "{reply:?}");
    service.work().await;
    service.emails.emails().split_off(before)
}

fn is_in(language: Language, email: &SentEmail) -> bool {
    let says = |english: &str, german: &str| {
        let (yes, no) = if language == Language::German { (german, english) } else { (english, german) };
        email.text.contains(yes) && !email.text.contains(no)
    };
    let tag = format!("<html lang=\"{}\">", language.tag());
    says("\nWhen:   2026", "\nWann:      2026") && email.html.contains(&tag)
}

async fn choose(service: &Service, member: &SignedIn, language: LanguageChoice) -> SignedIn {
    let changes = Box::new(Changes { language: Some(language), ..Changes::default() });
    let request = Request::Profile(member.clone(), ProfileRequest::Set { changes, seen: None });
    match service.ask(request).await {
        Reply::Profile(ProfileReply::Changed(member, _)) => member,
        other => panic!("{other:?}"),
    }
}

on_both_engines! {
    async fn emails_are_in_the_language_of_the_profile_else_of_the_client(engine: Engine) {
        let service = Service::with(engine, Rules { sign_up: true, ..patient() }).await;
        service.add("ada").await;
        service.add("grace").await;
        let team = service.accounts.add_team("Ops", "").await.unwrap().id;
        service.accounts.add_member("Ops", "ada", Role::Owner).await.unwrap();
        service.accounts.add_member("Ops", "grace", Role::Owner).await.unwrap();
        let grace = service.sign_in("grace", FIRST).await;
        let ada = choose(&service, &service.sign_in("ada", FIRST).await, LanguageChoice::Chosen(Language::German)).await;
        let (english, german) = (Language::English, Language::German);

        let invite = |who: &SignedIn, address: &str| {
            let request = TeamsRequest::Invite { team: team.clone(), address: address.into() };
            Request::Teams(who.clone(), request)
        };
        let add = |who: &SignedIn, address: &str| {
            Request::Profile(who.clone(), ProfileRequest::AddEmail { address: address.into() })
        };
        let code = |name: &str| Request::RequestCode { name: name.into() };
        let sign_up = |address: &str| Request::Join(JoinRequest::Code { address: address.into() });
        for (client, request, expected) in [
            // The worker that sends it does not know the client any more.
            (english, code("ada"), german),
            (german, code("grace"), german),
            (english, add(&ada, "ada@home.example"), german),
            (english, add(&grace, "grace@home.example"), english),
            (german, add(&grace, "grace@work.example"), german),
            // Nobody with a profile: as the inviter reads pages.
            (english, invite(&ada, "alan@example.org"), german),
            (english, invite(&grace, "linus@example.org"), english),
            (german, invite(&grace, "edsger@example.org"), german),
            (english, sign_up("barbara@example.org"), english),
            (german, sign_up("donald@example.org"), german),
        ] {
            let what = format!("{request:?} by a client in {client:?}");
            let emails = asked(&service, client, request).await;
            let [email] = emails.as_slice() else { panic!("{what}: {emails:?}") };
            assert!(is_in(expected, email), "{what}: {}", email.text);
        }

        let changed = asked(&service, english, Request::ChangePassword {
            member: ada,
            current: Secret::new(FIRST),
            new: Secret::new(SECOND),
        }).await;
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].subject, "Ihr Passwort bei Doorkey wurde geändert");
        // An operator has no client.
        service.accounts.issue_reset_code("ada").await.unwrap();
        service.accounts.issue_reset_code("grace").await.unwrap();
        service.work().await;
        let issued = service.emails.emails().split_off(service.emails.emails().len() - 2);
        for email in issued {
            let (language, place) = match email.to.as_str() {
                "ada@example.org" => (german, "Von:       der Betreiber"),
                _ => (english, "From:   the operator"),
            };
            assert!(is_in(language, &email) && email.text.contains(place), "{}", email.text);
        }
    }

    // Support answers later, from where no client is.
    async fn answers_of_support_are_in_the_language_in_which_they_were_asked_for(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("grace").await;
        let grace = service.sign_in("grace", FIRST).await;
        for (language, name) in [(Language::German, "ada"), (Language::English, "alan")] {
            let (contact, text) = (format!("{name}@home.example"), "Help.".to_owned());
            let open = GuestSupportRequest::Open { name: name.into(), contact: contact.clone(), text };
            let opened = asked(&service, language, Request::GuestSupport(open)).await;
            let Some(email) = opened.iter().find(|email| email.to == contact) else { panic!("{opened:?}") };
            let number = latest_case(&service).await;
            let code = Secret::new(code_in(email));
            let read = GuestSupportRequest::Read { number, opened: None, code };
            asked(&service, language, Request::GuestSupport(read)).await;
            assert_answers_in(&service, language, number).await;
        }
        let facts = Request::Support(grace.clone(), SupportRequest::Facts);
        let Reply::Support(SupportReply::Facts(facts)) = service.ask(facts).await else { panic!("no facts") };
        let open = SupportRequest::Open { subject: "No mail".into(), text: "Help.".into(), facts };
        asked(&service, Language::German, Request::Support(grace, open)).await;
        assert_answers_in(&service, Language::German, latest_case(&service).await).await;
    }
}

async fn latest_case(service: &Service) -> i64 {
    service.fresh.number("SELECT max(number) FROM cases").await
}

async fn assert_answers_in(service: &Service, language: Language, number: i64) {
    let before = service.emails.emails().len();
    service.accounts.reply_to_case(number, "Try again.").await.unwrap();
    service.work().await;
    service.accounts.close_any_case(number).await.unwrap();
    service.work().await;
    let answers = service.emails.emails().split_off(before);
    assert_eq!(answers.len(), 2, "{answers:?}");
    for email in answers {
        assert!(is_in(language, &email), "{}", email.text);
    }
}
