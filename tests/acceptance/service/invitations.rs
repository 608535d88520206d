//! Team invitations: what the email contains, what its code allows, and what an attacker or a curious
//! owner cannot learn or do.

use doorkey::accounts::request::join::{JoinReply, JoinRequest};
use doorkey::accounts::request::teams::{TeamChange, TeamsReply, TeamsRequest};
use doorkey::accounts::request::{JoinGrant, JoinRefusal, Refusal, Reply, Request, SignedIn, TeamRefusal};
use doorkey::domain::email::EmailRefusal;
use doorkey::domain::input::CodeForm;
use doorkey::domain::invitation::Invitation;
use doorkey::domain::name::NameRefusal;
use doorkey::domain::password::PasswordRefusal;
use doorkey::domain::secret::Secret;
use doorkey::domain::team::Role;
use doorkey::domain::wait::Wait;
use doorkey::mail::transport::SentEmail;
use futures_util::future::join_all;

use super::team_members::ask;
use super::{FIRST, MINUTE, SECOND, Service, code_in, cx, wrong};
use crate::engine::{Engine, on_both_engines};

const HOUR: i64 = 60 * MINUTE;

/// ada owns Ops; grace has an account and is in no team.
pub(super) struct Ops {
    pub(super) service: Service,
    team: String,
    ada: SignedIn,
}

pub(super) async fn ops(engine: Engine) -> Ops {
    let service = Service::start(engine).await;
    service.add("ada").await;
    service.add("grace").await;
    let team = service.accounts.add_team("Ops", "").await.unwrap().id;
    service.accounts.add_member("Ops", "ada", Role::Owner).await.unwrap();
    service.work().await;
    let ada = service.sign_in("ada", FIRST).await;
    Ops { service, team, ada }
}

impl Ops {
    async fn invite(&self, address: &str) -> Result<Invitation, Refusal> {
        let mode = TeamsRequest::Invite { team: self.team.clone(), address: address.into() };
        match ask(&self.service, &self.ada, mode).await? {
            TeamsReply::Changed(TeamChange::Invited(invitation), _) => Ok(invitation),
            other => panic!("{other:?}"),
        }
    }

    /// Invites, and reads the code from the email as the invited one would.
    pub(super) async fn code_for(&self, address: &str) -> String {
        self.invite(address).await.unwrap();
        self.service.work().await;
        let emails = self.service.emails.emails();
        code_in(emails.iter().rev().find(|email| email.to == address).unwrap())
    }

    /// How many invitations an owner sees.
    pub(super) async fn open_invitations(&self) -> usize {
        super::team_members::open(&self.service, &self.ada, &self.team).await.invitations.len()
    }

    async fn withdraw(&self, invitation: &str) -> Result<(), Refusal> {
        let mode = TeamsRequest::Withdraw { team: self.team.clone(), invitation: invitation.into() };
        ask(&self.service, &self.ada, mode).await.map(|_| ())
    }

    async fn members(&self) -> i64 {
        self.service.fresh.number("SELECT count(*) FROM memberships").await
    }
}

pub(super) async fn prove(service: &Service, address: &str, code: &str) -> Result<JoinReply, Refusal> {
    match service
        .ask(Request::Join(JoinRequest::Prove { address: address.into(), code: Secret::new(code) }))
        .await
    {
        Reply::Join(answer) => Ok(answer),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn grant(service: &Service, address: &str, code: &str) -> JoinGrant {
    match prove(service, address, code).await.unwrap() {
        JoinReply::Proven(grant) => grant,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn sign_up(
    service: &Service,
    grant: JoinGrant,
    name: &str,
    password: &str,
) -> Result<SignedIn, (Option<JoinGrant>, Refusal)> {
    let (name, display_name, password) = (name.into(), "Alan Turing".into(), Secret::new(password));
    match service.ask(Request::Join(JoinRequest::SignUp { grant, name, display_name, password })).await {
        Reply::Join(JoinReply::SignedUp(member)) => Ok(member),
        Reply::Join(JoinReply::NotSignedUp(grant, refusal)) => Err((grant, refusal)),
        other => panic!("{other:?}"),
    }
}

on_both_engines! {
    async fn a_new_user_creates_an_account_and_joins_the_team(engine: Engine) {
        let ops = ops(engine).await;
        let service = &ops.service;
        let code = ops.code_for("alan@example.org").await;
        let email = service.emails.emails().pop().unwrap();
        assert!(email.text.contains("valid for 72 hours") && email.text.contains("join the team Ops"), "{}", email.text);
        // Anybody can choose a name that reads like a host; emails carry nobody's words.
        assert!(!email.text.contains("ada") && !email.html.contains("ada"), "{}", email.text);
        let grant = grant(service, " ALAN@example.org ", &code.to_lowercase()).await;
        let said = (grant.address(), grant.team(), grant.by());
        assert_eq!(said, ("alan@example.org", Some("Ops"), Some("ada")));
        let alan = sign_up(service, grant, "Alan", SECOND).await.unwrap();
        assert_eq!(service.teams(&alan).await, Ok(1));
        assert_eq!(service.sign_in("alan@example.org", SECOND).await.name(), "alan", "in lower case");
        let view = service.accounts.show_user("alan").await.unwrap();
        assert_eq!((view.emails[0].address.as_str(), view.display_name.as_str()), ("alan@example.org", "Alan Turing"));
        let mine = "SELECT count(*) FROM activity a JOIN accounts c ON c.id = a.account AND c.name = 'alan'
                    WHERE a.kind IN ('signed-up', 'team-joined')";
        assert_eq!(service.fresh.number(mine).await, 2);
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'team-invited'").await, 1);
        service.work().await;
        let told = service.emails.emails();
        let joined = |email: &&SentEmail| email.to == "alan@example.org" && email.text.contains("was added to a team");
        assert_eq!(told.iter().filter(joined).count(), 1);
        assert_eq!(prove(service, "alan@example.org", &code).await.unwrap_err(), Refusal::CodeRefused, "used up");
    }

    async fn an_existing_user_signs_in_and_joins_the_team(engine: Engine) {
        let ops = ops(engine).await;
        let service = &ops.service;
        let code = ops.code_for("grace@example.org").await;
        let before = service.sign_in("grace", FIRST).await;
        assert_eq!(service.teams(&before).await, Ok(0), "the code was not shown yet");
        let JoinReply::SignInFirst { name, team, by } = prove(service, "grace@example.org", &code).await.unwrap() else {
            panic!("grace has an account")
        };
        assert_eq!((name.as_str(), team.as_deref(), by.as_deref()), ("grace", Some("Ops"), Some("ada")));
        assert_eq!(service.teams(&before).await, Ok(0), "the password was not shown since");
        assert!(service.try_sign_in("grace", SECOND).await.is_err());
        service.later(MINUTE);
        assert_eq!(ops.members().await, 1);
        let grace = service.sign_in("grace", FIRST).await;
        assert_eq!(service.teams(&grace).await, Ok(1));
        let view = service.accounts.show_user("grace").await.unwrap();
        assert_eq!((view.teams[0].team.as_str(), view.teams[0].role.as_str()), ("Ops", "member"));
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'team-joined' AND client <> 'operator'").await, 1);
        service.sign_in("grace", FIRST).await;
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'team-joined' AND client <> 'operator'").await, 1);
        assert_eq!(prove(service, "grace@example.org", &code).await.unwrap_err(), Refusal::CodeRefused, "used up");
    }

    async fn a_code_that_was_right_waits_an_hour_for_the_sign_in(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for("grace@example.org").await;
        prove(&ops.service, "grace@example.org", &code).await.unwrap();
        ops.service.later(HOUR + 1);
        let grace = ops.service.sign_in("grace", FIRST).await;
        assert_eq!(ops.service.teams(&grace).await, Ok(0));
        prove(&ops.service, "grace@example.org", &code).await.unwrap();
        let grace = ops.service.sign_in("grace", FIRST).await;
        assert_eq!(ops.service.teams(&grace).await, Ok(1));
    }

    async fn an_owner_learns_nothing_of_whether_an_address_has_an_account(engine: Engine) {
        let ops = ops(engine).await;
        let known = ops.invite("grace@example.org").await.unwrap();
        let unknown = ops.invite("nobody@example.org").await.unwrap();
        assert_eq!((known.invited_at, known.expires_at), (unknown.invited_at, unknown.expires_at));
        // A member's own address is invited like any other: the owner does not learn whose it is.
        ops.invite("ada@example.org").await.unwrap();
        let rows = "SELECT count(*) FROM contacts c JOIN invitations i ON i.contact = c.id
                    JOIN outbox o ON o.contact = c.id AND o.id = i.email";
        assert_eq!(ops.service.fresh.number(rows).await, 3);
        ops.service.work().await;
        let emails = ops.service.emails.emails();
        let sample = |to: &str| {
            let email = emails.iter().find(|email| email.to == to).unwrap();
            email.text.replace(&code_in(email), "CODE")
        };
        assert_eq!(sample("grace@example.org"), sample("nobody@example.org"));
    }

    async fn a_wrong_code_and_an_uninvited_address_get_the_same_refusal(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for("alan@example.org").await;
        for (address, code) in [
            ("alan@example.org", wrong(&code)),
            ("eve@example.org", code.clone()),
            ("grace@example.org", code.clone()),
            ("ada", code.clone()),
            ("", code.clone()),
            ("not an address", code.clone()),
        ] {
            assert_eq!(prove(&ops.service, address, &code).await.unwrap_err(), Refusal::CodeRefused, "{address}");
        }
        let rows = "SELECT count(*) FROM activity WHERE kind = 'verification-code-refused'";
        assert_eq!(ops.service.fresh.number(rows).await, 6);
        let slip = prove(&ops.service, "alan@example.org", "not a code").await.unwrap_err();
        assert_eq!(slip, Refusal::CodeMalformed(CodeForm::Email));
        let counted = "SELECT count(*) FROM attempts WHERE bucket LIKE '%join:%'";
        assert_eq!(ops.service.fresh.number(counted).await, 6 * 3, "a slip costs nothing");
    }

    async fn five_wrong_codes_from_one_place_are_enough_and_use_nothing_up(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for("alan@example.org").await;
        let bad = wrong(&code);
        let tries = join_all((0..8).map(|_| prove(&ops.service, "alan@example.org", &bad))).await;
        let refusals: Vec<_> = tries.into_iter().map(|answer| answer.unwrap_err()).collect();
        let looked_at = refusals.iter().filter(|refusal| **refusal == Refusal::CodeRefused).count();
        assert_eq!(looked_at, 5, "{refusals:?}");
        let sixth = prove(&ops.service, "alan@example.org", &code).await.unwrap_err();
        assert!(matches!(sixth, Refusal::TryLater(Wait { until: at, .. }) if at.ms_since(ops.service.clock.now()) == 24 * HOUR), "{sixth:?}");
        let ask = JoinRequest::Prove { address: "alan@example.org".into(), code: Secret::new(&code) };
        let elsewhere = ops.service.accounts.handle(&cx("198.51.100.9"), Request::Join(ask)).await;
        assert!(matches!(elsewhere, Reply::Join(_)), "{elsewhere:?}");
    }

    async fn right_codes_cost_no_tries_and_five_wrong_ones_a_day_are_enough(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for("alan@example.org").await;
        for _ in 0..7 {
            assert!(prove(&ops.service, "alan@example.org", &code).await.is_ok());
        }
        for _ in 0..5 {
            let nobody = prove(&ops.service, "eve@example.org", "BCDF-GHJK").await;
            assert_eq!(nobody.unwrap_err(), Refusal::CodeRefused);
        }
        ops.invite("eve@example.org").await.unwrap();
        ops.service.work().await;
        let code = code_in(&ops.service.emails.emails().pop().unwrap());
        let sixth = prove(&ops.service, "eve@example.org", &code).await.unwrap_err();
        assert!(matches!(sixth, Refusal::TryLater(_)), "not even compared: {sixth:?}");
        ops.service.later(24 * HOUR + 1);
        assert!(prove(&ops.service, "eve@example.org", &code).await.is_ok());
    }

    async fn an_invitation_is_good_for_72_hours_and_for_one(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for("alan@example.org").await;
        ops.service.later(72 * HOUR - 1);
        let (one, two) = (grant(&ops.service, "alan@example.org", &code).await, grant(&ops.service, "alan@example.org", &code).await);
        let both = join_all([sign_up(&ops.service, one, "alan", SECOND), sign_up(&ops.service, two, "alan2", SECOND)]).await;
        assert_eq!(both.iter().filter(|made| made.is_ok()).count(), 1, "{both:?}");
        let late = both.into_iter().find_map(Result::err).unwrap();
        assert!(matches!(late, (None, Refusal::Join(JoinRefusal::TooLate))), "{late:?}");
        assert_eq!(ops.service.fresh.number("SELECT count(*) FROM accounts").await, 3);
        let code = ops.code_for("eve@example.org").await;
        ops.service.later(72 * HOUR);
        assert_eq!(prove(&ops.service, "eve@example.org", &code).await.unwrap_err(), Refusal::CodeRefused);
    }

    async fn a_no_leaves_nothing_behind_and_the_right_to_try_again(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for("alan@example.org").await;
        let mut right = grant(&ops.service, "alan@example.org", &code).await;
        for (name, password, no) in [
            ("al an", SECOND, Refusal::Join(JoinRefusal::Name(NameRefusal::Character))),
            ("GRACE", SECOND, Refusal::Join(JoinRefusal::NameTaken)),
            ("Support", SECOND, Refusal::Join(JoinRefusal::Name(NameRefusal::Reserved))),
            ("alan", "short", Refusal::Password(PasswordRefusal::TooShort { min: 15 })),
        ] {
            let (back, refusal) = sign_up(&ops.service, right, name, password).await.unwrap_err();
            assert_eq!(refusal, no);
            right = back.expect("the grant comes back");
        }
        let weak = sign_up(&ops.service, right, "alan", "alan@example.org").await.unwrap_err();
        assert!(matches!(weak, (Some(_), Refusal::Password(_))), "one's own address is no password: {weak:?}");
        assert_eq!(ops.service.fresh.number("SELECT count(*) FROM accounts").await, 2);
        let right = weak.0.unwrap();
        ops.service.later(10 * MINUTE);
        let late = sign_up(&ops.service, right, "alan", SECOND).await.unwrap_err();
        assert!(matches!(late, (None, Refusal::Join(JoinRefusal::TooLate))), "{late:?}");
    }

    async fn the_faster_sign_up_gets_the_name_and_the_other_keeps_its_grant(engine: Engine) {
        let ops = ops(engine).await;
        let mut rights = Vec::new();
        for address in ["alan@example.org", "eve@example.org"] {
            let code = ops.code_for(address).await;
            rights.push(grant(&ops.service, address, &code).await);
        }
        let both = join_all(rights.into_iter().map(|right| sign_up(&ops.service, right, "alan", SECOND))).await;
        assert_eq!(both.iter().filter(|made| made.is_ok()).count(), 1, "{both:?}");
        let (back, refusal) = both.into_iter().find_map(Result::err).unwrap();
        assert_eq!(refusal, Refusal::Join(JoinRefusal::NameTaken));
        assert!(sign_up(&ops.service, back.unwrap(), "other", SECOND).await.is_ok());
        assert_eq!(ops.members().await, 3);
    }

    async fn a_withdrawn_invitation_opens_nothing_and_its_email_stays_here(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for("alan@example.org").await;
        let right = grant(&ops.service, "alan@example.org", &code).await;
        ops.withdraw("Alan@Example.org").await.unwrap();
        assert_eq!(prove(&ops.service, "alan@example.org", &code).await.unwrap_err(), Refusal::CodeRefused);
        let late = sign_up(&ops.service, right, "alan", SECOND).await.unwrap_err();
        assert!(matches!(late, (None, Refusal::Join(JoinRefusal::TooLate))), "{late:?}");
        assert_eq!(ops.withdraw("alan@example.org").await.unwrap_err(), Refusal::NotFound);
        let open = ops.invite("eve@example.org").await.unwrap();
        let before = ops.service.emails.emails().len();
        ops.withdraw(&open.id).await.unwrap();
        ops.service.work().await;
        assert_eq!(ops.service.emails.emails().len(), before, "it had not left yet");
        assert_eq!(ops.service.fresh.number("SELECT count(*) FROM outbox WHERE sealed IS NOT NULL").await, 0);
        let rows = "SELECT count(*) FROM activity WHERE kind = 'team-invitation-withdrawn'";
        assert_eq!(ops.service.fresh.number(rows).await, 2);
    }

    async fn nobody_withdraws_an_invitation_of_another_team(engine: Engine) {
        let ops = ops(engine).await;
        let open = ops.invite("alan@example.org").await.unwrap();
        let other = ops.service.accounts.add_team("Other", "").await.unwrap().id;
        ops.service.accounts.add_member("Other", "grace", Role::Owner).await.unwrap();
        let grace = ops.service.sign_in("grace", FIRST).await;
        for invitation in [open.id.clone(), open.address.clone()] {
            let mode = TeamsRequest::Withdraw { team: other.clone(), invitation };
            assert_eq!(ask(&ops.service, &grace, mode).await.unwrap_err(), Refusal::NotFound);
        }
        ops.withdraw(&open.id).await.unwrap();
    }

    async fn invitations_are_limited_for_each_team_owner_and_address(engine: Engine) {
        let ops = ops(engine).await;
        let no = |refusal| Refusal::Team(refusal);
        assert_eq!(ops.invite("alan").await.unwrap_err(), no(TeamRefusal::Address(EmailRefusal::Shape)));
        ops.invite("alan@example.org").await.unwrap();
        assert_eq!(ops.invite("ALAN@example.org").await.unwrap_err(), no(TeamRefusal::InvitedAlready));
        for _ in 0..2 {
            ops.withdraw("alan@example.org").await.unwrap();
            ops.invite("alan@example.org").await.unwrap();
        }
        ops.withdraw("alan@example.org").await.unwrap();
        assert!(matches!(ops.invite("alan@example.org").await, Err(Refusal::TryLater(_))), "three emails an hour");
        for number in 0..7 {
            ops.invite(&format!("guest{number}@example.org")).await.unwrap();
        }
        assert!(matches!(ops.invite("eve@example.org").await, Err(Refusal::TryLater(_))), "ten an hour");
        for hour in 1..=2 {
            ops.service.later(HOUR + 1);
            for number in 0..10 {
                let _ = ops.invite(&format!("guest{hour}{number}@example.org")).await;
            }
        }
        assert_eq!(ops.invite("late@example.org").await.unwrap_err(), no(TeamRefusal::TooManyInvitations));
        let open = "SELECT count(*) FROM invitations WHERE dead_at IS NULL";
        assert_eq!(ops.service.fresh.number(open).await, 20);
    }

    async fn an_unverified_address_does_not_block_its_owner(engine: Engine) {
        let ops = ops(engine).await;
        ops.service
            .fresh
            .execute_sql(
                "INSERT INTO email_addresses (id, account, address, canonical, created_at)
                 SELECT 'squatted', id, 'alan@example.org', 'alan@example.org', 0 FROM accounts WHERE name = 'grace'",
            )
            .await
            .unwrap();
        let code = ops.code_for("alan@example.org").await;
        let right = grant(&ops.service, "alan@example.org", &code).await;
        sign_up(&ops.service, right, "alan", SECOND).await.unwrap();
        assert_eq!(ops.service.sign_in("alan@example.org", SECOND).await.name(), "alan");
    }

    async fn the_codes_are_not_in_the_database(engine: Engine) {
        let ops = ops(engine).await;
        let code = ops.code_for("alan@example.org").await;
        let bytes = ops.service.fresh.all_bytes().await;
        let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(has("alan@example.org") && !has(&code) && !has(&code.replace('-', "")));
    }

    async fn old_invitations_are_forgotten_with_their_contacts(engine: Engine) {
        let ops = ops(engine).await;
        ops.code_for("alan@example.org").await;
        ops.service.later(15 * 24 * HOUR);
        ops.service.accounts.run_housekeeping().await.unwrap();
        for table in ["SELECT count(*) FROM invitations", "SELECT count(*) FROM contacts"] {
            assert_eq!(ops.service.fresh.number(table).await, 0, "{table}");
        }
    }
}
