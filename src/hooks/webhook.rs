//! One try over HTTP: a POST as <https://www.standardwebhooks.com> has it. No redirect is followed, no proxy is used, and
//! little of the answer is read.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::time::timeout;

use super::HookMessage;
use super::outcome::{Outcome, shortened};
use crate::domain::hook::{Webhook, unix_seconds};
use crate::domain::timestamp::Timestamp;

/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 1_024;
/// How long what follows the status is waited for.
const TIME_FOR_ANSWER: Duration = Duration::from_millis(500);

/// Sends to receivers that are trusted by one set of certificates.
#[derive(Debug)]
pub struct WebhookSender {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// A sender for each set of certificates, since reading the system's takes a while.
#[derive(Debug, Default)]
pub(super) struct Senders(Mutex<Vec<SenderOf>>);

/// The certificates, and who trusts them.
type SenderOf = (Option<Vec<u8>>, Arc<WebhookSender>);

impl Senders {
    pub(super) fn of(&self, webhook: &Webhook) -> Result<Arc<WebhookSender>, String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, sender)) = all.iter().find(|(authorities, _)| *authorities == webhook.authorities) {
            return Ok(sender.clone());
        }
        let sender = Arc::new(WebhookSender::new(webhook.authorities.as_deref())?);
        all.push((webhook.authorities.clone(), sender.clone()));
        Ok(sender)
    }
}

impl WebhookSender {
    /// # Errors
    /// The certificates cannot be used.
    pub fn new(authorities: Option<&[u8]>) -> Result<Self, String> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for certificate in authorities.into_iter().flat_map(CertificateDer::pem_slice_iter) {
            let added = certificate
                .map_err(|error| error.to_string())
                .and_then(|one| roots.add(one).map_err(|error| error.to_string()));
            added.map_err(|error| format!("ca_file: {error}"))?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // That plain HTTP is for this machine alone was checked when the URL was read.
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        // No connection is kept: the next event may be hours away.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self { client })
    }

    /// One try; the caller bounds its time.
    pub(super) async fn send(&self, webhook: &Webhook, message: &HookMessage, now: Timestamp) -> Outcome {
        let signatures: Vec<_> =
            webhook.secrets.iter().map(|secret| secret.sign(&message.id, now, &message.body)).collect();
        let request = Request::post(webhook.url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("Doorkey/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", unix_seconds(now))
            .header("webhook-signature", signatures.join(" "))
            .body(Full::new(Bytes::from(message.body.clone())));
        let request = match request {
            Ok(request) => request,
            Err(error) => return Outcome::failed(format!("the URL cannot be used: {error}")),
        };
        match self.client.request(request).await {
            Ok(response) => outcome_of(response, now).await,
            Err(error) => Outcome::failed(format!("{}: {}", webhook.url.origin(), with_causes(&error))),
        }
    }
}

async fn outcome_of(response: Response<Incoming>, now: Timestamp) -> Outcome {
    let (status, retry_after_s) = (response.status(), retry_after_s(response.headers(), now));
    // What was decided is in the status; who is slow to say why is not waited for.
    let said = timeout(TIME_FOR_ANSWER, beginning(response.into_body())).await.unwrap_or_default();
    let reason = shortened(&format!("HTTP {}: {said}", status.as_u16()));
    let reason = reason.trim_end_matches(": ").trim_end_matches(':').to_owned();
    match status {
        status if status.is_success() => Outcome::Taken(reason),
        StatusCode::GONE => Outcome::Refused(reason),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Outcome::Failed { reason, retry_after_s }
        }
        status if status.is_redirection() => {
            Outcome::failed(format!("HTTP {}: redirects are not followed; correct the url", status.as_u16()))
        }
        _ => Outcome::Failed { reason, retry_after_s: None },
    }
}

/// The header in seconds, or as a date.
fn retry_after_s(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    text.parse().ok().or_else(|| {
        let at = jiff::fmt::rfc2822::parse(text).ok()?;
        Some((at.timestamp().as_millisecond() - now.epoch_ms()) / 1_000)
    })
}

/// The first bytes of an answer, however much follows: the connection is closed then.
async fn beginning(mut body: Incoming) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_BYTES {
        let Some(Ok(frame)) = body.frame().await else { break };
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(&data[..data.len().min(ANSWER_BYTES - bytes.len())]);
        }
    }
    String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned()
}

/// An error of the client says little without its causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_says_when_to_come_back_in_seconds_or_as_a_date() {
        let now = Timestamp::parse("1994-11-06T08:49:00Z").unwrap();
        let asked = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after_s(&headers, now)
        };
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37));
        assert_eq!(asked("Sun, 06 Nov 1994 08:48:00 GMT"), Some(-60));
        assert_eq!((asked("soon"), retry_after_s(&HeaderMap::new(), now)), (None, None));
    }

    #[test]
    fn certificates_that_are_none_are_refused() {
        let damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(WebhookSender::new(Some(damaged)).unwrap_err().starts_with("ca_file: "));
        assert!(WebhookSender::new(None).is_ok());
    }
}
