//! The handler of every russh client in these tests. It accepts any host key, since each server makes a new one.

use russh::ChannelId;
use russh::client::{Handle, Handler, KeyboardInteractiveAuthResponse as Answer};
use russh::keys::PublicKeyOrCertificate;

#[derive(Default)]
pub(crate) struct AnyHostKey {
    /// Bytes that the server may send before the client has read them, if not as many as the server likes.
    pub(crate) window: Option<u32>,
}

impl Handler for AnyHostKey {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }

    fn adjust_window(&mut self, _: ChannelId, proposed: u32) -> u32 {
        self.window.unwrap_or(proposed)
    }
}

/// Authenticates by keyboard-interactive, which asks for nothing.
pub(crate) async fn enter(connection: &mut Handle<AnyHostKey>, user: &str) {
    let mut answer = connection.authenticate_keyboard_interactive_start(user, None).await.unwrap();
    if matches!(&answer, Answer::InfoRequest { instructions, prompts, .. } if instructions.is_empty() && prompts.is_empty())
    {
        answer = connection.authenticate_keyboard_interactive_respond(Vec::new()).await.unwrap();
    }
    assert!(matches!(answer, Answer::Success), "not let in: {answer:?}");
}
