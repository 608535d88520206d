//! Choosing the address for a reset code: only with a verified key, and with the same reply for everyone.

use doorkey::accounts::request::reset_address::{ResetAddressReply, ResetAddressRequest};
use doorkey::accounts::request::{Reply, Request};

use super::Service;
use crate::engine::on_both_engines;

on_both_engines! {
    async fn without_a_key_nothing_is_shown_and_a_choice_chooses_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("eve").await;
        for name in ["ada", "ada@example.org", "nobody", ""] {
            let ask = ResetAddressRequest::Choices { name: name.into() };
            let reply = service.ask(Request::ResetAddress(ask)).await;
            assert!(matches!(&reply, Reply::ResetAddress(ResetAddressReply::Choices(none)) if none.is_empty()), "{name}: {reply:?}");
        }
        let eves = "SELECT count(*) FROM email_addresses WHERE id = 'chosen' AND address = 'eve@example.org'";
        service.fresh.execute_sql("UPDATE email_addresses SET id = 'chosen' WHERE address = 'eve@example.org'").await.unwrap();
        assert_eq!(service.fresh.number(eves).await, 1);
        for name in ["ada", "nobody"] {
            let ask = ResetAddressRequest::CodeAt { name: name.into(), address: "chosen".into() };
            let reply = service.ask(Request::ResetAddress(ask)).await;
            assert!(matches!(reply, Reply::CodeRequested(_)), "{name}: {reply:?}");
        }
        service.work().await;
        let emails: Vec<_> = service.emails.emails().into_iter().map(|email| email.to).collect();
        assert_eq!(emails, ["ada@example.org"]);
    }
}
