//! Hooks: addresses and programs that are told what happened. Webhooks follow <https://www.standardwebhooks.com>.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64ct::{Base64, Base64Unpadded, Encoding};
use serde::Serialize;
use strum::EnumCount;
use zeroize::Zeroizing;

use super::audit_event::AuditEvent;
use super::timestamp::Timestamp;

/// The most secrets of one webhook: the new one and the one that it replaces.
pub const MAX_SECRETS: usize = 2;
/// What a secret begins with.
const SECRET_PREFIX: &str = "whsec_";
/// Between 192 and 512 bits, as the specification has it.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// One hook of the operator's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The operator's name for it; what waits for it is kept under this name.
    pub name: String,
    pub target: HookTarget,
    pub events: EventChoice,
    /// How long one try may take.
    pub timeout: Duration,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookTarget {
    Webhook(Webhook),
    Command(PathBuf),
}

/// An HTTP endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub url: WebhookUrl,
    /// The newest first. Each signs.
    pub secrets: Vec<SigningSecret>,
    /// PEM certificates that are trusted beside the system's.
    pub authorities: Option<Vec<u8>>,
}

/// Which events a hook is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventChoice {
    All,
    /// By the ids of their kinds.
    These(BTreeSet<String>),
}

impl Hook {
    /// Whether it is told of events of this kind.
    #[must_use]
    pub fn wants(&self, kind: &str) -> bool {
        match &self.events {
            EventChoice::All => true,
            EventChoice::These(kinds) => kinds.contains(kind),
        }
    }
}

/// What goes first to a hook that is behind, and stays longest when too much waits for it. The numbers are in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount)]
pub enum DeliveryPriority {
    /// An account has changed.
    High = 0,
    /// Anything else that was done.
    Normal = 1,
    /// A refusal: anybody on the internet can set off as many as they like.
    Low = 2,
}

impl DeliveryPriority {
    /// All of them, the first one first.
    pub const ALL: [Self; Self::COUNT] = [Self::High, Self::Normal, Self::Low];

    /// As the database has it.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }
}

/// The hooks of a running process, which are replaced when the settings are read again. Clones are the same.
#[derive(Clone, Debug)]
pub struct SharedHooks {
    hooks: Arc<RwLock<Arc<Vec<Hook>>>>,
    priority_of: fn(&str) -> DeliveryPriority,
}

impl Default for SharedHooks {
    fn default() -> Self {
        Self::new(Vec::new(), |_| DeliveryPriority::Normal)
    }
}

impl SharedHooks {
    /// `priority_of` knows kinds of events by their ids.
    #[must_use]
    pub fn new(hooks: Vec<Hook>, priority_of: fn(&str) -> DeliveryPriority) -> Self {
        Self { hooks: Arc::new(RwLock::new(Arc::new(hooks))), priority_of }
    }

    /// How urgent events of this kind are.
    #[must_use]
    pub fn priority_of(&self, kind: &str) -> DeliveryPriority {
        (self.priority_of)(kind)
    }

    /// The hooks as they are now.
    #[must_use]
    pub fn get(&self) -> Arc<Vec<Hook>> {
        self.hooks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these are told.
    pub fn replace(&self, hooks: Vec<Hook>) {
        *self.hooks.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(hooks);
    }
}

/// The address of a webhook: HTTPS, or HTTP on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) =
            text.split_once("://").ok_or("expected a URL such as https://example.org/hook")?;
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('#') {
            return Err("has a character that no URL may have here");
        }
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err("has a user name in it; the receiver knows Doorkey by the signature");
        }
        let host = match authority.strip_prefix('[') {
            Some(rest) => rest.split_once(']').map_or("", |(host, _)| host),
            None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
        };
        if host.is_empty() {
            return Err("has no host");
        }
        match scheme {
            "https" => Ok(Self(text.to_owned())),
            "http" if is_loopback(host) => Ok(Self(text.to_owned())),
            "http" => {
                Err("is not encrypted; http:// is for this machine alone (localhost, 127.0.0.1, [::1])")
            }
            _ => Err("expected https://"),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port, for the log: a path or a query may be a secret of the receiver.
    #[must_use]
    pub fn origin(&self) -> &str {
        let begin = self.0.find("://").map_or(0, |at| at + 3);
        let end = self.0[begin..].find(['/', '?']).map_or(self.0.len(), |at| begin + at);
        &self.0[..end]
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A secret that messages are signed with, written `whsec_` and Base64.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Zeroizing<Vec<u8>>);

impl SigningSecret {
    /// `None` when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.trim().strip_prefix(SECRET_PREFIX)?.trim_end_matches('=');
        let bytes = Zeroizing::new(Base64Unpadded::decode_vec(encoded).ok()?);
        SECRET_BYTES.contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The signature of a message, as the header has it: `v1,` and Base64.
    #[must_use]
    pub fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let text = format!("{id}.{}.{body}", unix_seconds(at));
        format!("v1,{}", Base64::encode_string(hmac::sign(&key, text.as_bytes()).as_ref()))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(***)")
    }
}

/// The time as the header `webhook-timestamp` has it.
#[must_use]
pub fn unix_seconds(at: Timestamp) -> i64 {
    at.epoch_ms().div_euclid(1_000)
}

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: Timestamp,
    data: EventData<'a>,
}

#[derive(Serialize)]
struct EventData<'a> {
    event: &'a str,
    account: Option<&'a str>,
    username: Option<&'a str>,
    ip: Option<&'a str>,
    client: &'a str,
    session: Option<&'a str>,
}

/// What is told of an event, as JSON: what the audit log has of it, so no code, no password and no email address.
#[must_use]
pub fn payload(event: &AuditEvent, username: Option<&str>) -> String {
    let some = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
    let (ip, session) = (some(&event.ip), some(&event.session));
    let payload = Payload {
        kind: &event.kind,
        timestamp: event.at,
        data: EventData {
            event: &event.id,
            account: event.account.as_deref(),
            username,
            ip: ip.as_deref(),
            client: &event.client,
            session: session.as_deref(),
        },
    };
    // Text and numbers alone always serialise.
    serde_json::to_string(&payload).unwrap_or_default()
}

/// The type of a made-up event.
pub const TEST: &str = "test";
/// The kind of its delivery once the hook has taken it: for the command that waits, which has the answer from it.
pub const TEST_TAKEN: &str = "test-taken";

/// A made-up event, for trying a hook.
#[must_use]
pub fn sample(id: &str, now: Timestamp) -> String {
    let event = AuditEvent {
        id: id.to_owned(),
        account: None,
        name: None,
        subject: None,
        kind: TEST.to_owned(),
        at: now,
        ip: String::new(),
        client: "operator".to_owned(),
        session: String::new(),
        series: None,
        count: 1,
        last_at: now,
    };
    payload(&event, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the specification's libraries.
    #[test]
    fn a_message_is_signed_as_the_specification_has_it() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Timestamp::from_epoch_ms(1_614_265_330_000);
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, "{\"test\": 2432232314}");
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(format!("{secret:?}"), "SigningSecret(***)");
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA", "whsec_not base64"] {
            assert!(SigningSecret::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_told_without_tls() {
        for url in [
            "https://example.org/hook",
            "https://example.org:8443/?a=b",
            "http://localhost:8080/",
            "http://127.0.0.1",
            "http://[::1]:80/x",
        ] {
            assert!(WebhookUrl::parse(url).is_ok(), "{url}");
        }
        let origin = |url: &str| WebhookUrl::parse(url).unwrap().origin().to_owned();
        assert_eq!(origin("https://example.org:8443/services/T0/secret?token=x"), "https://example.org:8443");
        assert_eq!(origin("https://example.org?token=x"), "https://example.org");
        assert_eq!(origin("http://[::1]:80"), "http://[::1]:80");
        for url in [
            "http://example.org/hook",
            "http://127.0.0.1.example.org/",
            "http://localhost@example.org/",
            "https://user:secret@example.org/",
            "https:///hook",
            "https://exa mple.org",
            "ftp://example.org",
            "example.org",
            "https://example.org/\r\nx: y",
        ] {
            assert!(WebhookUrl::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn what_is_told_is_what_the_audit_log_has() {
        let told: serde_json::Value =
            serde_json::from_str(&sample("an-id", Timestamp::from_epoch_ms(0))).unwrap();
        assert_eq!(told["type"], "test");
        assert_eq!(told["timestamp"], "1970-01-01T00:00:00Z");
        assert_eq!(told["data"]["event"], "an-id");
        assert!(told["data"]["ip"].is_null() && told["data"]["username"].is_null());
    }
}
