//! How many cases guests may open: strangers, however many, leave room for those who were here before.

use doorkey::accounts::request::Refusal;

use super::{FIRST, MINUTE, Service};
use crate::engine::on_both_engines;

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
        service.add("ada").await;
        service.add("grace").await;
        let ada = service.try_sign_in_from("203.0.113.5", "ada", FIRST).await.unwrap();
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
