//! A refusal rolls its transaction back, and still every counter counts what was guessed: guessing is never free because
//! the answer was no. What a counter itself refuses is looked at by nobody and counts nowhere (`refusals`). One test for
//! each counter of `domain::throttle`, but for those that another test holds already:
//!
//! | counter | held by |
//! |---|---|
//! | `FAILS_TO_DISABLE` and the waits before it | `sign_ins::wrong_tries_are_delayed_by_the_schedule_up_to_the_hundredth` |
//! | the same for the second factor | `two_factor::three_tries_in_a_step_...`, `two_factor_guesses` |
//! | tries of one `FirstFactor` (in memory) | `two_factor::a_first_half_is_good_for_ten_minutes_five_tries_and_its_own_epoch` |
//! | `WRONG_ANSWERS` of one session (in memory) | `wrong_answers` |
//! | `TRIES_PER_CODE` | `codes::five_wrong_tries_kill_a_code_for_good`, `addresses::a_code_is_for_one_address_five_tries_and_a_while` |
//! | `TRIES_OF_STRANGERS`, `WRONG_CODES_PER_ACCOUNT` of strangers | `code_holders`, `limits::twenty_wrong_codes_...` |
//! | `SHARED_CODE_TRIES_PER_SOURCE` of invitations | `invitations::five_wrong_codes_from_one_place_are_enough_and_use_nothing_up` |
//! | `FIRST_TRIES_PER_NETWORK`, `OTHER_TRIES_PER_NETWORK` | `shared_codes::a_network_that_guesses_waits_and_everybody_else_does_not` |
//! | the same of guests' cases | `support::guesses_of_strangers_do_not_use_up_the_code_of_a_guest_case` |
//! | `TRIES_PER_SOURCE` | `limits::a_source_that_tries_password_after_password_has_to_slow_down` |
//! | the same of undo codes | `undo::rest::wrong_codes_count_by_their_source_and_a_right_one_is_never_kept_waiting` |
//! | `REQUESTS_PER_SOURCE`, `IDENTIFIERS_PER_SOURCE` | `limits::a_flooding_source_has_to_wait_...`, `limits::a_source_may_ask_for_twenty_names_...` |
//! | `CODES_PER_ACCOUNT`, `LIVE_CODES_PER_ACCOUNT` (refused in silence) | `limits::an_account_gets_one_code_a_minute_...`, `limits::at_most_three_codes_live_at_once` |
//! | `SIGN_UP_EMAILS_PER_MAILBOX` (refused in silence) | `sign_up::an_address_gets_three_emails_an_hour_and_the_reply_does_not_reveal_it` |
//! | `RESET_CODES_PER_MAILBOX`, `LOCK_EMAILS_PER_MAILBOX` (refused in silence), `GUEST_NOTICES_TO_SUPPORT`, `WithoutAccount` | `stranger_emails` |
//! | `INVITATIONS_PER_OWNER`, `OPEN_INVITATIONS_PER_TEAM` | `invitations::invitations_are_limited_for_each_team_owner_and_address` |
//! | `PASSWORD_CHANGES_PER_ACCOUNT` | `passwords::ten_changes_in_an_hour_are_enough_and_a_reset_is_none_of_them` |
//! | `PRIMARY_CHANGES_PER_ACCOUNT` | `email_limits::switching_the_primary_address_kills_no_code_...` |
//! | `REAUTHENTICATIONS_PER_PLACE` | `hash_queue::sixty_right_passwords_an_hour_are_enough_for_an_account_at_one_place` |
//! | `RECOVERY_CODES_PER_ACCOUNT`, `TWO_FACTOR_CHANGES_PER_ACCOUNT` (in the transaction that changes) | `two_factor` |
//! | `KEYS_ADDED_PER_ACCOUNT` | `keys::forty_keys_a_day_are_enough_and_what_was_added_can_go` |
//! | `ROLES_PER_MEMBER` | `team_members::an_owner_switches_a_member_s_role_twenty_times_a_day_...` |
//! | `KEY_LOOKUPS_PER_SOURCE` | `keys::public_keys_are_counted_per_source_and_can_be_turned_off` |
//! | `CASES_PER_ACCOUNT` | `support::an_account_opens_so_many_cases_...` |
//! | `FIRST_GUEST_CASES`, `FURTHER_GUEST_CASES`, `GUEST_CASES_PER_NETWORK`, `GUEST_CASES_PER_ADDRESS` (nothing counts: others were first) | `guest_cases` |
//! | `NEW_SOURCE_EMAILS` (refused in silence) | `activity::sign_ins_from_new_sources_send_three_emails_a_day_...` |

use doorkey::accounts::request::profile::ProfileRefusal;
use doorkey::accounts::request::support::SupportRequest;
use doorkey::accounts::request::teams::TeamsRequest;
use doorkey::accounts::request::{Refusal, Reply, Request, TeamRefusal};
use doorkey::accounts::{Rules, SourceLimits};
use doorkey::domain::team::Role;
use doorkey::domain::throttle::{CASES_PER_SOURCE, DAY_MS, Limit};

use super::addresses::{add, code_to, gain, refused, verify};
use super::{
    FIRST, MINUTE, SECOND, Service, invitations, keys, patient, profile, sign_up, team_members, wrong,
};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

/// How many tries stand in windows whose bucket is like this.
macro_rules! counted {
    ($service:expr, $bucket:literal) => {
        $service
            .fresh
            .number(concat!("SELECT count(*) FROM attempts WHERE bucket LIKE '", $bucket, "'"))
            .await
    };
}

/// A number in the database.
macro_rules! number {
    ($service:expr, $sql:literal) => {
        $service.fresh.number(concat!("SELECT ", $sql)).await
    };
}

fn is_later<T>(result: &Result<T, Refusal>) -> bool {
    matches!(result, Err(Refusal::TryLater(_)))
}

/// Rules under which a source may ask for one name only.
fn one_name() -> Rules {
    let one = Limit { count: 1, window_ms: DAY_MS };
    let limits = SourceLimits { identifiers_per_source: one, ..patient().limits };
    Rules { limits, sign_up: true, ..patient() }
}

on_both_engines! {
    async fn a_wrong_password_counts_for_account_and_source_with_a_row(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        assert_eq!(service.try_sign_in("ada", SECOND).await.unwrap_err(), Refusal::WrongCredentials);
        assert_eq!(number!(service, "CAST(sum(fails) AS BIGINT) FROM throttles WHERE bucket LIKE 'password:%'"), 1);
        assert_eq!(number!(service, "count(*) FROM throttles WHERE bucket LIKE 'tries:%'"), 1);
        assert_eq!(service.rows_of("sign-in-failed").await, 1);
    }

    async fn a_try_that_comes_too_early_is_looked_at_by_nobody_and_counts_nowhere(engine: Engine) {
        let mut rules = patient();
        rules.limits.tries_per_source = Limit { count: 12, window_ms: DAY_MS };
        let service = Service::with(engine, rules).await;
        service.add("ada").await;
        for _ in 0..10 {
            service.try_sign_in("ada", SECOND).await.unwrap_err();
            service.later(3_000);
        }
        // Within the half minute even the right one is not looked at; the source has two tries left for other names.
        for password in [SECOND, FIRST, SECOND] {
            assert!(is_later(&service.try_sign_in("ada", password).await));
        }
        for _ in 0..2 {
            assert_eq!(service.try_sign_in("grace", SECOND).await.unwrap_err(), Refusal::WrongCredentials);
            service.later(1_000);
        }
        assert!(is_later(&service.try_sign_in("alan", SECOND).await));
        assert_eq!(number!(service, "CAST(sum(fails) AS BIGINT) FROM throttles WHERE bucket LIKE 'password:%'"), 12);
    }

    async fn a_wrong_reset_code_counts_for_code_account_and_source_with_a_row(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (_, code) = service.receive_code("ada").await;
        assert_eq!(service.prove("ada", None, &wrong(&code)).await.unwrap_err(), Refusal::CodeRefused);
        assert_eq!(number!(service, "CAST(sum(tries) AS BIGINT) FROM codes"), 1);
        assert_eq!((counted!(service, "code:%"), counted!(service, "first-tries-%:support:%")), (1, 2));
        assert_eq!(number!(service, "count(*) FROM throttles WHERE bucket LIKE 'tries:%'"), 1);
        assert_eq!(service.rows_of("reset-code-refused").await, 1);
    }

    async fn a_request_for_one_name_too_many_counts_nowhere(engine: Engine) {
        let service = Service::with(engine, one_name()).await;
        service.request_code("ada").await;
        let reply = service.ask(Request::RequestCode { name: "grace".into() }).await;
        assert!(matches!(reply, Reply::Refused(Refusal::TryLater(_))), "{reply:?}");
        assert_eq!((counted!(service, "requests:%"), counted!(service, "names:%")), (1, 1));
        assert_eq!(number!(service, "count(*) FROM reset_requests"), 1);
    }

    async fn a_sign_up_for_one_name_too_many_counts_nowhere(engine: Engine) {
        let service = Service::with(engine, one_name()).await;
        service.add("ada").await;
        sign_up::want(&service, "ada@example.org").await.unwrap();
        assert!(is_later(&sign_up::want(&service, "grace@example.org").await));
        assert_eq!((counted!(service, "requests:%"), counted!(service, "names:%")), (1, 1));
        assert_eq!(counted!(service, "sign-ups-to:%"), 1, "the refused one is no email");
    }

    async fn a_wrong_invitation_code_counts_for_invitation_and_source_with_a_row(engine: Engine) {
        let service = Service::with(engine, Rules { sign_up: true, ..patient() }).await;
        service.add("ada").await;
        sign_up::want(&service, "grace@example.org").await.unwrap();
        let refusal = invitations::prove(&service, "grace@example.org", "BBBB-BBBB").await.unwrap_err();
        assert_eq!(refusal, Refusal::CodeRefused);
        // For the source and its two networks.
        assert_eq!(counted!(service, "%join:%"), 3);
        assert_eq!(number!(service, "count(*) FROM activity WHERE kind = 'verification-code-refused'"), 1);
    }

    async fn a_wrong_second_factor_counts_with_a_row_also_as_a_reauthentication(engine: Engine) {
        let service = Service::start(engine).await;
        let (ada, app, _) = service.add_with_second_factor("ada").await;
        let half = service.half("ada", FIRST).await;
        let wrong = app.never_shows(service.clock.now());
        assert_eq!(service.show(&half, &wrong).await.unwrap_err(), Refusal::SecondFactorRefused);
        assert_eq!(number!(service, "CAST(sum(fails) AS BIGINT) FROM second_factors"), 1);
        assert_eq!(service.confirm(&ada, &wrong).await.unwrap_err(), Refusal::SecondFactorRefused);
        assert_eq!(number!(service, "CAST(sum(fails) AS BIGINT) FROM second_factors"), 2);
        assert_eq!(service.rows_of("two-factor-refused").await, 2);
    }

    async fn a_wrong_recovery_code_leaves_a_row_and_every_code(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, _, codes) = service.add_with_second_factor("ada").await;
        let half = service.half("ada", FIRST).await;
        assert_eq!(service.show(&half, &wrong(&codes[0])).await.unwrap_err(), Refusal::SecondFactorRefused);
        assert_eq!(service.rows_of("two-factor-refused").await, 1);
        assert_eq!(number!(service, "count(*) FROM recovery_codes WHERE used_at IS NULL"), 8);
    }

    async fn a_second_factor_that_was_right_beside_a_dead_grant_is_used_up(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, app, codes) = service.add_with_second_factor("ada").await;
        let half = service.half_reset("ada").await;
        service.fresh.execute_sql("UPDATE grants SET expires_at = 1").await.unwrap();
        let code = app.shows(service.clock.now());
        assert_eq!(service.show_for_reset(&half, &code).await.unwrap_err(), Refusal::GrantExpired);
        assert_eq!(service.show_for_reset(&half, &codes[0]).await.unwrap_err(), Refusal::GrantExpired);
        let again = service.half("ada", FIRST).await;
        assert_eq!(service.show(&again, &code).await.unwrap_err(), Refusal::SecondFactorRefused);
        assert_eq!(service.show(&again, &codes[0]).await.unwrap_err(), Refusal::SecondFactorRefused);
        assert_eq!(service.rows_of("recovery-code-used").await, 1);
        service.later(STEP);
        service.show(&again, &app.shows(service.clock.now())).await.unwrap();
    }

    async fn a_wrong_current_password_counts_with_a_row(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let refusal = service.change(&ada, "no such password", SECOND).await.unwrap_err();
        assert_eq!(refusal, Refusal::WrongCurrentPassword);
        assert_eq!(number!(service, "CAST(sum(fails) AS BIGINT) FROM throttles WHERE bucket LIKE 'change:%'"), 1);
        assert_eq!(service.rows_of("password-change-refused").await, 1);
    }

    async fn a_password_that_the_policy_refuses_is_no_change(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        assert!(matches!(service.change(&ada, FIRST, "short").await.unwrap_err(), Refusal::Password(_)));
        assert_eq!(counted!(service, "password-changes:%"), 0);
        service.change(&ada, FIRST, SECOND).await.unwrap();
        assert_eq!(counted!(service, "password-changes:%"), 1);
    }

    async fn a_wrong_verification_code_counts_for_code_and_account_with_a_row(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        add(&service, &ada, "new@example.org").await.unwrap();
        let code = code_to(&service, "new@example.org").await;
        let refusal = verify(&service, &ada, "new@example.org", &wrong(&code)).await.unwrap_err();
        assert_eq!(refusal, Refusal::CodeRefused);
        assert_eq!(number!(service, "CAST(sum(tries) AS BIGINT) FROM codes"), 1);
        assert_eq!(counted!(service, "verification-code:%"), 1);
        assert_eq!(service.rows_of("verification-code-refused").await, 1);
    }

    async fn a_verification_code_that_was_right_for_a_taken_address_is_used_up(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        add(&service, &ada, "new@example.org").await.unwrap();
        let code = code_to(&service, "new@example.org").await;
        service.later(2 * MINUTE);
        gain(&service, &grace, "new@example.org").await;
        let refusal = verify(&service, &ada, "new@example.org", &code).await.unwrap_err();
        assert_eq!(refusal, refused(ProfileRefusal::EmailTaken));
        assert_eq!(counted!(service, "verification-code:%"), 0, "it was right");
        let refusal = verify(&service, &ada, "new@example.org", &code).await.unwrap_err();
        assert_eq!(refusal, Refusal::CodeUsed, "used up");
    }

    async fn an_email_that_its_mailbox_has_no_room_for_counts_for_account_and_source(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        add(&service, &ada, "new@example.org").await.unwrap();
        assert!(is_later(&add(&service, &ada, "new@example.org").await), "within the minute");
        let counts = (counted!(service, "addresses:%"), counted!(service, "emails:%"));
        assert_eq!((counts, counted!(service, "mailbox:%")), ((2, 2), 1));
    }

    async fn a_username_that_somebody_has_counts_as_a_change(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let ada = service.sign_in("ada", FIRST).await;
        for _ in 0..3 {
            let refusal = profile::rename(&service, &ada, "grace").await.unwrap_err();
            assert_eq!(refusal, refused(ProfileRefusal::NameTaken));
        }
        assert_eq!(counted!(service, "rename:%"), 3);
        assert!(is_later(&profile::rename(&service, &ada, "lovelace").await));
    }

    async fn a_key_that_somebody_has_counts_as_one_that_was_added(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        keys::add(&service, &ada, keys::line(1)).await.unwrap();
        assert_eq!(keys::add(&service, &ada, keys::line(1)).await.unwrap_err(), Refusal::KeyTaken);
        assert_eq!(counted!(service, "keys:%"), 2);
        assert_eq!(service.rows_of("key-added").await, 1);
    }

    async fn a_role_that_the_last_owner_cannot_give_up_counts_and_changes_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let team = service.accounts.add_team("Ops", "").await.unwrap().id;
        service.accounts.add_member("Ops", "ada", Role::Owner).await.unwrap();
        let ada = service.sign_in("ada", FIRST).await;
        let demotion = team_members::set_role(&team, "ada", Role::Member);
        let refusal = team_members::ask(&service, &ada, demotion).await.unwrap_err();
        assert_eq!(refusal, Refusal::Team(TeamRefusal::LastOwner));
        assert_eq!(counted!(service, "roles:%"), 1);
        assert_eq!(service.rows_of("team-role-changed").await, 0);
    }

    async fn an_invitation_that_its_mailbox_has_no_room_for_costs_the_owner_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let mut invite = Vec::new();
        for name in ["A", "B", "C", "D"] {
            let team = service.accounts.add_team(name, "").await.unwrap().id;
            service.accounts.add_member(name, "ada", Role::Owner).await.unwrap();
            invite.push(TeamsRequest::Invite { team, address: "alan@example.org".into() });
        }
        let ada = service.sign_in("ada", FIRST).await;
        let fourth = invite.pop().unwrap();
        for invitation in invite {
            team_members::ask(&service, &ada, invitation).await.unwrap();
        }
        assert!(is_later(&team_members::ask(&service, &ada, fourth).await));
        assert_eq!((counted!(service, "invitations:%"), counted!(service, "invitations-to:%")), (3, 3));
    }

    async fn a_case_that_its_source_has_no_room_for_counts_for_its_account(engine: Engine) {
        let service = Service::start(engine).await;
        let mut opened = 0;
        for name in ["ada", "grace", "linus", "alan"] {
            service.add(name).await;
            let member = service.sign_in(name, FIRST).await;
            while opened < CASES_PER_SOURCE.count && service.try_to_open(&member, "No mail", "None.").await.is_ok() {
                opened += 1;
            }
        }
        assert_eq!(opened, CASES_PER_SOURCE.count);
        service.add("mary").await;
        let mary = service.sign_in("mary", FIRST).await;
        let before = counted!(service, "cases:%");
        assert!(is_later(&service.try_to_open(&mary, "No mail", "None.").await));
        assert_eq!(counted!(service, "cases:%"), before + 1, "mary's own");
    }

    async fn a_message_to_a_closed_case_counts(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let number = service.open_case(&ada).await.number;
        service.about_case(&ada, SupportRequest::Close(number)).await.unwrap();
        let again = SupportRequest::Write { number, text: "Hello?".into() };
        assert_eq!(service.about_case(&ada, again).await.unwrap_err(), Refusal::CaseClosed);
        assert_eq!(counted!(service, "case-messages:%"), 1);
        assert_eq!(number!(service, "count(*) FROM case_messages"), 1);
    }

    async fn a_guest_s_case_that_its_address_has_no_room_for_counts_for_nobody(engine: Engine) {
        let service = Service::start(engine).await;
        for from in ["198.51.100.1", "198.51.100.2"] {
            service.open_as_guest(from, "ada", "guest@new.example").await.unwrap();
        }
        // Others took what the address may have, so the source keeps what it may have.
        for _ in 0..4 {
            assert!(is_later(&service.open_as_guest("198.51.100.3", "x", "guest@new.example").await));
        }
        service.open_as_guest("198.51.100.3", "y", "other@new.example").await.unwrap();
        assert_eq!(number!(service, "count(*) FROM cases"), 3);
    }

    async fn a_wrong_code_for_a_guest_s_case_counts_for_case_and_source(engine: Engine) {
        let service = Service::start(engine).await;
        let case = service.guest_case("ada").await;
        let refusal = service.read_as_guest(case.number(), None, "BBBB-BBBB").await.unwrap_err();
        assert_eq!(refusal, Refusal::CodeRefused);
        assert_eq!(counted!(service, "%case:%"), 3);
        let refusal = service.read_as_guest(case.number(), Some(&case), "BBBB-BBBB").await.unwrap_err();
        assert_eq!(refusal, Refusal::CodeRefused);
        assert_eq!(counted!(service, "case-opener:%"), 1);
    }

    async fn a_fault_after_a_refusal_s_reservation_is_no_refusal(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        // The row of the change cannot be written: nothing of it stays, the count neither.
        service.fresh.execute_sql("ALTER TABLE activity RENAME TO activity_gone").await.unwrap();
        let request = keys::add(&service, &ada, keys::line(1)).await;
        assert!(matches!(request, Err(Refusal::Unavailable(_))), "{request:?}");
        service.fresh.execute_sql("ALTER TABLE activity_gone RENAME TO activity").await.unwrap();
        assert_eq!(counted!(service, "keys:%"), 0);
        keys::add(&service, &ada, keys::line(1)).await.unwrap();
    }
}
