//! What the chain of the audit log costs a sign-in, in time: beside a portal that does not continue it, by turns. It stands
//! on the service of the acceptance tests and is built with them, so it is run by their program:
//!
//! ```text
//! cargo test --release --test acceptance the_chain_costs -- --ignored --nocapture
//! ```

use std::time::Instant;

use super::super::{FIRST, MINUTE, Service};
use super::without_chain;
use crate::engine::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures time, and says how much"]
async fn the_chain_costs_a_sign_in_so_much_time() {
    const TURNS: usize = 400;
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let chained = Service::start(engine).await;
        chained.add("ada").await;
        let services = [chained, without_chain(engine).await];
        let mut taken = [Vec::new(), Vec::new()];
        // By turns: whatever else the machine does then slows both.
        for _ in 0..TURNS {
            for (service, taken) in services.iter().zip(&mut taken) {
                let begun = Instant::now();
                service.sign_in("ada", FIRST).await;
                taken.push(begun.elapsed());
                service.later(MINUTE);
            }
        }
        let [with, without] = taken.map(|mut taken| {
            taken.sort_unstable();
            taken[TURNS / 2]
        });
        let ratio = with.as_secs_f64() / without.as_secs_f64();
        println!("{engine:?}: p50 {with:?} with the chain, {without:?} without, {ratio:.2} times");
        assert!(ratio < 3.0, "{ratio}");
    }
}
