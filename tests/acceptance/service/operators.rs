//! Operator commands for accounts and teams.

use doorkey::accounts::Rules;
use doorkey::accounts::admin::{AdminError, NewUser};
use doorkey::accounts::request::teams::{TeamsReply, TeamsRequest};
use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::name::NamePolicy;
use doorkey::domain::secret::Secret;
use doorkey::domain::team::Role;
use doorkey::mail::transport::SentEmail;

use super::{FIRST, Service, patient};
use crate::engine::on_both_engines;

fn new(name: &str, email: &str) -> NewUser {
    NewUser { name: name.into(), email: email.into(), ..NewUser::default() }
}

on_both_engines! {
    async fn a_name_and_an_address_are_unique_in_every_spelling(engine: Engine) {
        let names = NamePolicy { unicode: true, ..NamePolicy::default() };
        let service = Service::with(engine, Rules { names, ..patient() }).await;
        service.accounts.add_user(new("Zoë", "zoe@example.org")).await.unwrap();
        for same in ["zoë", "ZOË", "Zoe\u{308}", "Ｚoë"] {
            let denied = service.accounts.add_user(new(same, "other@example.org")).await.unwrap_err();
            assert!(matches!(denied, AdminError::NameTaken(_)), "{same}: {denied}");
        }
        for same in ["ZOE@example.org", "zoe@EXAMPLE.ORG", "ｚｏｅ@example.org"] {
            let denied = service.accounts.add_user(new("other", same)).await.unwrap_err();
            assert!(matches!(denied, AdminError::EmailTaken(_)), "{same}: {denied}");
        }
        assert_eq!(service.accounts.count_users().await.unwrap(), 1);
    }

    async fn only_one_of_many_concurrent_adds_creates_an_account(engine: Engine) {
        let service = Service::start(engine).await;
        let adds = (0..16).map(|number| service.accounts.add_user(new("ada", &format!("a{number}@example.org"))));
        let added = futures_util::future::join_all(adds).await;
        assert_eq!(added.iter().filter(|done| done.is_ok()).count(), 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM email_addresses").await, 1);
    }

    async fn what_is_wrong_with_a_new_account_is_said(engine: Engine) {
        let service = Service::start(engine).await;
        let weak = NewUser { password: Some(Secret::new("short")), ..new("ada", "ada@example.org") };
        assert!(matches!(service.accounts.add_user(weak).await.unwrap_err(), AdminError::Password(_)));
        assert!(matches!(service.accounts.add_user(new("a b", "a@example.org")).await.unwrap_err(), AdminError::Name(..)));
        assert!(matches!(service.accounts.add_user(new("ada", "a b")).await.unwrap_err(), AdminError::Address(..)));
        let tricky = NewUser { display_name: "Ada\u{202e}".into(), ..new("ada", "ada@example.org") };
        assert!(matches!(service.accounts.add_user(tricky).await.unwrap_err(), AdminError::Text(_)));
        assert_eq!(service.accounts.count_users().await.unwrap(), 0);
    }

    async fn an_account_without_a_password_gets_its_first_one_by_mail(engine: Engine) {
        let service = Service::start(engine).await;
        let user = service.accounts.add_user(new("ada", "ada@example.org")).await.unwrap();
        assert!(!user.has_password);
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        service.set(grant, FIRST).await.unwrap();
        let user = service.accounts.show_user("ADA@example.org").await.unwrap();
        assert!(user.has_password && user.password_changed_at.is_some());
    }

    async fn disabling_ends_sessions_and_twice_is_said(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let member = service.sign_in("ada", FIRST).await;
        service.accounts.disable_user("ada").await.unwrap();
        assert_eq!(service.teams(&member).await, Err(Refusal::SignedOutElsewhere));
        assert!(matches!(service.accounts.disable_user("ada").await.unwrap_err(), AdminError::AlreadyDisabled(_)));
        service.accounts.enable_user("ada").await.unwrap();
        assert!(matches!(service.accounts.enable_user("ada").await.unwrap_err(), AdminError::NotDisabled(_)));
        assert_eq!(service.teams(&member).await, Err(Refusal::SignedOutElsewhere), "the old proof stays void");
        assert!(matches!(service.accounts.disable_user("nobody").await.unwrap_err(), AdminError::NoUser(_)));
    }

    async fn a_team_keeps_its_last_owner(engine: Engine) {
        let service = Service::start(engine).await;
        let accounts = &service.accounts;
        service.add("ada").await;
        service.add("grace").await;
        accounts.add_team("Operations", "Keeps things running").await.unwrap();
        assert!(matches!(accounts.add_team(" OPERATIONS", "").await.unwrap_err(), AdminError::TeamTaken(_)));
        accounts.add_member("operations", "ada", Role::Owner).await.unwrap();
        accounts.add_member("operations", "grace", Role::Member).await.unwrap();
        assert!(matches!(accounts.remove_member("operations", "ada").await.unwrap_err(), AdminError::LastOwner(_)));
        let demoted = accounts.add_member("operations", "ada", Role::Member).await;
        assert!(matches!(demoted.unwrap_err(), AdminError::LastOwner(_)));
        accounts.add_member("operations", "grace", Role::Owner).await.unwrap();
        // Both owners go at the same moment: one of them stays.
        let (one, two) = tokio::join!(
            accounts.remove_member("operations", "ada"),
            accounts.remove_member("operations", "grace"),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let owners = "SELECT count(*) FROM memberships WHERE role = 'owner'";
        assert_eq!(service.fresh.number(owners).await, 1);
        let gone = if one.is_ok() { "ada" } else { "grace" };
        assert!(matches!(accounts.remove_member("operations", gone).await.unwrap_err(), AdminError::NotMember(_)));
        assert!(matches!(accounts.add_member("no team", "ada", Role::Owner).await.unwrap_err(), AdminError::NoTeam(_)));
    }

    async fn what_an_operator_does_to_a_member_is_one_row_and_one_email(engine: Engine) {
        let service = Service::start(engine).await;
        let accounts = &service.accounts;
        service.add("ada").await;
        service.add("grace").await;
        accounts.add_team("Ops", "").await.unwrap();
        accounts.add_member("Ops", "grace", Role::Owner).await.unwrap();
        accounts.add_member("Ops", "ada", Role::Member).await.unwrap();
        // What is so already is no news.
        accounts.add_member("Ops", "ada", Role::Member).await.unwrap();
        accounts.add_member("Ops", "ada", Role::Owner).await.unwrap();
        accounts.remove_member("Ops", "ada").await.unwrap();
        accounts.remove_member("Ops", "grace").await.unwrap_err();
        service.work().await;
        let rows = "SELECT count(*) FROM activity a JOIN accounts c ON c.id = a.account AND c.name = 'ada'
                    WHERE a.kind IN ('team-joined', 'team-role-changed', 'team-left')
                      AND a.client = 'operator' AND a.ip = ''";
        assert_eq!(service.fresh.number(rows).await, 3);
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind LIKE 'team-%'").await, 4);
        let emails = service.emails.emails();
        assert_eq!(emails.len(), 4, "{emails:?}");
        for words in ["was added to a team", "Team:   Ops (owner)", "is no longer in this team"] {
            let told = |email: &&SentEmail| email.to == "ada@example.org" && email.text.contains(words);
            let email = emails.iter().find(told).unwrap_or_else(|| panic!("{words}: {emails:?}"));
            assert!(email.text.contains("From:   the operator"), "{}", email.text);
            assert!(email.text.contains("Client: operator"), "{}", email.text);
        }
    }

    async fn members_see_only_their_own_teams(engine: Engine) {
        let service = Service::start(engine).await;
        let accounts = &service.accounts;
        for name in ["ada", "grace", "linus"] {
            service.add(name).await;
        }
        let ops = accounts.add_team("Ops", "Keeps things running").await.unwrap();
        accounts.add_team("compilers", "").await.unwrap();
        for (team, user, role) in
            [("ops", "ada", Role::Owner), ("ops", "grace", Role::Member), ("compilers", "ada", Role::Member)]
        {
            accounts.add_member(team, user, role).await.unwrap();
        }
        let ada = service.sign_in("ada", FIRST).await;
        let list = Request::Teams(ada.clone(), TeamsRequest::List);
        let Reply::Teams(TeamsReply::List(teams)) = service.ask(list).await else { panic!() };
        let seen: Vec<_> = teams.iter().map(|team| (team.name.as_str(), team.role.as_str(), team.members)).collect();
        assert_eq!(seen, [("compilers", "member", 1), ("Ops", "owner", 2)]);
        let open = Request::Teams(ada, TeamsRequest::Open { team: ops.id.clone() });
        let Reply::Teams(TeamsReply::Team(view)) = service.ask(open).await else { panic!() };
        assert_eq!((view.info.description.as_str(), view.role.as_str()), ("Keeps things running", "owner"));
        let members: Vec<_> = view.members.iter().map(|m| (m.name.as_str(), m.role.as_str())).collect();
        assert_eq!(members, [("ada", "owner"), ("grace", "member")]);
        let linus = service.sign_in("linus", FIRST).await;
        let peek = Request::Teams(linus.clone(), TeamsRequest::Open { team: ops.id });
        assert!(matches!(service.ask(peek).await, Reply::Refused(Refusal::NotFound)));
        let guess = Request::Teams(linus, TeamsRequest::Open { team: "' OR 1=1 --".into() });
        assert!(matches!(service.ask(guess).await, Reply::Refused(Refusal::NotFound)));
    }
}
