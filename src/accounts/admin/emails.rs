//! Emails that were set aside: what an operator sees of them, and trying one again.

use serde::Serialize;

use super::super::Accounts;
use super::AdminError;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::store::{ParkedEmail, read_tx, write_tx};

/// The emails that one list shows at most.
const LISTED: i64 = 500;
/// Characters of an address that are shown.
const ADDRESS_CHARS: usize = 254;
/// Characters of a reason that are shown.
const REASON_CHARS: usize = 200;

/// A parked email as an operator sees it: nothing of its text. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParkedEmailView {
    /// UUID; also its Message-ID.
    pub id: String,
    /// The recipient; `None` when the address is verified no more.
    pub to: Option<String>,
    /// What it is.
    pub kind: &'static str,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was set aside.
    pub parked_at: Timestamp,
    /// Until when it can be tried again.
    pub expires_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it was not sent.
    pub reason: String,
}

impl From<ParkedEmail> for ParkedEmailView {
    fn from(email: ParkedEmail) -> Self {
        let ParkedEmail { id, to, class, created_at, parked_at, expires_at, attempts, reason } = email;
        let (to, reason) = (to.map(|to| inert(&to, ADDRESS_CHARS)), inert(&reason, REASON_CHARS));
        Self { id, to, kind: class.as_str(), created_at, parked_at, expires_at, attempts, reason }
    }
}

impl Accounts {
    /// The parked emails that can be tried again, the oldest first.
    pub async fn list_parked_emails(&self) -> Result<Vec<ParkedEmailView>, AdminError> {
        let now = self.clock.now();
        let parked = read_tx!(self.store, AdminError, |tx| Ok(tx.list_parked_emails(now, LISTED).await?));
        Ok(parked.await?.into_iter().map(ParkedEmailView::from).collect())
    }

    /// Makes a parked email due at once, as if it were new.
    pub async fn retry_parked_email(&self, id: &str) -> Result<(), AdminError> {
        let now = self.clock.now();
        self.then_send(write_tx!(self.store, AdminError, |tx| {
            if tx.claim_parked_retry(id, now).await? {
                Ok(())
            } else {
                Err(AdminError::NoParkedEmail(inert(id, 40)))
            }
        }))
        .await
    }
}
