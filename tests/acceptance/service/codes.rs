//! One-time codes: each is valid once, for one account, for a limited time and for five tries. Whose tries these are
//! is told in `code_holders`.

use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::code;
use doorkey::domain::input::CodeForm;
use doorkey::domain::secret::Secret;
use doorkey::store::CodeHolder;
use futures_util::future::join_all;

use super::{FIRST, MINUTE, SECOND, Service, addresses, code_in, cx, wrong};
use crate::engine::on_both_engines;

on_both_engines! {
    async fn sixty_four_redemptions_of_one_code_at_once_have_one_winner(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        let redeem = |_| {
            let accounts = service.accounts.clone();
            let (requests, code) = (vec![request.clone()], Secret::new(code.clone()));
            tokio::spawn(async move {
                accounts.handle(&cx("192.0.2.7"), Request::ProveCode { name: "ada".into(), requests, code }).await
            })
        };
        let replies = join_all((0..64).map(redeem)).await;
        let won = replies.iter().filter(|reply| matches!(reply, Ok(Reply::MaySetPassword(_)))).count();
        // On a machine with much else to do, some find no connection free in time.
        let refused = |reply: &&Result<Reply, _>| {
            matches!(reply, Ok(Reply::Refused(Refusal::CodeUsed | Refusal::Busy(_) | Refusal::Unavailable(_))))
        };
        assert_eq!((won, replies.iter().filter(refused).count()), (1, 63), "{replies:?}");
        assert_eq!(service.fresh.number("SELECT count(*) FROM grants").await, 1);
    }

    async fn losers_of_a_parallel_redemption_have_not_guessed_and_hear_that_the_code_was_used(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (_, other) = service.receive_code("ada").await;
        service.later(2 * MINUTE);
        let (request, code) = service.receive_code("ada").await;
        // In sessions that requested it and in others, by page and at once: thirty-two hold the same right code.
        let redeem = |nth: usize| {
            let (accounts, name, code) = (service.accounts.clone(), "ada".to_owned(), Secret::new(code.clone()));
            let asked = match nth % 3 {
                0 => Request::ProveCode { name, requests: vec![request.clone()], code },
                1 => Request::ProveCode { name, requests: Vec::new(), code },
                _ => Request::ResetPassword {
                    name,
                    requests: Vec::new(),
                    code,
                    password: Secret::new(SECOND),
                    second_factor: None,
                },
            };
            tokio::spawn(async move { accounts.handle(&cx("192.0.2.7"), asked).await })
        };
        let replies = join_all((0..32).map(redeem)).await;
        let won = |reply: &&Result<Reply, _>| matches!(reply, Ok(Reply::MaySetPassword(_) | Reply::PasswordSet(_, _)));
        assert_eq!(replies.iter().filter(won).count(), 1, "{replies:?}");
        let unavailable = |reply: &&Result<Reply, _>| {
            matches!(reply, Ok(Reply::Refused(Refusal::Busy(_) | Refusal::Unavailable(_))))
        };
        let told = replies.iter().filter(|reply| format!("{reply:?}").contains("CodeUsed")).count();
        assert_eq!(service.rows_of("reset-code-refused").await, 0, "no wrong code was typed");
        // What was cut off by a busy database stays counted; nothing else does.
        let cut = replies.iter().filter(unavailable).count();
        let counted = service.fresh.number("SELECT count(*) FROM attempts WHERE bucket LIKE 'code:%'").await;
        assert!(usize::try_from(counted).unwrap() <= cut, "{counted} counted, {cut} cut off");
        assert_eq!(told, 31 - cut, "{replies:?}");
        if replies.iter().all(|reply| !matches!(reply, Ok(Reply::PasswordSet(_, _)))) && cut == 0 {
            service.prove("ada", None, &other).await.unwrap();
        }
    }

    async fn whoever_comes_second_with_the_right_code_of_an_address_has_not_guessed(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        addresses::add(&service, &ada, "new@example.org").await.unwrap();
        let code = addresses::code_to(&service, "new@example.org").await;
        let all = (0..16).map(|_| addresses::verify(&service, &ada, "new@example.org", &code));
        let verified = join_all(all).await;
        assert_eq!(verified.iter().filter(|done| done.is_ok()).count(), 1, "{verified:?}");
        assert_eq!(service.rows_of("verification-code-refused").await, 0);
        let counted = "SELECT count(*) FROM attempts WHERE bucket LIKE 'verification-code:%'";
        assert_eq!(service.fresh.number(counted).await, 0);
    }

    async fn five_wrong_tries_kill_a_code_for_good(engine: Engine) {
        let mut service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        for _ in 0..5 {
            assert_eq!(service.prove("ada", Some(&request), &wrong(&code)).await.unwrap_err(), Refusal::CodeRefused);
        }
        service.restart().await;
        assert_eq!(service.prove("ada", Some(&request), &code).await.unwrap_err(), Refusal::CodeTriesUsed);
        assert_eq!(service.prove("ada", None, &code).await.unwrap_err(), Refusal::CodeTriesUsed);
    }

    async fn four_wrong_tries_leave_the_fifth(engine: Engine) {
        let mut service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        for _ in 0..4 {
            service.prove("ada", Some(&request), &wrong(&code)).await.unwrap_err();
        }
        service.restart().await;
        let typed = code.to_lowercase().replace('-', " ");
        assert_eq!(service.prove("ada", Some(&request), &typed).await.unwrap().name(), "ada");
    }

    async fn either_of_two_requested_codes_works_whatever_strangers_guess(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (first, code) = service.receive_code("ada").await;
        service.later(2 * MINUTE);
        let (second, _) = service.receive_code("ada").await;
        service.strangers_guess("ada", 3, &code).await;
        let stranger = service.prove_from("198.51.100.9", "ada", &[], &code).await;
        assert_eq!(stranger.unwrap_err(), Refusal::CodeRefused);
        let (requests, code) = (vec![first, second], Secret::new(code));
        let reply = service.ask(Request::ProveCode { name: "ada".into(), requests, code }).await;
        assert!(matches!(reply, Reply::MaySetPassword(_)), "{reply:?}");
    }

    async fn a_try_that_was_counted_stays_counted_when_the_process_is_killed(engine: Engine) {
        let mut service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        let account = service.accounts.show_user("ada").await.unwrap().id;
        let mut held = None;
        for _ in 0..5 {
            // Counted and committed; the kill comes before anything is compared.
            let store = service.fresh.open().await;
            let mut tx = store.begin().await.unwrap();
            let requests = held.as_deref();
            let holder = CodeHolder { requests: requests.as_slice(), source_mac: "", is_known_source: false, by_request_only: false };
            let live = tx.reserve_code_tries(&account, code::RESET, &holder, service.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(live.len(), 1);
            held = Some(live[0].request.clone());
        }
        service.restart().await;
        assert_eq!(service.prove("ada", Some(&request), &code).await.unwrap_err(), Refusal::CodeTriesUsed);
    }

    async fn a_code_is_good_for_ten_minutes_after_the_relay_took_its_email(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.request_code("ada").await;
        service.accounts.resolve_reset_requests().await.unwrap();
        // The relay is slow today.
        service.later(15 * MINUTE);
        service.accounts.send_due_emails().await.unwrap();
        let code = code_in(&service.emails.emails()[0]);
        service.later(10 * MINUTE - 1);
        let grant = service.prove("ada", None, &code).await.unwrap();
        assert_eq!(grant.name(), "ada");

        service.later(30 * MINUTE);
        let (request, code) = service.receive_code("ada").await;
        service.later(10 * MINUTE);
        assert_eq!(service.prove("ada", Some(&request), &code).await.unwrap_err(), Refusal::CodeRefused);
    }

    async fn no_code_lives_longer_than_half_an_hour_after_it_was_asked_for(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.request_code("ada").await;
        service.accounts.resolve_reset_requests().await.unwrap();
        service.later(25 * MINUTE);
        service.accounts.send_due_emails().await.unwrap();
        let code = code_in(&service.emails.emails()[0]);
        service.later(5 * MINUTE);
        assert_eq!(service.prove("ada", None, &code).await.unwrap_err(), Refusal::CodeRefused);
    }

    async fn a_code_without_an_expiry_cannot_exist(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.receive_code("ada").await;
        let refused = service.fresh.execute_sql("UPDATE codes SET expires_at = NULL").await.unwrap_err();
        let told = refused.as_database_error().expect("the database says no");
        assert!(told.message().to_lowercase().contains("not") && told.message().to_lowercase().contains("null"));
    }

    async fn a_newer_code_leaves_the_older_one_alive(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (older, first) = service.receive_code("ada").await;
        service.later(2 * MINUTE);
        let (newer, second) = service.receive_code("ada").await;
        // In the session that asked, only its own code counts.
        assert_eq!(service.prove("ada", Some(&newer), &first).await.unwrap_err(), Refusal::CodeRefused);
        service.prove("ada", Some(&older), &first).await.unwrap();
        service.prove("ada", None, &second).await.unwrap();
    }

    async fn success_kills_every_other_code_and_grant(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (_, first) = service.receive_code("ada").await;
        service.later(2 * MINUTE);
        let (_, second) = service.receive_code("ada").await;
        service.later(2 * MINUTE);
        let (_, third) = service.receive_code("ada").await;
        let good = service.prove("ada", None, &first).await.unwrap();
        let other = service.prove("ada", None, &second).await.unwrap();
        service.set(good, SECOND).await.unwrap();
        assert_eq!(service.prove("ada", None, &third).await.unwrap_err(), Refusal::CodeRefused);
        let (grant, refusal) = service.set(other, "another good passphrase").await.unwrap_err();
        assert!(grant.is_none());
        assert_eq!(refusal, Refusal::GrantExpired);
        service.sign_in("ada", SECOND).await;
    }

    async fn a_code_is_bound_to_account_request_and_purpose(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let (of_ada, code_of_ada) = service.receive_code("ada").await;
        let (of_grace, code_of_grace) = service.receive_code("grace").await;
        for (name, request, code) in [
            ("grace", Some(&of_ada), &code_of_ada),
            ("grace", Some(&of_grace), &code_of_ada),
            ("grace", None, &code_of_ada),
            ("ada", Some(&of_grace), &code_of_grace),
            ("nobody", Some(&of_ada), &code_of_ada),
        ] {
            assert_eq!(service.prove(name, request, code).await.unwrap_err(), Refusal::CodeRefused);
        }
        // A row that somebody copied to another account, request or purpose opens nothing there.
        service.fresh.execute_sql("UPDATE codes SET purpose = 'join-v1'").await.unwrap();
        assert_eq!(service.prove("ada", Some(&of_ada), &code_of_ada).await.unwrap_err(), Refusal::CodeRefused);
        service.fresh.execute_sql("UPDATE codes SET purpose = 'reset-v1'").await.unwrap();
        let swap = "UPDATE codes SET account = (SELECT id FROM accounts WHERE id <> codes.account)";
        assert_eq!(service.fresh.execute_sql(swap).await.unwrap(), 2);
        assert_eq!(service.prove("grace", Some(&of_ada), &code_of_ada).await.unwrap_err(), Refusal::CodeRefused);
        service.fresh.execute_sql(swap).await.unwrap();
        service.prove("ada", Some(&of_ada), &code_of_ada).await.unwrap();
    }

    async fn a_used_code_is_used(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        service.prove("ada", Some(&request), &code).await.unwrap();
        assert_eq!(service.prove("ada", Some(&request), &code).await.unwrap_err(), Refusal::CodeUsed);
        assert_eq!(service.prove("ada", Some(&request), &wrong(&code)).await.unwrap_err(), Refusal::CodeRefused);
    }

    async fn no_code_and_no_typed_name_stands_in_clear_in_the_database(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let requested = service.request_code("ada@example.org").await;
        service.request_code("hunter2-typed-into-the-wrong-field").await;
        let before_it_is_resolved = service.fresh.all_bytes().await;
        service.accounts.resolve_reset_requests().await.unwrap();
        let while_it_waits = service.fresh.all_bytes().await;
        service.work().await;
        let after_it_is_sent = service.fresh.all_bytes().await;
        let code = code_in(&service.emails.emails()[0]);
        service.prove("ada", Some(&requested.request), &code).await.unwrap();
        let after_it_is_used = service.fresh.all_bytes().await;
        let bare = code.replace('-', "");
        for bytes in [before_it_is_resolved, while_it_waits, after_it_is_sent, after_it_is_used] {
            assert!(bytes.len() > 200, "the database was read");
            for secret in [code.as_str(), bare.as_str(), "hunter2", FIRST] {
                assert!(!holds(&bytes, secret), "{secret} stands in the database");
            }
            assert!(!holds(&bytes, &hex(&code)) && !holds(&bytes, &hex(&bare)), "{code} stands there in hex");
        }
        assert_eq!(service.fresh.number("SELECT count(*) FROM outbox WHERE sealed IS NOT NULL").await, 0);
        let unresolved = "SELECT count(*) FROM reset_requests WHERE sealed_identifier IS NOT NULL";
        assert_eq!(service.fresh.number(unresolved).await, 0);
    }

    async fn a_text_that_is_no_code_costs_no_try(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let (request, code) = service.receive_code("ada").await;
        for slip in ["", "WDJB-MJH", "12345678", "aeiou", &code[..7]] {
            assert_eq!(service.prove("ada", Some(&request), slip).await.unwrap_err(), Refusal::CodeMalformed(CodeForm::Email));
        }
        assert_eq!(service.fresh.number("SELECT max(tries) FROM codes").await, 0);
        service.prove("ada", Some(&request), &code).await.unwrap();
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// As PostgreSQL shows bytes.
fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
