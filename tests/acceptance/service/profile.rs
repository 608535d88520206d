//! Profiles: valid values, concurrent edits, available names, and when a reminder is due.

use doorkey::accounts::Preferences;
use doorkey::accounts::request::profile::{Changes, ProfileRefusal, ProfileReply, ProfileRequest};
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::domain::appearance::Appearance;
use doorkey::domain::profile::Profile;
use doorkey::messages::{Language, LanguageChoice};
use futures_util::future::join_all;

use super::addresses::{gain, remove};
use super::{FIRST, MINUTE, Service};
use crate::engine::on_both_engines;

const DAY: i64 = 24 * 60 * MINUTE;

async fn ask(service: &Service, member: &SignedIn, ask: ProfileRequest) -> Result<ProfileReply, Refusal> {
    match service.ask(Request::Profile(member.clone(), ask)).await {
        Reply::Profile(answer) => Ok(answer),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

async fn show(service: &Service, member: &SignedIn) -> Profile {
    match ask(service, member, ProfileRequest::Show).await {
        Ok(ProfileReply::Profile(view)) => view,
        other => panic!("{other:?}"),
    }
}

async fn set(
    service: &Service,
    member: &SignedIn,
    changes: Changes,
    seen: Option<i64>,
) -> Result<(SignedIn, Profile), Refusal> {
    match ask(service, member, ProfileRequest::Set { changes: Box::new(changes), seen }).await? {
        ProfileReply::Changed(member, view) => Ok((member, view)),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn rename(service: &Service, member: &SignedIn, name: &str) -> Result<SignedIn, Refusal> {
    let changes = Changes { name: Some(name.into()), ..Changes::default() };
    set(service, member, changes, None).await.map(|(member, _)| member)
}

fn displayed(name: &str) -> Changes {
    Changes { display_name: Some(name.into()), ..Changes::default() }
}

async fn rows(service: &Service) -> (i64, i64) {
    let profile = "SELECT count(*) FROM activity WHERE kind = 'profile-changed'";
    let name = "SELECT count(*) FROM activity WHERE kind = 'name-changed'";
    (service.fresh.number(profile).await, service.fresh.number(name).await)
}

on_both_engines! {
    async fn what_is_named_is_changed_and_nothing_else(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let before = show(&service, &ada).await;
        assert_eq!((before.language.as_str(), before.time_zone.as_str()), ("auto", "UTC"));
        let changes = Changes {
            display_name: Some(" Ada Lovelace ".into()),
            time_zone: Some("europe/berlin".into()),
            language: Some(LanguageChoice::Chosen(Language::German)),
            plain: Some(true),
            appearance: Some(Appearance::Light),
            ..Changes::default()
        };
        let (_, after) = set(&service, &ada, changes, Some(before.version)).await.unwrap();
        let expected = Profile {
            display_name: "Ada Lovelace".into(),
            time_zone: "Europe/Berlin".into(),
            language: LanguageChoice::Chosen(Language::German),
            plain: true,
            appearance: Appearance::Light,
            version: after.version,
            ..before
        };
        assert_eq!(after, expected);
        assert_eq!(show(&service, &ada).await, after);
        assert_eq!(rows(&service).await, (1, 0));
        let prefers = service.accounts.preferences_of("ADA").await.unwrap();
        let (appearance, language) = (Appearance::Light, LanguageChoice::Chosen(Language::German));
        assert_eq!(prefers, Preferences { plain: true, no_color: false, appearance, language });
        assert_eq!(service.accounts.preferences_of("nobody").await.unwrap(), Preferences::default());
        let (_, after) = set(&service, &ada, Changes { plain: Some(false), ..displayed("") }, None).await.unwrap();
        assert!(!after.plain && after.display_name.is_empty());
        service.work().await;
        assert!(service.emails.emails().is_empty(), "nobody needs an email for that");
    }

    async fn every_email_and_every_session_goes_by_the_zone_of_the_profile(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        assert_eq!(ada.time_zone().name(), "UTC");
        let changes = Changes { time_zone: Some("europe/berlin".into()), ..Changes::default() };
        let (ada, _) = set(&service, &ada, changes, None).await.unwrap();
        assert_eq!(ada.time_zone().name(), "Europe/Berlin", "this session at once");
        assert_eq!(service.sign_in("ada", FIRST).await.time_zone().name(), "Europe/Berlin");
        // To a verified address, to one that is to be verified, to one that is removed, and with a code.
        gain(&service, &ada, "ada@home.example").await;
        remove(&service, &ada, "ada@home.example").await.unwrap();
        service.receive_code("ada").await;
        service.work().await;
        let emails = service.emails.emails();
        assert!(emails.len() >= 5, "{}", emails.len());
        for email in emails {
            let when = email.text.lines().find(|line| line.starts_with("When:"));
            assert_eq!(when, Some("When:   2026-11-22 11:05 CET"), "{}", email.text);
        }
    }

    async fn what_is_refused_changes_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let before = show(&service, &ada).await;
        let million = format!("a{}", "\u{301}".repeat(1_000_000));
        let name = |name: &str| Changes { name: Some(name.into()), ..displayed("Ada") };
        for (changes, id) in [
            (displayed(&million), "display-name-refused"),
            (displayed("ada\u{1b}[31m"), "display-name-refused"),
            (displayed("ada\u{202e}"), "display-name-refused"),
            (displayed("a\u{200b}\u{200b}\u{200b}da"), "display-name-refused"),
            (name(&million), "name-refused"),
            (name("ada\u{202e}x"), "name-refused"),
            (name("a\u{200d}da"), "name-refused"),
            (name("p\u{430}ypal"), "name-refused"),
            (name("Support"), "name-refused"),
            (name("forgot"), "name-refused"),
            (Changes { time_zone: Some("Mars/Base".into()), ..displayed("Ada") }, "time-zone-refused"),
        ] {
            match set(&service, &ada, changes, None).await {
                Err(Refusal::Profile(refusal)) => assert_eq!(refusal.id(), id),
                other => panic!("{id}: {other:?}"),
            }
        }
        assert_eq!(show(&service, &ada).await, before);
        assert_eq!(rows(&service).await, (0, 0));
    }

    async fn the_later_of_two_edits_is_refused_with_the_new_values(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (one, two) = (service.sign_in("ada", FIRST).await, service.sign_in("ada", FIRST).await);
        let seen = Some(show(&service, &one).await.version);
        let both = join_all([("One", &one), ("Two", &two)].map(|(name, member)| {
            ask(&service, member, ProfileRequest::Set { changes: Box::new(displayed(name)), seen })
        }))
        .await;
        let mut won = None;
        let mut told = None;
        for answer in both {
            match answer.unwrap() {
                ProfileReply::Changed(_, view) => won = Some(view),
                ProfileReply::ChangedElsewhere(view) => told = Some(view),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(told, won, "the later one sees what the earlier one made of it");
        assert_eq!(show(&service, &one).await, won.unwrap());
        assert_eq!(rows(&service).await, (1, 0));
    }

    async fn a_new_username_ends_other_sessions_and_is_reported(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (ada, elsewhere) = (service.sign_in("ada", FIRST).await, service.sign_in("ada", FIRST).await);
        let changes = Changes { name: Some("Countess".into()), ..displayed("Ada") };
        let (after, view) = set(&service, &ada, changes, None).await.unwrap();
        assert_eq!((after.name(), view.name.as_str()), ("countess", "countess"));
        assert_eq!(service.teams(&elsewhere).await, Err(Refusal::SignedOutElsewhere));
        assert!(service.teams(&after).await.is_ok());
        assert_eq!(rows(&service).await, (1, 1));
        service.work().await;
        let emails = service.emails.emails();
        assert_eq!(emails.len(), 1, "{emails:?}");
        assert!(emails[0].text.contains("ada") && emails[0].text.contains("countess"), "{}", emails[0].text);
        assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
        assert_eq!(service.sign_in("COUNTESS", FIRST).await.name(), "countess");
    }

    async fn a_name_is_one_account_s_and_stays_closed_to_others_when_given_up(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("eve").await;
        let (ada, eve) = (service.sign_in("ada", FIRST).await, service.sign_in("eve", FIRST).await);
        let taken = Refusal::Profile(ProfileRefusal::NameTaken);
        assert_eq!(rename(&service, &eve, "ADA").await.unwrap_err(), taken);
        assert_eq!(service.teams(&eve).await, Ok(0), "a no ends nothing");
        let ada = rename(&service, &ada, "countess").await.unwrap();
        assert_eq!(rename(&service, &eve, "Ada").await.unwrap_err(), taken);
        let new = doorkey::accounts::admin::NewUser { name: "ada".into(), email: "x@example.org".into(), ..Default::default() };
        service.accounts.add_user(new).await.unwrap_err();
        let ada = rename(&service, &ada, "Ada").await.unwrap();
        let ada = rename(&service, &ada, "ADA").await.unwrap();
        assert!(matches!(rename(&service, &ada, "fourth").await, Err(Refusal::TryLater(_))), "three a day");
        let fallow = "SELECT count(*) FROM released_names WHERE name_canonical = 'ada'";
        assert_eq!(service.fresh.number(fallow).await, 0, "it was taken back");
        service.later(31 * DAY);
        let eve = service.sign_in("eve", FIRST).await;
        rename(&service, &eve, "countess").await.unwrap();
    }

    async fn only_one_of_two_concurrent_renames_gets_a_name(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("eve").await;
        let (ada, eve) = (service.sign_in("ada", FIRST).await, service.sign_in("eve", FIRST).await);
        let both = join_all([rename(&service, &ada, "queen"), rename(&service, &eve, "Queen")]).await;
        assert_eq!(both.iter().filter(|it| it.is_ok()).count(), 1, "{both:?}");
        let lost = both.into_iter().find_map(Result::err).unwrap();
        assert_eq!(lost, Refusal::Profile(ProfileRefusal::NameTaken));
        assert_eq!(rows(&service).await, (0, 1));
    }

    async fn another_user_name_needs_a_fresh_proof_and_the_rest_does_not(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        service.later(5 * MINUTE + 1);
        let changes = Box::new(Changes { name: Some("queen".into()), ..Changes::default() });
        let reply = service.ask(Request::Profile(ada.clone(), ProfileRequest::Set { changes, seen: None })).await;
        assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "{reply:?}");
        set(&service, &ada, displayed("Ada"), None).await.unwrap();
        service.accounts.disable_user("ada").await.unwrap();
        assert_eq!(set(&service, &ada, displayed("x"), None).await.unwrap_err(), Refusal::SignedOutElsewhere);
        assert_eq!(ask(&service, &ada, ProfileRequest::Show).await.unwrap_err(), Refusal::SignedOutElsewhere);
    }

    async fn a_reminder_is_due_after_half_a_year_until_reviewed(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        assert!(!service.sign_in("ada", FIRST).await.is_review_due());
        service.later(180 * DAY);
        let ada = service.sign_in("ada", FIRST).await;
        assert!(ada.is_review_due());
        let view = show(&service, &ada).await;
        let stale = ask(&service, &ada, ProfileRequest::Review { seen: vec!["another".into()] }).await.unwrap();
        assert!(matches!(stale, ProfileReply::ChangedElsewhere(_)), "{stale:?}");
        assert!(service.sign_in("ada", FIRST).await.is_review_due(), "what was not looked at is not right");
        let seen = view.emails.into_iter().map(|address| address.id).collect();
        let reviewed = ask(&service, &ada, ProfileRequest::Review { seen }).await.unwrap();
        assert!(matches!(reviewed, ProfileReply::Reviewed(view) if view.emails_reviewed_at.is_some()));
        assert!(!service.sign_in("ada", FIRST).await.is_review_due());
        let rows = "SELECT count(*) FROM activity WHERE kind = 'emails-reviewed'";
        assert_eq!(service.fresh.number(rows).await, 1);
    }
}
