//! What an operator writes for the portal's people, as they see it.

use super::line_client::LineClient;
use super::person::{Key, Person};
use super::server::TempFolder;

const ART: &str = "  /\\  ___ _ __  ___\n / /\\/ __| '  \\/ -_)\n/_/\\_\\___|_|_|_\\___|\n";
const HELP: &str = "Ask in room 4, or call extension 100.\n\nWe answer until 18:00.";

#[tokio::test(flavor = "multi_thread")]
async fn people_see_the_art_the_footer_and_the_help_of_their_portal() {
    let place = TempFolder::new()
        .with("DOORKEY__PORTAL__ART", ART)
        .with("DOORKEY__PORTAL__HELP", HELP)
        .with("DOORKEY__PORTAL__FOOTER", "For employees of Acme. Use is logged.");
    let server = place.start().furnished();
    let mut talk = LineClient::begin(server.address(), "account", true).await;
    talk.says("").await;
    talk.goes("sign-in-help", "Trouble signing in?").await;
    talk.hears("We answer until 18:00.", 1).await;
    talk.hears("Need help? support@acme.example", 2).await;
    let address = server.address();
    tokio::task::spawn_blocking(move || {
        let mut ada = Person::arrive_as(address, "account", 80, 24);
        ada.wait_for("Sign in to your account");
        ada.see_frame("sign-in-branded-80x24");
        ada.press(Key::F(1));
        ada.wait_for("Keys");
        ada.press(Key::Esc);
        ada.resize(40, 12);
        ada.see_frame("sign-in-40x12");
    })
    .await
    .unwrap();
}
