//! Changing a password or a factor ends all other sessions of the account, on this node and on others.

use doorkey::accounts::request::{Refusal, Reply, Request};
use doorkey::domain::secret::Secret;

use super::{FIRST, SECOND, Service, cx};
use crate::engine::on_both_engines;

on_both_engines! {
    async fn a_reset_ends_every_session_that_signed_in_before(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("grace").await;
        let ada = service.sign_in("ada", FIRST).await;
        let grace = service.sign_in("grace", FIRST).await;
        let mut revocations = service.accounts.subscribe();
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        let new = service.set(grant, SECOND).await.unwrap().unwrap();
        assert_eq!(service.teams(&ada).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(service.teams(&new).await, Ok(0));
        assert_eq!(service.teams(&grace).await, Ok(0));
        assert_eq!(service.change(&ada, SECOND, FIRST).await.unwrap_err(), Refusal::SignedOutElsewhere);
        let ending = revocations.try_recv().unwrap();
        assert_eq!((ending.account.as_str(), ending.epoch), (ada.account(), new.epoch()));
        assert!(new.epoch() > ada.epoch());
        assert!(revocations.try_recv().is_err(), "told once");
    }

    async fn a_change_ends_the_others_and_keeps_the_one_that_made_it(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let here = service.sign_in("ada", FIRST).await;
        let there = service.sign_in("ada", FIRST).await;
        let here = service.change(&here, FIRST, SECOND).await.unwrap();
        assert_eq!(service.teams(&here).await, Ok(0));
        assert_eq!(service.teams(&there).await, Err(Refusal::SignedOutElsewhere));
        let open = Request::Teams(there, doorkey::accounts::request::teams::TeamsRequest::Open { team: "t".into() });
        assert!(matches!(service.ask(open).await, Reply::Refused(Refusal::SignedOutElsewhere)));
    }

    async fn other_nodes_hear_of_it_once(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let elsewhere = service.another().await;
        let mut revocations = elsewhere.subscribe();
        elsewhere.announce_revocations().await.unwrap();
        assert!(revocations.try_recv().is_err(), "nothing happened yet");
        service.accounts.disable_user("ada").await.unwrap();
        service.later(5_000);
        elsewhere.announce_revocations().await.unwrap();
        let ending = revocations.try_recv().unwrap();
        assert_eq!(ending.account, service.accounts.show_user("ada").await.unwrap().id);
        service.later(5_000);
        elsewhere.announce_revocations().await.unwrap();
        assert!(revocations.try_recv().is_err(), "told once");
        service.later(120_000);
        elsewhere.announce_revocations().await.unwrap();
        service.accounts.enable_user("ada").await.unwrap();
        let member = service.sign_in("ada", FIRST).await;
        service.change(&member, FIRST, SECOND).await.unwrap();
        elsewhere.announce_revocations().await.unwrap();
        assert_eq!(revocations.try_recv().unwrap().epoch, ending.epoch + 1);
    }

    async fn two_changes_at_once_have_one_winner(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let one = service.sign_in("ada", FIRST).await;
        let changes = (0..8).map(|number| {
            let (accounts, member) = (service.accounts.clone(), one.clone());
            let new = format!("passphrase for number {number}");
            tokio::spawn(async move {
                let (current, new) = (FIRST.into(), new);
                let secret = |text: String| Secret::new(text);
                let request = Request::ChangePassword { member, current: secret(current), new: secret(new) };
                accounts.handle(&cx("192.0.2.7"), request).await
            })
        });
        let replies = futures_util::future::join_all(changes).await;
        let won = replies.iter().filter(|reply| matches!(reply, Ok(Reply::PasswordChanged(_)))).count();
        assert_eq!(won, 1, "{replies:?}");
    }
}
