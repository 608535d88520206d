//! The first account: made with the setup code of a portal without accounts, once.

use doorkey::accounts::request::setup::{FirstAccount, SetupAddress, SetupGrant, SetupReply, SetupRequest};
use doorkey::accounts::request::{JoinRefusal, Refusal, Reply, Request, SignedIn};
use doorkey::accounts::{Accounts, Rules};
use doorkey::domain::secret::Secret;
use doorkey::domain::throttle::{DAY_MS, Limit};
use doorkey::domain::wait::WaitLimit;
use futures_util::future::join_all;

use super::invitations::{grant, sign_up};
use super::sign_up::want;
use super::{FIRST, MINUTE, Service, code_in, cx, patient};
use crate::engine::on_both_engines;

async fn printed_by(accounts: &Accounts) -> Option<String> {
    let code = accounts.setup_code().await.unwrap();
    code.map(|(code, _)| code.grouped().expose().to_owned())
}

async fn try_code(service: &Service, from: &str, code: &str) -> Result<SetupGrant, Refusal> {
    let request = Request::Setup(SetupRequest::Prove { code: Secret::new(code) });
    match service.accounts.handle(&cx(from), request).await {
        Reply::Setup(SetupReply::Proven(grant)) => Ok(grant),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

async fn create(
    service: &Service,
    grant: SetupGrant,
    address: SetupAddress,
    name: &str,
) -> Result<SignedIn, Refusal> {
    let (name, team, password) = (name.to_owned(), "Platform".to_owned(), Secret::new(FIRST));
    let first = Box::new(FirstAccount { grant, address, name, password, team });
    match service.ask(Request::Setup(SetupRequest::Create(first))).await {
        Reply::Setup(SetupReply::Created(member)) => Ok(member),
        Reply::Setup(SetupReply::NotCreated(_, refusal)) | Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

fn typed(name: &str) -> SetupAddress {
    SetupAddress::Vouched(format!("{name}@example.org"))
}

on_both_engines! {
    async fn whoever_types_the_setup_code_owns_the_first_team_and_nobody_uses_it_again(engine: Engine) {
        let service = Service::start(engine).await;
        let code = printed_by(&service.accounts).await.unwrap();
        let grant = try_code(&service, "192.0.2.7", &code.to_lowercase()).await.unwrap();
        let later = grant.clone();
        let ada = create(&service, grant, typed("ada"), "ada").await.unwrap();
        assert_eq!((ada.name(), service.teams(&ada).await), ("ada", Ok(1)));
        service.sign_in("ada@example.org", FIRST).await;
        let owner = "SELECT count(*) FROM memberships m JOIN teams t ON t.id = m.team
                     WHERE t.name = 'Platform' AND m.role = 'owner'";
        assert_eq!(service.fresh.number(owner).await, 1);
        let rows = "SELECT count(*) FROM activity WHERE kind IN ('portal-set-up', 'team-created') AND ip = '192.0.2.7'";
        assert_eq!(service.fresh.number(rows).await, 2);
        assert_eq!(printed_by(&service.accounts).await, None);
        assert_eq!(try_code(&service, "192.0.2.7", &code).await.unwrap_err(), Refusal::AlreadySetUp);
        assert_eq!(create(&service, later, typed("eve"), "eve").await.unwrap_err(), Refusal::AlreadySetUp);
        let status = service.ask(Request::Setup(SetupRequest::Status)).await;
        assert!(matches!(status, Reply::Refused(Refusal::AlreadySetUp)), "{status:?}");
    }

    async fn an_operator_who_adds_the_first_account_ends_the_setup_code(engine: Engine) {
        let service = Service::start(engine).await;
        let code = printed_by(&service.accounts).await.unwrap();
        let grant = try_code(&service, "192.0.2.7", &code).await.unwrap();
        service.add("ada").await;
        assert_eq!(printed_by(&service.accounts).await, None);
        // Not only while there is an account: what was printed once must not open the portal again.
        service.accounts.delete_user("ada").await.unwrap();
        assert_eq!(try_code(&service, "192.0.2.7", &code).await.unwrap_err(), Refusal::SetupCodeRefused);
        assert_eq!(create(&service, grant, typed("eve"), "eve").await.unwrap_err(), Refusal::SetupCodeRefused);
        let next = printed_by(&service.accounts).await.unwrap();
        assert_ne!(next, code);
        assert!(try_code(&service, "192.0.2.7", &next).await.is_ok());
    }

    async fn nodes_that_start_at_once_and_restarts_print_one_code_until_it_expires(engine: Engine) {
        let mut service = Service::start(engine).await;
        let nodes = [service.another().await, service.another().await, service.another().await];
        let printed = join_all(nodes.iter().map(|node| printed_by(node))).await;
        assert!(printed[0].is_some() && printed.iter().all(|code| *code == printed[0]), "{printed:?}");
        service.restart().await;
        assert_eq!(printed_by(&service.accounts).await, printed[0]);
        let code = printed[0].clone().unwrap();
        let grant = try_code(&service, "192.0.2.7", &code).await.unwrap();
        service.later(DAY_MS);
        assert_eq!(try_code(&service, "192.0.2.7", &code).await.unwrap_err(), Refusal::SetupCodeRefused);
        assert_eq!(create(&service, grant, typed("ada"), "ada").await.unwrap_err(), Refusal::SetupCodeRefused);
        service.restart().await;
        let next = printed_by(&service.accounts).await.unwrap();
        assert_ne!(next, code);
        assert!(try_code(&service, "192.0.2.7", &next).await.is_ok());
        let kept = service.fresh.number("SELECT count(*) FROM setup").await;
        assert_eq!(kept, 1);
    }

    async fn nobody_signs_up_before_the_portal_is_set_up(engine: Engine) {
        let service = Service::with(engine, Rules { sign_up: true, ..patient() }).await;
        let early = want(&service, "eve@example.org").await.unwrap_err();
        assert_eq!(early, Refusal::Join(JoinRefusal::NotSetUp));
        let code = printed_by(&service.accounts).await.unwrap();
        let grant = try_code(&service, "192.0.2.7", &code).await.unwrap();
        create(&service, grant, typed("ada"), "ada").await.unwrap();
        assert!(want(&service, "eve@example.org").await.is_ok());
    }

    async fn of_two_who_use_it_at_once_one_is_the_owner(engine: Engine) {
        let service = Service::start(engine).await;
        let code = printed_by(&service.accounts).await.unwrap();
        let one = try_code(&service, "192.0.2.7", &code).await.unwrap();
        let two = try_code(&service, "198.51.100.9", &code).await.unwrap();
        let both = join_all([
            create(&service, one, typed("ada"), "ada"),
            create(&service, two, typed("eve"), "eve"),
        ])
        .await;
        assert_eq!(both.iter().filter(|made| made.is_ok()).count(), 1, "{both:?}");
        let late = both.into_iter().find_map(Result::err);
        assert_eq!(late, Some(Refusal::AlreadySetUp));
        assert_eq!(service.fresh.number("SELECT count(*) FROM accounts").await, 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM teams").await, 1);
    }

    async fn a_source_has_few_wrong_tries_and_the_right_code_never_waits(engine: Engine) {
        let mut rules = patient();
        rules.limits.tries_per_source = Limit { count: 3, window_ms: MINUTE };
        let service = Service::with(engine, rules).await;
        let code = printed_by(&service.accounts).await.unwrap();
        let wrong = if code.starts_with('W') { code.replacen('W', "X", 1) } else { format!("W{}", &code[1..]) };
        for _ in 0..3 {
            let said = try_code(&service, "198.51.100.9", &wrong).await.unwrap_err();
            assert_eq!(said, Refusal::SetupCodeRefused);
        }
        let waits = try_code(&service, "198.51.100.9", &wrong).await.unwrap_err();
        assert!(matches!(&waits, Refusal::TryLater(wait) if wait.limit == WaitLimit::Other), "{waits:?}");
        let malformed = try_code(&service, "198.51.100.9", "WDJB-MJHT").await.unwrap_err();
        assert_eq!(malformed.id(), "code-malformed");
        assert!(try_code(&service, "198.51.100.9", &code).await.is_ok(), "the right one never waits");
    }

    async fn the_address_is_checked_with_a_code_by_mail(engine: Engine) {
        let service = Service::start(engine).await;
        let code = printed_by(&service.accounts).await.unwrap();
        let right = try_code(&service, "192.0.2.7", &code).await.unwrap();
        let code_to = |address: &str| SetupRequest::SendCode { grant: right.clone(), address: address.to_owned() };
        let bad = service.ask(Request::Setup(code_to("ada"))).await;
        assert!(matches!(&bad, Reply::Refused(refusal) if refusal.id() == "address-refused"), "{bad:?}");
        let sent = service.ask(Request::Setup(code_to("ada@example.org"))).await;
        assert!(matches!(sent, Reply::Setup(SetupReply::CodeSent(_))), "{sent:?}");
        service.work().await;
        let email = service.emails.emails().pop().unwrap();
        let proven = grant(&service, "ada@example.org", &code_in(&email)).await;
        create(&service, right, SetupAddress::Verified(proven), "ada").await.unwrap();
        let used = "SELECT count(*) FROM invitations WHERE used_at IS NOT NULL";
        assert_eq!(service.fresh.number(used).await, 1);
        service.sign_in("ada@example.org", FIRST).await;
    }

    async fn a_code_at_a_mistyped_address_lets_nobody_in(engine: Engine) {
        let service = Service::start(engine).await;
        let code = printed_by(&service.accounts).await.unwrap();
        let right = try_code(&service, "192.0.2.7", &code).await.unwrap();
        let address = "eve@example.org".to_owned();
        service.ask(Request::Setup(SetupRequest::SendCode { grant: right.clone(), address })).await;
        service.work().await;
        let email = service.emails.emails().pop().unwrap();
        let proven = grant(&service, "eve@example.org", &code_in(&email)).await;
        let (proven, refusal) = sign_up(&service, proven, "eve", FIRST).await.unwrap_err();
        assert_eq!(refusal, Refusal::Join(JoinRefusal::NotSetUp));
        create(&service, right, typed("ada"), "ada").await.unwrap();
        let (_, refusal) = sign_up(&service, proven.unwrap(), "eve", FIRST).await.unwrap_err();
        assert_eq!(refusal, Refusal::Join(JoinRefusal::TooLate));
        assert_eq!(service.fresh.number("SELECT count(*) FROM accounts").await, 1);
    }
}
