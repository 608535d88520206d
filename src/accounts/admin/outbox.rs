//! Emails that were not sent yet: what an operator sees of them, trying one again, and dropping one.

use serde::Serialize;
use strum::{Display, EnumString};

use super::super::Accounts;
use super::super::event_kind::{EventKind, Subject};
use super::AdminError;
use crate::domain::email::Email;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::store::{Tx, UnsentEmail, read_tx, write_tx};

/// The emails that one list shows at most.
const LISTED: i64 = 500;
/// Characters of an address that are shown.
const ADDRESS_CHARS: usize = 254;
/// Characters of a reason that are shown.
const REASON_CHARS: usize = 200;
/// Why an email is gone that an operator dropped.
const DROPPED: &str = "dropped by an operator";

/// What becomes of an unsent email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Display, EnumString)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum EmailState {
    /// It is tried when it is due.
    Waiting,
    /// A node is trying it now.
    Sending,
    /// It was set aside, and is tried no more unless an operator says so.
    Parked,
}

/// An unsent email as an operator sees it: nothing of its text. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnsentEmailView {
    /// UUID; also its Message-ID.
    pub id: String,
    /// Whether it waits, is being sent or was set aside.
    pub state: EmailState,
    /// What it is.
    pub kind: &'static str,
    /// The username of the account that it is about; `None` for somebody without one.
    pub user: Option<String>,
    /// The recipient; `None` when the address is verified no more.
    pub to: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next; `None` for a parked one.
    pub next_at: Option<Timestamp>,
    /// When it was set aside.
    pub parked_at: Option<Timestamp>,
    /// Until when it is worth sending.
    pub expires_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it was not sent the last time.
    pub reason: Option<String>,
}

impl From<UnsentEmail> for UnsentEmailView {
    fn from(email: UnsentEmail) -> Self {
        let state = match (email.parked_at, email.leased_by) {
            (Some(_), _) => EmailState::Parked,
            (None, Some(_)) => EmailState::Sending,
            (None, None) => EmailState::Waiting,
        };
        Self {
            id: email.id,
            state,
            kind: email.class.as_str(),
            user: email.user,
            to: email.to.map(|to| inert(&to, ADDRESS_CHARS)),
            created_at: email.created_at,
            next_at: email.parked_at.is_none().then_some(email.next_at),
            parked_at: email.parked_at,
            expires_at: email.expires_at,
            attempts: email.attempts,
            reason: email.reason.map(|reason| inert(&reason, REASON_CHARS)),
        }
    }
}

impl Accounts {
    /// The emails that are worth sending and were not sent, the oldest first; or only the parked ones.
    pub async fn list_unsent_emails(&self, only_parked: bool) -> Result<Vec<UnsentEmailView>, AdminError> {
        let now = self.clock.now();
        let found = read_tx!(self.store, AdminError, |tx| {
            Ok(tx.list_unsent_emails((None, only_parked), now, LISTED).await?)
        });
        Ok(found.await?.into_iter().map(UnsentEmailView::from).collect())
    }

    /// One of them.
    pub async fn show_unsent_email(&self, id: &str) -> Result<UnsentEmailView, AdminError> {
        let now = self.clock.now();
        read_tx!(self.store, AdminError, |tx| Ok(find(tx, id, now).await?.into())).await
    }

    /// Makes an unsent email due at once, a parked one as if it were new.
    pub async fn retry_email(&self, id: &str) -> Result<UnsentEmailView, AdminError> {
        let now = self.clock.now();
        self.then_send(write_tx!(self.store, AdminError, |tx| {
            let email = find(tx, id, now).await?;
            if !tx.claim_retry(&email.id, now).await? {
                return Err(not_found(id));
            }
            self.note_email(tx, EventKind::EmailRetried, &email, now).await?;
            Ok(find(tx, id, now).await?.into())
        }))
        .await
    }

    /// Drops an unsent email and wipes it.
    pub async fn drop_email(&self, id: &str) -> Result<UnsentEmailView, AdminError> {
        let now = self.clock.now();
        write_tx!(self.store, AdminError, |tx| {
            let email = find(tx, id, now).await?;
            if !tx.claim_dropped(&email.id, now, DROPPED).await? {
                return Err(not_found(id));
            }
            self.note_email(tx, EventKind::EmailDropped, &email, now).await?;
            Ok(email.into())
        })
        .await
    }

    async fn note_email(
        &self,
        tx: &mut Tx,
        event_kind: EventKind,
        email: &UnsentEmail,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        let to = email.to.as_deref().unwrap_or_default();
        let canonical = Email::parse(to).map_or_else(|_| to.to_owned(), |email| email.canonical().to_owned());
        let nobody = self.identifier_key(&canonical);
        let subject = match &email.account {
            Some(account) => Subject::Account(account, email.user.as_deref().unwrap_or_default()),
            None => Subject::Nobody(&nobody),
        };
        Ok(tx.insert_event(&self.operator_event_about(event_kind, subject, now)).await?)
    }
}

async fn find(tx: &mut Tx, id: &str, now: Timestamp) -> Result<UnsentEmail, AdminError> {
    let given = id.trim();
    let found = if given.is_empty() {
        Vec::new()
    } else {
        tx.list_unsent_emails((Some(given), false), now, 1).await?
    };
    found.into_iter().next().ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> AdminError {
    AdminError::NoUnsentEmail(inert(id, 40))
}
