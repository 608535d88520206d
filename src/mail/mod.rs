//! Emails: what they say (templates that an operator can replace), the outbox and its worker, and how they leave
//! (transports).

pub mod client;
pub mod file;
pub mod memory;
pub mod message;
pub mod outbox;
mod send_rate;
pub mod smtp;
pub mod templates;
pub mod transport;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use lettre::message::{Mailbox, MultiPart, SinglePart, header};
use lettre::{Address, Message};
use tokio_util::sync::CancellationToken;

pub use client::EmailClient;
pub use message::{EmailKind, EmailMessage, OPERATOR_PLACE, RecentItem, RecentKind};
use smtp::RelayRefusal;
use templates::{RenderedEmail, TemplateFault, Templates};
use transport::{SentEmail, Transport};

use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;

/// Writes emails and sends them.
#[derive(Debug)]
pub struct Mailer {
    portal: PortalInfo,
    from: Mailbox,
    templates: RwLock<Arc<Templates>>,
    transport: Transport,
}

/// An email was not sent, or it is not known whether it was. `reason` is safe to log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SendError {
    /// What it means for the email.
    pub kind: SendErrorKind,
    /// What the relay or the machine said.
    pub reason: String,
}

/// What a failure means for the email.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendErrorKind {
    /// Trying again may help.
    Deferred,
    /// The relay refuses this recipient.
    RecipientRefused,
    /// The relay was given the whole text, this long ago, and did not answer: it may have the email or not.
    InDoubt(Duration),
    /// The process stopped while it was being sent.
    Stopped,
    /// No relay can send it.
    Unsendable,
    /// It is not to be sent any more.
    Void,
}

impl SendError {
    /// Trying again may help.
    #[must_use]
    pub fn deferred(reason: &str) -> Self {
        Self { kind: SendErrorKind::Deferred, reason: inert(reason, 300) }
    }

    /// The relay refuses this recipient.
    #[must_use]
    pub fn recipient_refused(reason: &str) -> Self {
        Self { kind: SendErrorKind::RecipientRefused, reason: inert(reason, 300) }
    }

    /// No relay can send it.
    #[must_use]
    pub fn unsendable(reason: &str) -> Self {
        Self { kind: SendErrorKind::Unsendable, reason: inert(reason, 300) }
    }

    /// The relay was given the whole text just now and did not answer.
    #[must_use]
    pub fn in_doubt(reason: &str) -> Self {
        Self { kind: SendErrorKind::InDoubt(Duration::ZERO), ..Self::deferred(reason) }
    }

    fn void(reason: &str) -> Self {
        Self { kind: SendErrorKind::Void, reason: reason.to_owned() }
    }

    fn stopped() -> Self {
        Self { kind: SendErrorKind::Stopped, reason: "the portal is stopping".to_owned() }
    }

    /// The same failure of an email whose text the relay was given from `began` on.
    fn in_doubt_since(self, began: tokio::time::Instant) -> Self {
        Self { kind: SendErrorKind::InDoubt(began.elapsed()), ..self }
    }
}

/// Settings that no email can be sent with. `Display` says what to correct.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// The sender is not an address.
    #[error("the sender `{0}` is not an address of the form name@example.org")]
    Sender(String),
    /// A template cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateFault),
}

impl Mailer {
    /// Tries out an operator's templates with sample values, so that a mistake shows at the start and not when somebody
    /// waits for a code.
    pub fn new(portal: PortalInfo, templates: Templates, transport: Transport) -> Result<Self, MailFault> {
        let sender = portal.sender.parse::<Address>();
        let sender = sender.map_err(|_| MailFault::Sender(inert(&portal.sender, 100)))?;
        let from = Mailbox::new(Some(inert(&portal.name, 100)), sender);
        templates.check(&portal)?;
        Ok(Self { portal, from, templates: RwLock::new(Arc::new(templates)), transport })
    }

    /// Tries `templates` out like the first ones, and from then on writes with them.
    ///
    /// # Errors
    /// One of them cannot be used; then the old ones stay.
    pub fn replace_templates(&self, templates: Templates) -> Result<(), MailFault> {
        templates.check(&self.portal)?;
        *self.templates.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(templates);
        Ok(())
    }

    fn templates(&self) -> Arc<Templates> {
        self.templates.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What emails say of the portal.
    #[must_use]
    pub fn portal(&self) -> &PortalInfo {
        &self.portal
    }

    /// Sends `email` to exactly one address, unless `cut` comes first. `message_id` is the id of the outbox row: every try of an email has
    /// the same `Message-ID`, so a mailbox can drop duplicates.
    pub async fn send(
        &self,
        to: &str,
        message_id: &str,
        email: &EmailMessage,
        now: Timestamp,
        cut: &CancellationToken,
    ) -> Result<(), SendError> {
        let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if message_id.is_empty() || message_id.len() > 64 || !message_id.chars().all(is_id) {
            return Err(SendError::unsendable("the email's id is not valid"));
        }
        let written = self
            .templates()
            .write(email, &self.portal)
            .map_err(|fault| SendError::deferred(&fault.to_string()))?;
        let message = self.message(to, message_id, &written, now)?;
        let sent = SentEmail {
            id: message_id.to_owned(),
            to: to.to_owned(),
            subject: written.subject,
            text: written.text,
            html: written.html,
            raw: message.formatted(),
        };
        self.transport.send(message.envelope(), sent, cut).await
    }

    /// Where the relay is and the name that this machine gives it in EHLO; `None` where emails go into a folder.
    #[must_use]
    pub fn relay(&self) -> Option<(String, String)> {
        self.transport.relay().map(|relay| (relay.place(), relay.helo_name()))
    }

    /// Whether emails reach anybody, and are not just kept in a folder.
    #[must_use]
    pub fn reaches_mailboxes(&self) -> bool {
        !matches!(self.transport, Transport::File { .. })
    }

    /// Leads a conversation with the relay as far as the sender, without an email. Nothing to do where there is none.
    pub async fn try_relay(&self) -> Result<(), RelayRefusal> {
        match self.transport.relay() {
            Some(relay) => relay.try_out(&self.from.email).await,
            None => Ok(()),
        }
    }

    fn message(
        &self,
        to: &str,
        message_id: &str,
        written: &RenderedEmail,
        now: Timestamp,
    ) -> Result<Message, SendError> {
        // An address alone, never `Name <address>` or a list: one email, one mailbox.
        let to =
            to.parse::<Address>().map_err(|_| SendError::unsendable("the recipient is not an address"))?;
        let body = MultiPart::alternative()
            .boundary(format!("=_{message_id}"))
            .singlepart(SinglePart::plain(written.text.clone()))
            .singlepart(SinglePart::html(written.html.clone()));
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&written.subject)
            .date(system_time(now))
            .message_id(Some(format!("<{message_id}@{}>", self.from.email.domain())))
            .header(AutoSubmitted)
            .multipart(body)
            .map_err(|error| SendError::unsendable(&error.to_string()))
    }
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.epoch_ms()).unwrap_or(0))
}

/// Keeps automatic replies away (RFC 3834 section 5).
#[derive(Clone, Copy, Debug)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::messages::Language;
    use memory::MemoryTransport;
    use std::sync::Arc;

    pub(crate) fn portal() -> PortalInfo {
        PortalInfo { sender: "doorkey@acme.example".into(), ..PortalInfo::for_test() }
    }

    pub(crate) fn reset_code() -> EmailMessage {
        EmailMessage::sample(EmailKind::ResetCode)
    }

    fn mailer(portal: PortalInfo) -> (Mailer, Arc<MemoryTransport>) {
        let transport = Arc::new(MemoryTransport::default());
        let mailer = Mailer::new(portal, Templates::default(), Transport::Memory(transport.clone())).unwrap();
        (mailer, transport)
    }

    #[tokio::test]
    async fn an_email_carries_the_headers_that_a_machine_should_send() {
        let (mailer, transport) = mailer(portal());
        let now = Timestamp::from_epoch_ms(1_795_356_309_123);
        mailer.send("ada@example.org", "row-1", &reset_code(), now, &CancellationToken::new()).await.unwrap();
        let raw = String::from_utf8(transport.emails().remove(0).raw).unwrap();
        let headers = raw.split_once("\r\n\r\n").unwrap().0.replace("\r\n ", " ");
        assert_eq!(
            headers.lines().collect::<Vec<_>>(),
            [
                "From: Doorkey <doorkey@acme.example>",
                "To: ada@example.org",
                "Subject: Your Doorkey reset code",
                "Date: Sun, 22 Nov 2026 14:05:09 +0000",
                "Message-ID: <row-1@acme.example>",
                "Auto-Submitted: auto-generated",
                "MIME-Version: 1.0",
                "Content-Type: multipart/alternative; boundary=\"=_row-1\"",
            ]
        );
        assert!(raw.contains("\r\n\r\nWDJB-MJHT\r\n\r\n"), "the code stands alone: {raw}");
    }

    /// What RFC 2045 (6.7) allows in a line, with names that need many escapes.
    #[tokio::test]
    async fn no_line_is_longer_than_76_and_a_code_is_whole_on_a_line_of_its_own() {
        let portal = PortalInfo { name: "Konto-Türsteher für Müller & Söhne".into(), ..portal() };
        let (mailer, transport) = mailer(portal);
        let all = Language::ALL
            .into_iter()
            .flat_map(|language| EmailKind::ALL.iter().map(move |kind| (language, kind)));
        for (number, (language, kind)) in all.enumerate() {
            let email =
                EmailMessage {
                    name: "Zoë=Ångström-SSüß".into(), language, ..EmailMessage::sample(*kind)
                };
            let (id, now) = (format!("row-{number}"), Timestamp::from_epoch_ms(0));
            mailer.send("ada@example.org", &id, &email, now, &CancellationToken::new()).await.unwrap();
            let raw = String::from_utf8(transport.emails().remove(number).raw).unwrap();
            let body = raw.split_once("\r\n\r\n").unwrap().1;
            let long = body.lines().find(|line| line.len() > 76);
            assert_eq!(long, None, "{kind:?}");
            assert!(raw.is_ascii(), "{kind:?}");
            assert_eq!(raw.contains("\r\n\r\nWDJB-MJHT\r\n\r\n"), kind.has_code(), "{kind:?}: {raw}");
        }
    }

    #[tokio::test]
    async fn two_tries_of_one_email_are_the_same_email() {
        let (mailer, transport) = mailer(portal());
        for _ in 0..2 {
            mailer
                .send(
                    "ada@example.org",
                    "row-1",
                    &reset_code(),
                    Timestamp::from_epoch_ms(0),
                    &CancellationToken::new(),
                )
                .await
                .unwrap();
        }
        let emails = transport.emails();
        assert_eq!(emails[0].raw, emails[1].raw);
    }

    #[tokio::test]
    async fn nothing_but_one_plain_address_is_a_recipient() {
        let (mailer, transport) = mailer(portal());
        for to in [
            "",
            "ada",
            "ada@example.org, eve@example.org",
            "Ada <ada@example.org>",
            "ada@example.org\r\nBcc: e@x.org",
            "ada@example.org\n",
            "a b@example.org",
        ] {
            let refused = mailer
                .send(to, "row-1", &reset_code(), Timestamp::from_epoch_ms(0), &CancellationToken::new())
                .await;
            assert!(refused.is_err_and(|e| e.kind == SendErrorKind::Unsendable), "{to:?}");
        }
        for id in ["", "../../etc/x", "a\r\nBcc: e@x.org", "a>b"] {
            assert!(
                mailer
                    .send(
                        "ada@example.org",
                        id,
                        &reset_code(),
                        Timestamp::from_epoch_ms(0),
                        &CancellationToken::new()
                    )
                    .await
                    .is_err()
            );
        }
        assert!(transport.emails().is_empty());
    }

    #[tokio::test]
    async fn values_cannot_add_headers_lines_or_markup() {
        let evil = PortalInfo {
            name: "Door\r\nBcc: eve@example.org\r\n\r\n<b>key".into(),
            organisation: "a\r\n.\r\nMAIL FROM:<x>".into(),
            ..portal()
        };
        let (mailer, transport) = mailer(evil);
        let (ip, name) = ("1.2.3.4\r\n\r\nEEEE-FFFF\r\n".into(), "<script>\u{1b}[2J".into());
        let email = EmailMessage { name, ip, ..reset_code() };
        mailer
            .send("ada@example.org", "row-1", &email, Timestamp::from_epoch_ms(0), &CancellationToken::new())
            .await
            .unwrap();
        let sent = transport.emails().remove(0);
        let raw = String::from_utf8(sent.raw).unwrap();
        assert!(!raw.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:")), "{raw}");
        assert!(!raw.contains("\r\n.\r\n") && !raw.contains('\u{1b}'));
        assert!(!sent.text.lines().any(|line| line.trim() == "EEEE-FFFF"), "{}", sent.text);
        assert!(!sent.html.contains("<script>") && !sent.html.contains("<b>key"), "{}", sent.html);
    }

    #[test]
    fn a_sender_that_is_no_address_is_refused_at_the_start() {
        let portal = PortalInfo { sender: "doorkey".into(), ..portal() };
        let fault = Mailer::new(portal, Templates::default(), Transport::Memory(Arc::default())).unwrap_err();
        assert!(fault.to_string().contains("`doorkey`"), "{fault}");
    }
}
