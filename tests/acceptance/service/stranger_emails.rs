//! Emails that people without an account cause: how many one mailbox gets, how many all addresses without an account
//! get, and that nobody's reset code or notification waits behind them.

use doorkey::accounts::admin::NewUser;
use doorkey::accounts::request::join::JoinRequest;
use doorkey::accounts::request::support::GuestSupportRequest;
use doorkey::accounts::request::teams::TeamsRequest;
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::accounts::{Accounts, Rules};
use doorkey::domain::secret::Secret;
use doorkey::domain::team::Role;
use doorkey::mail::transport::SentEmail;

use super::{FIRST, MINUTE, SECOND, Service, addresses, cx, patient, sign_up::want, team_members};
use crate::engine::{Engine, on_both_engines};

const HOUR: i64 = 60 * MINUTE;
/// What one mailbox gets in a day, from however many sources.
const A_DAY: usize = 20;

/// A portal where anybody can sign up, with the limits that it has by default; ada is somebody's name here.
async fn open_portal(engine: Engine) -> Service {
    let rules = Rules { sign_up: true, emails_per_minute: 1_000_000, ..Rules::default() };
    let service = Service::with(engine, rules).await;
    service.add("ada").await;
    service
}

/// Nothing but the minute limits those who sign up.
fn flooded() -> Rules {
    Rules { sign_up: true, emails_per_minute: 60, emails_per_day_without_account: 100_000, ..patient() }
}

/// The mailbox that an address reaches where suffixes and dots mean nothing.
fn mailbox(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap();
    format!("{}@{domain}", local.split('+').next().unwrap().replace('.', "").to_lowercase())
}

fn to_mailbox(emails: &[SentEmail], wanted: &str) -> usize {
    emails.iter().filter(|email| mailbox(&email.to) == wanted).count()
}

async fn request_from(accounts: &Accounts, from: &str, request: Request) {
    match accounts.handle(&cx(from), request).await {
        Reply::Refused(Refusal::TryLater(_))
        | Reply::CodeRequested(_)
        | Reply::Join(_)
        | Reply::GuestSupport(_) => {}
        other => panic!("{other:?}"),
    }
}

/// What `sources` cause in a day at ada's mailbox with all that is open to people without an account.
async fn attack_for_a_day(service: &Service, sources: usize) {
    for hour in 0..24 {
        for source in 0..sources {
            let from = format!("198.18.{}.{}", source / 250, 1 + source % 250);
            let request = |request| request_from(&service.accounts, &from, request);
            request(Request::RequestCode { name: "ada".into() }).await;
            for number in 0..4 {
                // Twenty names a day from each source.
                let address = match (hour * 4 + number) % 19 {
                    0 => "a.da@example.org".to_owned(),
                    1 => "A.D.A@example.org".to_owned(),
                    nth => format!("ada+{source}x{nth}@example.org"),
                };
                request(Request::Join(JoinRequest::Code { address })).await;
            }
            if hour < 3 {
                let (name, contact) = (format!("{source}"), format!("ada+{source}y{hour}@example.org"));
                let text = "Let me in.".to_owned();
                request(Request::GuestSupport(GuestSupportRequest::Open { name, contact, text })).await;
            }
        }
        service.work().await;
        service.later(HOUR);
    }
    service.work().await;
}

on_both_engines! {
    async fn nobody_without_an_account_causes_more_than_20_emails_a_day_to_one_mailbox(engine: Engine) {
        for sources in [1, 10] {
            let service = open_portal(engine).await;
            attack_for_a_day(&service, sources).await;
            let emails = service.emails.emails();
            let got = to_mailbox(&emails, "ada@example.org");
            assert!(got <= A_DAY, "{got} emails by {sources} sources");
            assert!(got >= 12, "only {got} emails: the attack did not run");
        }
    }

    async fn plus_addresses_and_dots_are_one_mailbox(engine: Engine) {
        let service = Service::with(engine, Rules { sign_up: true, ..patient() }).await;
        for name in ["eve", "mallory"] {
            service.add(name).await;
        }
        let team = service.accounts.add_team("Ops", "").await.unwrap().id;
        service.accounts.add_member("Ops", "eve", Role::Owner).await.unwrap();
        service.work().await;
        let before = service.emails.emails().len();
        let variants = ["alan@example.org", "al.an@example.org", "alan+1@example.org", "A.l.a.n+x+y@EXAMPLE.org"];
        // To sign up: nobody is told that there is no room.
        for address in variants {
            want(&service, address).await.unwrap();
        }
        service.work().await;
        let emails = service.emails.emails().split_off(before);
        assert_eq!(to_mailbox(&emails.iter().map(folded).collect::<Vec<_>>(), "alan@example.org"), 3);
        // Verification codes and invitations are counted apart, whoever asks for them.
        let eve = service.sign_in("eve", FIRST).await;
        let mut refused = 0;
        for address in variants {
            let invite = TeamsRequest::Invite { team: team.clone(), address: address.into() };
            refused += usize::from(matches!(team_members::ask(&service, &eve, invite).await, Err(Refusal::TryLater(_))));
        }
        assert_eq!(refused, 1, "three invitations an hour");
        addresses::add(&service, &eve, "victim@example.org").await.unwrap();
        let mallory = service.sign_in("mallory", FIRST).await;
        let again = addresses::add(&service, &mallory, "vic.tim+2@example.org").await;
        assert!(matches!(again, Err(Refusal::TryLater(_))), "one a minute: {again:?}");
        // Another mailbox has room of its own, and so has the same name elsewhere.
        addresses::add(&service, &mallory, "victims@example.org").await.unwrap();
        addresses::add(&service, &mallory, "victim@elsewhere.example").await.unwrap();
        // Only limits go by it: a variant is an address of its own.
        service.request_code("e.ve@example.org").await;
        let before = service.emails.emails().len();
        service.accounts.resolve_reset_requests().await.unwrap();
        let codes = service.fresh.number("SELECT count(*) FROM codes WHERE purpose = 'reset'").await;
        assert_eq!((codes, service.emails.emails().len()), (0, before));
    }

    async fn strangers_who_use_up_a_mailbox_do_not_keep_its_owner_from_a_code(engine: Engine) {
        let service = open_portal(engine).await;
        let home = "203.0.113.5";
        service.try_sign_in_from(home, "ada", FIRST).await.unwrap();
        attack_for_a_day(&service, 3).await;
        let before = service.emails.emails().len();
        let asked = service.accounts.handle(&cx(home), Request::RequestCode { name: "ada".into() }).await;
        assert!(matches!(asked, Reply::CodeRequested(_)), "{asked:?}");
        service.work().await;
        let emails = service.emails.emails().split_off(before);
        assert_eq!(emails.len(), 1, "the owner's code");
    }

    async fn the_daily_cap_without_account_never_holds_back_a_reset_code(engine: Engine) {
        let service = Service::with(engine, Rules { sign_up: true, ..patient() }).await;
        service.add("ada").await;
        for round in 0..2 {
            for number in 0..160 {
                want(&service, &format!("guest{round}x{number}@example.org")).await.expect("nobody is told");
            }
            service.receive_code("ada").await;
            service.later(HOUR);
        }
        let emails = service.emails.emails();
        let to_guests = emails.iter().filter(|email| email.to.starts_with("guest")).count();
        assert_eq!(to_guests, 150, "30 % of a quarter of 2,000 in six hours");
    }

    async fn an_operator_sets_how_many_emails_a_day_go_to_addresses_without_an_account(engine: Engine) {
        let rules = Rules { sign_up: true, emails_per_day_without_account: 100, ..patient() };
        let service = Service::with(engine, rules).await;
        service.add("eve").await;
        let team = service.accounts.add_team("Ops", "").await.unwrap().id;
        service.accounts.add_member("Ops", "eve", Role::Owner).await.unwrap();
        service.work().await;
        let before = service.emails.emails().len();
        for quarter in 0..4 {
            for number in 0..30 {
                // An address that has an account counts like one that has none.
                let known = if number == 0 { "eve@example.org".into() } else { format!("g{quarter}x{number}@example.org") };
                want(&service, &known).await.expect("nobody is told");
            }
            // What strangers use up is not what members send.
            let eve = service.sign_in("eve", FIRST).await;
            addresses::add(&service, &eve, &format!("eve{quarter}@example.org")).await.unwrap();
            let address = format!("invited{quarter}@example.org");
            let invite = TeamsRequest::Invite { team: team.clone(), address };
            team_members::ask(&service, &eve, invite).await.unwrap();
            service.work().await;
            let sent = service.emails.emails().len() - before;
            assert_eq!(sent, (quarter + 1) * (7 + 1 + 1), "30 % of a quarter of 100, and eve's");
            service.later(6 * HOUR);
        }
    }

    async fn a_flood_of_wrong_passwords_is_told_a_few_times_and_kept_in_the_activity(engine: Engine) {
        let service = Service::start(engine).await;
        for number in 0..6 {
            let new = NewUser {
                name: format!("ada{number}"),
                email: format!("ada+{number}@example.org"),
                password: Some(Secret::new(FIRST)),
                ..NewUser::default()
            };
            service.accounts.add_user(new).await.unwrap();
            let _ = service.try_sign_in_from("198.51.100.1", &format!("ada{number}"), SECOND).await;
        }
        service.fresh.execute_sql("UPDATE throttles SET fails = 99, next_at = 0 WHERE subject IS NOT NULL").await.unwrap();
        for number in 0..6 {
            service.later(MINUTE);
            let _ = service.try_sign_in_from("198.51.100.1", &format!("ada{number}"), SECOND).await;
        }
        service.work().await;
        assert_eq!(to_mailbox(&service.emails.emails(), "ada@example.org"), 2);
        let locked = "SELECT count(*) FROM activity WHERE kind = 'password-locked'";
        assert_eq!(service.fresh.number(locked).await, 6);
    }

    async fn support_hears_of_a_flood_of_cases_five_times_and_again_after_six_hours(engine: Engine) {
        let service = Service::start(engine).await;
        let mut open = 0;
        let mut wave = async |count: usize| {
            for _ in 0..count {
                open += 1;
                let from = format!("{}.51.100.1", 20 + open);
                let (name, contact) = (format!("guest{open}"), format!("guest{open}@example.org"));
                let text = "Let me in.".to_owned();
                let ask = Request::GuestSupport(GuestSupportRequest::Open { name, contact, text });
                let reply = service.accounts.handle(&cx(&from), ask).await;
                assert!(matches!(reply, Reply::GuestSupport(_)), "{reply:?}");
            }
            service.work().await;
            let emails = service.emails.emails();
            emails.into_iter().filter(|email| email.to == "support@acme.example").collect::<Vec<_>>()
        };
        let told = wave(12).await;
        assert_eq!(told.len(), 5);
        let says_so = |email: &SentEmail| email.text.contains("you get no more emails about guests");
        assert_eq!(told.iter().filter(|email| says_so(email)).count(), 1, "{}", told[4].text);
        service.later(6 * HOUR);
        assert_eq!(wave(1).await.len(), 6);
    }

    async fn a_reset_code_leaves_within_ten_seconds_while_sign_ups_flood(engine: Engine) {
        let service = Service::with(engine, flooded()).await;
        service.add("ada").await;
        for minute in 0..3 {
            for number in 0..100 {
                want(&service, &format!("guest{minute}x{number}@example.org")).await.unwrap();
            }
            service.work().await;
            // Now the minute is used up, for those who sign up.
            service.request_code("ada").await;
            service.later(10_000);
            service.work().await;
            let emails = service.emails.emails();
            let codes = emails.iter().filter(|email| email.to == "ada@example.org").count();
            assert_eq!(codes, minute + 1, "ada's code has left");
            service.later(50_000);
        }
    }

    async fn a_code_asked_for_at_a_known_place_leaves_beside_a_flood_of_other_reset_codes(engine: Engine) {
        let service = Service::with(engine, flooded()).await;
        let home = "203.0.113.5";
        for number in 0..70 {
            service.add(&format!("user{number}")).await;
        }
        service.add("ada").await;
        service.try_sign_in_from(home, "ada", FIRST).await.unwrap();
        for number in 0..70 {
            service.request_code(&format!("user{number}")).await;
        }
        service.work().await;
        let asked = service.accounts.handle(&cx(home), Request::RequestCode { name: "ada".into() }).await;
        assert!(matches!(asked, Reply::CodeRequested(_)), "{asked:?}");
        service.later(10_000);
        service.work().await;
        let emails = service.emails.emails();
        assert_eq!(emails.iter().filter(|email| email.to == "ada@example.org").count(), 1, "the owner's code");
    }

    async fn notifications_leave_while_sign_ups_flood(engine: Engine) {
        let service = Service::with(engine, flooded()).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        for number in 0..200 {
            want(&service, &format!("guest{number}@example.org")).await.unwrap();
        }
        service.work().await;
        service.change(&ada, FIRST, SECOND).await.unwrap();
        service.later(10_000);
        service.work().await;
        let emails = service.emails.emails();
        assert_eq!(emails.iter().filter(|email| email.to == "ada@example.org").count(), 1, "the news of the change");
        // And those who sign up get theirs, too.
        for _ in 0..20 {
            service.later(MINUTE);
            service.work().await;
        }
        assert_eq!(service.emails.emails().len(), 201);
    }
}

fn folded(email: &SentEmail) -> SentEmail {
    SentEmail { to: email.to.to_lowercase(), ..email.clone() }
}

/// Prints the table of `tests/hostile/emails`, which runs it: `cargo test --test acceptance two_hundred -- --ignored
/// --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn two_hundred_and_fifty_sources_cause_no_more_emails_to_one_mailbox_than_one_does() {
    let mut most = 0;
    for sources in [1, 10, 250] {
        let service = open_portal(Engine::Sqlite).await;
        attack_for_a_day(&service, sources).await;
        let emails = service.emails.emails();
        let to = to_mailbox(&emails, "ada@example.org");
        let desk = to_mailbox(&emails, "support@acme.example");
        println!("TABLE {sources} {to} {desk} {}", emails.len());
        most = most.max(to).max(desk);
    }
    assert!(most <= A_DAY, "{most}");
}
