//! How many cases guests may open: strangers, however many, leave room for those who were here before.

use doorkey::accounts::request::{Refusal, SignedIn};

use super::{FIRST, MINUTE, Service};
use crate::engine::on_both_engines;

impl Service {
    /// An account, older than a week, that signs in from `place`.
    async fn add_at(&self, place: &str, name: &str) -> SignedIn {
        self.add(name).await;
        self.later(8 * 24 * 60 * MINUTE);
        self.try_sign_in_from(place, name, FIRST).await.unwrap()
    }
}

fn later<T>(result: &Result<T, Refusal>) -> bool {
    matches!(result, Err(Refusal::TryLater(_)))
}

on_both_engines! {
    async fn whoever_claims_a_name_does_not_close_the_way_to_support_for_its_owner(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        for number in 0..8 {
            let (from, contact) = (format!("198.51.{number}.1"), format!("eve{number}@x.example"));
            service.open_as_guest(&from, "ada", &contact).await.unwrap();
        }
        service.open_as_guest("203.0.113.9", "ada", "ada@new.example").await.unwrap();
    }

    async fn strangers_who_write_to_an_owner_s_address_do_not_keep_the_owner_from_a_case_at_a_known_place(engine: Engine) {
        let service = Service::start(engine).await;
        service.add_at("203.0.113.5", "ada").await;
        for number in 0..4 {
            let from = format!("198.51.{number}.1");
            let opened = service.open_as_guest(&from, "ada", "ada@example.org").await;
            assert_eq!(later(&opened), number >= 2, "{opened:?}");
        }
        service.open_as_guest("203.0.113.5", "ada", "ada@example.org").await.unwrap();
        service.open_as_guest("203.0.113.5", "ada", "a.da@example.org").await.unwrap();
        let third = service.open_as_guest("203.0.113.5", "ada", "ada@example.org").await;
        assert!(later(&third), "{third:?}");
    }

    async fn a_case_refused_for_its_address_takes_nothing_of_what_the_source_may_have(engine: Engine) {
        let service = Service::start(engine).await;
        for number in 0..2 {
            service.open_as_guest(&format!("198.51.{number}.1"), "ada", "ada@example.org").await.unwrap();
        }
        for _ in 0..4 {
            let refused = service.open_as_guest("203.0.113.5", "ada", "ada@example.org").await;
            assert!(later(&refused), "{refused:?}");
        }
        for number in 0..3 {
            service.open_as_guest("203.0.113.5", "ada", &format!("ada{number}@new.example")).await.unwrap();
        }
    }

    async fn a_place_that_only_new_accounts_know_is_a_new_place(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("eve").await;
        service.try_sign_in_from("198.51.100.9", "eve", FIRST).await.unwrap();
        for number in 0..4 {
            let contact = format!("guest{number}@x.example");
            service.open_as_guest(&format!("198.51.100.{number}"), "guest", &contact).await.unwrap();
        }
        let refused = service.open_as_guest("198.51.100.9", "eve", "eve@x.example").await;
        assert!(later(&refused), "as any other of its network: {refused:?}");
    }

    async fn one_network_cannot_use_up_the_cases_of_all_guests(engine: Engine) {
        let service = Service::start(engine).await;
        let mut taken = 0;
        for number in 0..70 {
            let (from, name) = (format!("198.51.100.{number}"), format!("guest{number}"));
            let opened = service.open_as_guest(&from, &name, &format!("{name}@x.example")).await;
            assert!(opened.is_ok() || later(&opened), "{opened:?}");
            taken += i64::from(opened.is_ok());
        }
        assert!((3..=10).contains(&taken), "{taken} of one network");
        service.open_as_guest("203.0.113.9", "grace", "grace@x.example").await.unwrap();
    }

    async fn a_crowd_of_new_sources_leaves_room_for_members_and_for_places_known_to_any_account(engine: Engine) {
        let service = Service::start(engine).await;
        let ada = service.add_at("203.0.113.5", "ada").await;
        service.add("grace").await;
        let mut taken = 0;
        for number in 0..90 {
            let (from, name) = (format!("{}.51.100.1", 60 + number), format!("guest{number}"));
            let opened = service.open_as_guest(&from, &name, &format!("{name}@x.example")).await;
            assert!(opened.is_ok() || later(&opened), "{opened:?}");
            taken += i64::from(opened.is_ok());
        }
        assert!(taken < 60, "{taken} of new sources");
        // A colleague of ada's, who can't sign in, sits in the same office.
        let known = service.open_as_guest("203.0.113.5", "grace", "grace@x.example").await;
        assert!(known.is_ok(), "{known:?}");
        service.try_to_open(&ada, "No mail", "No email comes.").await.unwrap();
        let new = service.open_as_guest("192.0.2.9", "new", "new@x.example").await;
        assert!(later(&new), "{new:?}");
        service.later(60 * MINUTE);
        service.open_as_guest("192.0.2.9", "new", "new@x.example").await.unwrap();
    }

    async fn a_crowd_that_comes_all_day_leaves_room_for_places_known_to_any_account(engine: Engine) {
        let service = Service::start(engine).await;
        service.add_at("203.0.113.5", "ada").await;
        for hour in 0..6 {
            for number in 0..40 {
                let (from, name) = (format!("{}.{hour}.100.1", 60 + number), format!("guest{hour}-{number}"));
                let opened = service.open_as_guest(&from, &name, &format!("{name}@x.example")).await;
                assert!(opened.is_ok() || later(&opened), "{opened:?}");
            }
            for number in 0..3 {
                let contact = format!("colleague{hour}-{number}@x.example");
                let known = service.open_as_guest("203.0.113.5", "ada", &contact).await;
                assert!(known.is_ok() || hour > 0, "three a day of one source: {known:?}");
            }
            service.later(55 * MINUTE);
        }
        service.try_sign_in_from("203.0.113.77", "ada", FIRST).await.unwrap();
        let known = service.open_as_guest("203.0.113.77", "ada", "ada@x.example").await;
        assert!(known.is_ok(), "{known:?}");
    }

    async fn a_second_case_of_the_day_gives_way_to_first_ones(engine: Engine) {
        let service = Service::start(engine).await;
        let open = async |number: usize, time: usize| {
            let from = format!("{}.51.100.1", 60 + number);
            service.open_as_guest(&from, "eve", &format!("eve{number}-{time}@x.example")).await
        };
        let mut seconds = 0;
        for number in 0..20 {
            open(number, 1).await.unwrap();
            seconds += usize::from(open(number, 2).await.is_ok());
        }
        assert!(seconds < 15, "{seconds} second cases");
        let mut firsts = 20;
        for number in 20..40 {
            firsts += usize::from(open(number, 1).await.is_ok());
        }
        assert!(firsts >= 28, "{firsts} first cases");
    }
}
