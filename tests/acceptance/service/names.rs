//! Usernames that look alike: who gets one, also when several want it at once.

use doorkey::accounts::Rules;
use doorkey::accounts::admin::{AdminError, ImportFault, ImportRow, NewUser};
use doorkey::accounts::request::profile::{Changes, ProfileRefusal, ProfileReply, ProfileRequest};
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::domain::name::NamePolicy;
use futures_util::future::join_all;

use super::{FIRST, Service, patient};
use crate::engine::{Engine, on_both_engines};

const LATIN: &str = "c\u{e4}c";
const CYRILLIC: &str = "\u{441}\u{4d3}\u{441}";

async fn with_unicode(engine: Engine) -> Service {
    let names = NamePolicy { unicode: true, ..NamePolicy::default() };
    Service::with(engine, Rules { names, ..patient() }).await
}

fn new(name: &str, address: &str) -> NewUser {
    NewUser { name: name.into(), email: format!("{address}@example.org"), ..NewUser::default() }
}

fn row(line: u64, name: &str) -> ImportRow {
    ImportRow { line, name: name.into(), email: format!("a{line}@example.org"), ..ImportRow::default() }
}

async fn rename(service: &Service, member: &SignedIn, name: &str) -> Result<SignedIn, Refusal> {
    let changes = Box::new(Changes { name: Some(name.into()), ..Changes::default() });
    match service.ask(Request::Profile(member.clone(), ProfileRequest::Set { changes, seen: None })).await {
        Reply::Profile(ProfileReply::Changed(member, _)) => Ok(member),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

on_both_engines! {
    async fn of_names_that_look_alike_and_are_added_at_once_one_wins(engine: Engine) {
        let service = with_unicode(engine).await;
        let names = (0..4).map(|number| (if number % 2 == 0 { LATIN } else { CYRILLIC }, format!("a{number}")));
        let added = join_all(names.map(|(name, address)| service.accounts.add_user(new(name, &address)))).await;
        assert_eq!(added.iter().filter(|done| done.is_ok()).count(), 1, "{added:?}");
        assert!(added.iter().all(|done| matches!(done, Ok(_) | Err(AdminError::NameTaken(_)))), "{added:?}");
        assert_eq!(service.fresh.number("SELECT count(*) FROM accounts").await, 1);
    }

    async fn of_two_renames_to_names_that_look_alike_one_wins_and_the_old_one_stays_closed(engine: Engine) {
        let service = with_unicode(engine).await;
        for name in ["ada", "eve"] {
            service.add(name).await;
        }
        let (ada, eve) = (service.sign_in("ada", FIRST).await, service.sign_in("eve", FIRST).await);
        let taken = Refusal::Profile(ProfileRefusal::NameTaken);
        let both = join_all([rename(&service, &ada, LATIN), rename(&service, &eve, CYRILLIC)]).await;
        let lost: Vec<_> = both.iter().filter_map(|renamed| renamed.as_ref().err()).collect();
        assert_eq!(lost, [&taken], "{both:?}");
        // Whoever won gives the name up, which closes it in both spellings to the other for a while.
        let (winner, loser, other_spelling) = match &both[..] {
            [Ok(ada), _] => (ada, &eve, CYRILLIC),
            [_, Ok(eve)] => (eve, &ada, LATIN),
            both => panic!("{both:?}"),
        };
        rename(&service, winner, "countess").await.unwrap();
        assert_eq!(rename(&service, loser, other_spelling).await.unwrap_err(), taken);
    }

    async fn an_import_refuses_names_that_look_alike(engine: Engine) {
        let service = with_unicode(engine).await;
        let twice = service.accounts.import(&[row(2, LATIN), row(3, CYRILLIC)]).await;
        assert!(matches!(&twice, Err(ImportFault::BadRows(bad)) if bad.len() == 1 && bad[0].line == 3), "{twice:?}");
        assert_eq!(service.accounts.import(&[row(2, LATIN)]).await.unwrap(), 1);
        let again = service.accounts.import(&[row(3, CYRILLIC), row(4, "ada")]).await;
        assert!(matches!(&again, Err(ImportFault::BadRows(bad)) if bad.len() == 1 && bad[0].line == 3), "{again:?}");
        assert_eq!(service.accounts.count_users().await.unwrap(), 1);
    }

    async fn names_in_ascii_differ_by_their_letters_alone(engine: Engine) {
        let service = Service::start(engine).await;
        for (number, name) in ["modern", "modem", "user1", "userl"].iter().enumerate() {
            service.accounts.add_user(new(name, &format!("a{number}"))).await.unwrap();
        }
    }
}
