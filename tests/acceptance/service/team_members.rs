//! Teams and their members: what only owners can do, and that one owner always remains.

use doorkey::accounts::Rules;
use doorkey::accounts::request::teams::{TeamChange, TeamEdit, TeamsReply, TeamsRequest};
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn, TeamDetail, TeamRefusal};
use doorkey::domain::team::{Role, TeamInfoRefusal, TeamNameRefusal};
use doorkey::domain::throttle::{TEAMS_CREATED_PER_ACCOUNT, TEAMS_PER_OWNER};
use futures_util::future::join_all;

use super::{FIRST, MINUTE, SECOND, START, Service, patient};
use crate::engine::{Engine, on_both_engines};

/// ada and grace own Ops, linus is an ordinary member, alan is in no team.
async fn ops(engine: Engine) -> (Service, String) {
    let service = Service::start(engine).await;
    for name in ["ada", "grace", "linus", "alan"] {
        service.add(name).await;
    }
    let team = service.accounts.add_team("Ops", "Keeps things running").await.unwrap();
    for (user, role) in [("ada", Role::Owner), ("grace", Role::Owner), ("linus", Role::Member)] {
        service.accounts.add_member("Ops", user, role).await.unwrap();
    }
    service.work().await;
    (service, team.id)
}

pub(super) async fn ask(
    service: &Service,
    member: &SignedIn,
    ask: TeamsRequest,
) -> Result<TeamsReply, Refusal> {
    match service.ask(Request::Teams(member.clone(), ask)).await {
        Reply::Teams(answer) => Ok(answer),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

async fn change(service: &Service, member: &SignedIn, mode: TeamsRequest) -> Result<TeamDetail, Refusal> {
    match ask(service, member, mode).await? {
        TeamsReply::Changed(_, view) => Ok(*view),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn open(service: &Service, member: &SignedIn, team: &str) -> TeamDetail {
    match ask(service, member, TeamsRequest::Open { team: team.into() }).await.unwrap() {
        TeamsReply::Team(view) => *view,
        other => panic!("{other:?}"),
    }
}

pub(super) fn set_role(team: &str, who: &str, role: Role) -> TeamsRequest {
    TeamsRequest::SetRole { team: team.into(), who: who.into(), role }
}

fn remove(team: &str, who: &str) -> TeamsRequest {
    TeamsRequest::Remove { team: team.into(), who: who.into() }
}

pub(super) fn leave(team: &str) -> TeamsRequest {
    TeamsRequest::Leave { team: team.into() }
}

pub(super) fn edit(seen: &TeamDetail, description: &str, links: &[&str]) -> TeamsRequest {
    let edit = TeamEdit {
        seen: seen.info.clone(),
        description: description.into(),
        links: links.iter().map(ToString::to_string).collect(),
    };
    TeamsRequest::Edit { team: seen.id.clone(), edit: Box::new(edit) }
}

fn no(refusal: TeamRefusal) -> Refusal {
    Refusal::Team(refusal)
}

const OWNERS: &str = "SELECT count(*) FROM memberships WHERE role = 'owner'";

async fn create(service: &Service, member: &SignedIn, name: &str) -> Result<TeamDetail, Refusal> {
    match ask(service, member, TeamsRequest::Create { name: name.into() }).await? {
        TeamsReply::Created(view) => Ok(*view),
        other => panic!("{other:?}"),
    }
}

on_both_engines! {
    async fn whoever_creates_a_team_is_its_owner(engine: Engine) {
        let (service, _) = ops(engine).await;
        let alan = service.sign_in("alan", FIRST).await;
        let team = create(&service, &alan, " Night watch ").await.unwrap();
        assert_eq!((team.name.as_str(), team.role.as_str(), team.members.len()), ("Night watch", "owner", 1));
        assert_eq!(service.teams(&alan).await, Ok(1));
        for taken in ["night watch", "ops", "Ｏｐｓ"] {
            assert_eq!(create(&service, &alan, taken).await.unwrap_err(), no(TeamRefusal::NameTaken), "{taken}");
        }
        for (name, why) in [(" ", TeamNameRefusal::Empty), ("a\u{202e}b", TeamNameRefusal::Text)] {
            assert_eq!(create(&service, &alan, name).await.unwrap_err(), no(TeamRefusal::Name(why)));
        }
        service.work().await;
        let told = service.emails.emails();
        assert!(told.iter().all(|email| !email.text.contains("Night watch")), "it was alan who did it");
        // Operators see it like any other.
        assert!(service.accounts.list_all_teams().await.unwrap().iter().any(|team| team.name == "Night watch"));
    }

    async fn nobody_creates_more_teams_than_a_person_needs(engine: Engine) {
        let (service, _) = ops(engine).await;
        let mut alan = service.sign_in("alan", FIRST).await;
        let mut owned = 0;
        while owned < TEAMS_PER_OWNER {
            for _ in 0..TEAMS_CREATED_PER_ACCOUNT[0].count {
                create(&service, &alan, &format!("Team {owned}")).await.unwrap();
                owned += 1;
            }
            if owned < TEAMS_PER_OWNER {
                let later = create(&service, &alan, "One more").await.unwrap_err();
                assert!(matches!(later, Refusal::TryLater(_)), "{later:?}");
                service.later(TEAMS_CREATED_PER_ACCOUNT[0].window_ms);
                alan = service.sign_in("alan", FIRST).await;
            }
        }
        assert_eq!(create(&service, &alan, "One more").await.unwrap_err(), no(TeamRefusal::TooManyTeams));
        // Somebody else has a limit of their own.
        let linus = service.sign_in("linus", FIRST).await;
        create(&service, &linus, "One more").await.unwrap();
    }

    async fn where_operators_create_teams_members_do_not(engine: Engine) {
        let service = Service::with(engine, Rules { members_create_teams: false, ..patient() }).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        assert_eq!(create(&service, &ada, "Mine").await.unwrap_err(), no(TeamRefusal::CreationOff));
        assert_eq!(service.teams(&ada).await, Ok(0));
    }

    async fn the_list_shows_when_a_team_was_last_opened(engine: Engine) {
        let (service, team) = ops(engine).await;
        let ada = service.sign_in("ada", FIRST).await;
        let last = || async {
            let Ok(TeamsReply::List(teams)) = ask(&service, &ada, TeamsRequest::List).await else { panic!() };
            teams[0].last_opened_at
        };
        assert_eq!(last().await, None);
        assert_eq!(open(&service, &ada, &team).await.last_opened_at, None);
        assert_eq!(last().await, Some(START));
        service.later(MINUTE);
        assert_eq!(open(&service, &ada, &team).await.last_opened_at, Some(START));
        assert_eq!(last().await, Some(START.plus_ms(MINUTE)));
    }

    async fn one_of_two_owners_who_demote_each_other_at_once_remains(engine: Engine) {
        let (service, team) = ops(engine).await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        for round in 0..8 {
            let both = join_all([
                change(&service, &ada, set_role(&team, "grace", Role::Member)),
                change(&service, &grace, set_role(&team, "ada", Role::Member)),
            ])
            .await;
            assert_eq!(both.iter().filter(|done| done.is_ok()).count(), 1, "round {round}: {both:?}");
            assert!(both.contains(&Err(no(TeamRefusal::NotOwner))), "round {round}: {both:?}");
            assert_eq!(service.fresh.number(OWNERS).await, 1);
            for who in ["ada", "grace"] {
                service.accounts.add_member("Ops", who, Role::Owner).await.unwrap();
            }
        }
    }

    async fn one_of_two_owners_who_leave_at_once_remains(engine: Engine) {
        let (service, team) = ops(engine).await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let both = join_all([ask(&service, &ada, leave(&team)), ask(&service, &grace, leave(&team))]).await;
        let refused: Vec<_> = both.into_iter().filter_map(Result::err).collect();
        assert_eq!(refused, [no(TeamRefusal::LastOwner)]);
        assert_eq!(service.fresh.number(OWNERS).await, 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'team-left'").await, 1);
    }

    async fn the_last_owner_stays_whichever_way_is_tried(engine: Engine) {
        let (service, team) = ops(engine).await;
        let ada = service.sign_in("ada", FIRST).await;
        change(&service, &ada, set_role(&team, "grace", Role::Member)).await.unwrap();
        for way in [leave(&team), set_role(&team, "ada", Role::Member), remove(&team, "ada")] {
            assert_eq!(ask(&service, &ada, way).await.unwrap_err(), no(TeamRefusal::LastOwner));
        }
        change(&service, &ada, set_role(&team, "LINUS", Role::Owner)).await.unwrap();
        assert!(matches!(ask(&service, &ada, leave(&team)).await, Ok(TeamsReply::Left(left)) if left.name == "Ops"));
        assert_eq!(ask(&service, &ada, leave(&team)).await.unwrap_err(), Refusal::NotFound);
    }

    async fn only_owners_act_and_only_in_their_team(engine: Engine) {
        let (service, team) = ops(engine).await;
        let other = service.accounts.add_team("Other", "").await.unwrap().id;
        service.accounts.add_member("Other", "alan", Role::Owner).await.unwrap();
        let (linus, alan) = (service.sign_in("linus", FIRST).await, service.sign_in("alan", FIRST).await);
        let seen = open(&service, &linus, &team).await;
        assert!(seen.invitations.is_empty());
        let ways = || {
            [
                set_role(&team, "linus", Role::Owner),
                remove(&team, "ada"),
                edit(&seen, "mine", &[]),
                TeamsRequest::Invite { team: team.clone(), address: "eve@example.org".into() },
                TeamsRequest::Withdraw { team: team.clone(), invitation: "any".into() },
            ]
        };
        for way in ways() {
            assert_eq!(ask(&service, &linus, way).await.unwrap_err(), no(TeamRefusal::NotOwner));
        }
        for way in ways() {
            assert_eq!(ask(&service, &alan, way).await.unwrap_err(), Refusal::NotFound, "not in the team");
        }
        assert_eq!(ask(&service, &alan, remove(&other, "ada")).await.unwrap_err(), Refusal::NotFound);
        assert_eq!(service.fresh.number("SELECT count(*) FROM memberships").await, 4);
        let nothing = "SELECT count(*) FROM activity WHERE kind LIKE 'team-%' AND client <> 'operator'";
        assert_eq!(service.fresh.number(nothing).await, 0);
    }

    async fn a_stale_session_can_do_nothing(engine: Engine) {
        let (service, team) = ops(engine).await;
        let before = service.sign_in("ada", FIRST).await;
        service.change(&before, FIRST, SECOND).await.unwrap();
        let invite = TeamsRequest::Invite { team: team.clone(), address: "eve@example.org".into() };
        let ways = [leave(&team), remove(&team, "linus"), invite, set_role(&team, "linus", Role::Owner), TeamsRequest::List];
        for way in ways {
            assert_eq!(ask(&service, &before, way).await.unwrap_err(), Refusal::SignedOutElsewhere);
        }
        assert_eq!(service.fresh.number("SELECT count(*) FROM memberships").await, 3);
    }

    async fn what_happens_to_a_member_is_one_row_and_one_email_of_theirs(engine: Engine) {
        let (service, team) = ops(engine).await;
        let ada = service.sign_in("ada", FIRST).await;
        let before = service.emails.emails().len();
        change(&service, &ada, set_role(&team, "linus", Role::Owner)).await.unwrap();
        // Asking for what is so already changes nothing and tells nobody.
        change(&service, &ada, set_role(&team, "linus", Role::Owner)).await.unwrap();
        change(&service, &ada, remove(&team, "linus")).await.unwrap();
        service.work().await;
        let emails = &service.emails.emails()[before..];
        assert!(emails.iter().all(|email| email.to == "linus@example.org"), "{emails:?}");
        assert_eq!(emails.len(), 2);
        for words in ["Team:   Ops (owner)", "is no longer in this team"] {
            assert_eq!(emails.iter().filter(|email| email.text.contains(words)).count(), 1, "{words}");
        }
        // From where an owner acts is not told to the members.
        assert!(!emails.iter().any(|email| email.text.contains("192.0.2.7") || email.html.contains("192.0.2.7")));
        let rows = "SELECT count(*) FROM activity a JOIN accounts c ON c.id = a.account AND c.name = 'linus'
                    WHERE a.kind IN ('team-role-changed', 'team-left') AND a.ip = ''";
        assert_eq!(service.fresh.number(rows).await, 2);
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind LIKE 'team-%' AND client <> 'operator'").await, 2);
    }

    async fn leaving_is_one_row_and_one_email(engine: Engine) {
        let (service, team) = ops(engine).await;
        let linus = service.sign_in("linus", FIRST).await;
        let before = service.emails.emails().len();
        ask(&service, &linus, leave(&team)).await.unwrap();
        service.work().await;
        let emails = &service.emails.emails()[before..];
        assert_eq!((emails.len(), emails[0].to.as_str()), (1, "linus@example.org"));
        assert!(emails[0].text.contains("Team:   Ops") && emails[0].text.contains("From:   192.0.2.7"));
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind LIKE 'team-%' AND client <> 'operator'").await, 1);
    }

    async fn the_later_of_two_edits_sees_what_changed_and_overwrites_nothing(engine: Engine) {
        let (service, team) = ops(engine).await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        let seen = open(&service, &ada, &team).await;
        let link = "https://wiki.acme.example/ops";
        let first = change(&service, &ada, edit(&seen, "Ada's words", &[link, " "])).await.unwrap();
        assert_eq!((first.info.description.as_str(), &first.info.links[..]), ("Ada's words", &[link.to_owned()][..]));
        let Ok(TeamsReply::ChangedMeanwhile(now)) = ask(&service, &grace, edit(&seen, "Grace's words", &[])).await
        else {
            panic!("it must not overwrite")
        };
        assert_eq!(now.info, first.info);
        assert_eq!(open(&service, &grace, &team).await.info, first.info);
        let last = change(&service, &grace, edit(&now, "Grace's words", &[])).await.unwrap();
        assert_eq!((last.info.description.as_str(), last.info.links.len()), ("Grace's words", 0));
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'team-changed'").await, 2);
        // Two at once: one is told.
        let both = join_all([
            ask(&service, &ada, edit(&last, "one", &[])),
            ask(&service, &grace, edit(&last, "two", &[])),
        ])
        .await;
        let told = both.iter().filter(|answer| matches!(answer, Ok(TeamsReply::ChangedMeanwhile(_)))).count();
        let done = both.iter().filter(|answer| matches!(answer, Ok(TeamsReply::Changed(TeamChange::Edited, _)))).count();
        assert_eq!((told, done), (1, 1), "{both:?}");
    }

    async fn what_could_trick_a_terminal_or_a_reader_is_refused(engine: Engine) {
        let (service, team) = ops(engine).await;
        let ada = service.sign_in("ada", FIRST).await;
        let seen = open(&service, &ada, &team).await;
        for (description, link, refusal) in [
            ("a\u{1b}[2J", "", TeamInfoRefusal::Description),
            ("a\u{202e}b", "", TeamInfoRefusal::Description),
            ("a", "javascript:alert(1)", TeamInfoRefusal::Link),
            ("a", "https://acme.example@evil.example", TeamInfoRefusal::Link),
        ] {
            let said = ask(&service, &ada, edit(&seen, description, &[link])).await;
            assert_eq!(said.unwrap_err(), no(TeamRefusal::TeamInfo(refusal)));
        }
        assert_eq!(open(&service, &ada, &team).await.info, seen.info);
    }
    async fn an_owner_switches_a_member_s_role_twenty_times_a_day_and_uses_up_no_other_s(engine: Engine) {
        let (service, team) = ops(engine).await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        for _ in 0..10 {
            for role in [Role::Owner, Role::Member] {
                change(&service, &ada, set_role(&team, "linus", role)).await.unwrap();
            }
        }
        let once_more = change(&service, &ada, set_role(&team, "linus", Role::Owner)).await;
        assert!(matches!(once_more, Err(Refusal::TryLater(_))), "{once_more:?}");
        // What changes nothing is none, and neither is another owner's or another member's.
        change(&service, &ada, set_role(&team, "linus", Role::Member)).await.unwrap();
        change(&service, &grace, set_role(&team, "linus", Role::Owner)).await.unwrap();
        change(&service, &ada, set_role(&team, "grace", Role::Member)).await.unwrap();
    }
}
