//! Support cases as an operator sees and answers them, and the reset code that support may read out.

use serde::Serialize;

use super::super::Accounts;
use super::super::event_kind::{EventKind, Subject};
use super::super::notifications::Notification;
use super::super::support::with_messages;
use super::AdminError;
use super::users::find;
use crate::domain::case;
use crate::domain::code::{self, Code};
use crate::domain::email_address::EmailAddress;
use crate::domain::entropy::Entropy;
use crate::domain::id::new_id;
use crate::domain::secret::Secret;
use crate::domain::support_case::{Author, Case, CaseMessage, CaseState};
use crate::domain::text::inert;
use crate::domain::throttle::{CODE_LIFE_CAP_MS, LIVE_CODES_PER_ACCOUNT};
use crate::domain::timestamp::Timestamp;
use crate::mail::{EmailClient, EmailKind, EmailMessage, OPERATOR_PLACE};
use crate::store::{Account, NewCode, Recipient, Tx, read_tx, write_tx};

/// The cases that one list shows at most.
const LISTED: i64 = 500;

/// A case as an operator's list shows it. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseListing {
    /// What to call it by.
    pub number: i64,
    /// The username of the account it is about; `None` for a guest's.
    pub user: Option<String>,
    /// For a guest's: the account that they claim to have. Nobody has checked it.
    pub claimed: Option<String>,
    /// For a guest's: where they want answers.
    pub contact: Option<String>,
    /// For a guest's: true when the contact was verified by a code.
    pub contact_verified: Option<bool>,
    /// One line.
    pub subject: String,
    /// Open until it is closed.
    pub state: CaseState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// A case with its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseDetail {
    /// What the list shows of it.
    #[serde(flatten)]
    pub listing: CaseListing,
    /// Facts about the account that the member added.
    pub facts: Vec<String>,
    /// The messages, oldest first.
    pub messages: Vec<CaseMessage>,
}

/// Whether an answer was emailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerDelivery {
    /// An email says so to every verified address of the account, or to the guest's contact.
    ByEmail,
    /// The guest's contact is not verified, so no email went there.
    Nobody,
}

/// A reset code for an operator to read out.
#[derive(Debug)]
pub struct IssuedCode {
    /// The username.
    pub name: String,
    /// The code in its groups.
    pub code: Secret,
    /// Until when it is good.
    pub until: Timestamp,
    /// How many addresses an email about it goes to.
    pub emails: usize,
}

impl Accounts {
    /// The open cases, or all of them, the last changed first.
    pub async fn list_all_cases(&self, with_closed: bool) -> Result<Vec<CaseListing>, AdminError> {
        let cases =
            read_tx!(self.store, AdminError, |tx| Ok(tx.list_cases(with_closed, LISTED).await?)).await?;
        Ok(cases.into_iter().map(listing).collect())
    }

    /// One case, of any account or guest.
    pub async fn show_any_case(&self, number: i64) -> Result<CaseDetail, AdminError> {
        read_tx!(self.store, AdminError, |tx| {
            let case = find_case(tx, number).await?;
            let Case { facts, messages, .. } = *with_messages(tx, case.clone()).await?;
            Ok(CaseDetail { listing: listing(case), facts, messages })
        })
        .await
    }

    /// Answers an open case.
    pub async fn reply_to_case(&self, number: i64, text: &str) -> Result<AnswerDelivery, AdminError> {
        let text = case::text(text)?;
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        self.then_send(write_tx!(self.store, AdminError, |tx| {
            let case = find_case(tx, number).await?;
            if !tx.claim_case_open(&case.id, now).await? {
                return Err(AdminError::CaseClosed(number));
            }
            tx.insert_case_message(&id, &case.id, Author::Support, &text, now).await?;
            self.note_for_case(tx, &case, EventKind::SupportReply, now).await
        }))
        .await
    }

    /// Closes an open case.
    pub async fn close_any_case(&self, number: i64) -> Result<AnswerDelivery, AdminError> {
        let now = self.clock.now();
        self.then_send(write_tx!(self.store, AdminError, |tx| {
            let case = find_case(tx, number).await?;
            if !tx.claim_case_closed(&case.id, now).await? {
                return Err(AdminError::CaseClosed(number));
            }
            self.note_for_case(tx, &case, EventKind::SupportClosed, now).await
        }))
        .await
    }

    /// Writes the row and the email of what support did in a case.
    async fn note_for_case(
        &self,
        tx: &mut Tx,
        case: &Case,
        event_kind: EventKind,
        now: Timestamp,
    ) -> Result<AnswerDelivery, AdminError> {
        let nobody = self.claim_key(case);
        let name = case.name.as_deref().unwrap_or_default();
        let subject =
            case.account.as_deref().map_or(Subject::Nobody(&nobody), |id| Subject::Account(id, name));
        tx.insert_event(&self.operator_event_about(event_kind, subject, now)).await?;
        let number = case.number;
        if let (Some(account), Some(name), Some(kind)) = (&case.account, &case.name, event_kind.email()) {
            let email =
                Notification { kind, account, name, detail: &number.to_string() }.email_by_operator(now);
            let email = EmailMessage { language: case.language, ..email };
            self.enqueue_for_account(tx, account, &email, now).await?;
            return Ok(AnswerDelivery::ByEmail);
        }
        let Some(contact) = case.contact.as_deref().filter(|_| case.verified_at.is_some()) else {
            return Ok(AnswerDelivery::Nobody);
        };
        let email = EmailMessage {
            detail: number.to_string(),
            ip: OPERATOR_PLACE.to_owned(),
            client: Some(EmailClient::Operator),
            language: case.language,
            ..EmailMessage::new(EmailKind::GuestCaseUpdated, now)
        };
        self.send_case_code(tx, (&case.id, contact), now, email).await?;
        Ok(AnswerDelivery::ByEmail)
    }

    /// Creates a reset code for an account: typed in the reset page like any other, good for one reset, and
    /// announced to every verified address.
    pub async fn issue_reset_code(&self, name: &str) -> Result<IssuedCode, AdminError> {
        self.follow_for_operator(name).await?;
        let now = self.clock.now();
        // Nobody holds this request: the prefix says that it is compared with whatever is typed.
        let new = NewResetCode::generate(&self.entropy, "support:", now);
        let (name, emails) = self
            .then_send(write_tx!(self.store, AdminError, |tx| {
                let account = self.insert_reset_code(tx, name, &new, EventKind::ResetCodeIssued, now).await?;
                let kind = EmailKind::ResetCodeIssued;
                let notification =
                    Notification { kind, account: &account.id, name: &account.name, detail: "" };
                let email = notification.email_by_operator(now);
                self.enqueue_for_account(tx, &account.id, &email, now).await?;
                let addresses = tx.list_emails(&account.id).await?;
                let emails = addresses.iter().filter(|address| address.is_in_use()).count();
                Ok((account.name, emails))
            }))
            .await?;
        Ok(IssuedCode { name, code: Secret::new(new.code.grouped()), until: new.until, emails })
    }

    /// Inserts a reset code for an account that is not disabled, and the event about it. The account is locked from here
    /// on.
    async fn insert_reset_code(
        &self,
        tx: &mut Tx,
        name: &str,
        new: &NewResetCode,
        event_kind: EventKind,
        now: Timestamp,
    ) -> Result<Account, AdminError> {
        if !self.capabilities().reset {
            return Err(AdminError::InDirectory("set its password"));
        }
        let account = find(tx, name).await?;
        if !tx.claim_account_lock(&account.id).await? {
            return Err(AdminError::Disabled(account.name));
        }
        // As many as people may ask for themselves, so that guessing does not become easier.
        if tx.count_live_codes(&account.id, code::RESET, now).await? >= 2 * LIVE_CODES_PER_ACCOUNT {
            return Err(AdminError::TooManyCodes(account.name));
        }
        let keyring = self.keyring.get();
        let (key_id, key) = keyring.code_key();
        tx.insert_code(&NewCode {
            id: &new.id,
            request: &new.request,
            asked_by: "",
            account: &account.id,
            purpose: code::RESET,
            mac: &code::mac(key, code::RESET, &new.request, &account.id, &new.code),
            key_id,
            requested_at: now,
            expires_at: new.until,
        })
        .await?;
        tx.insert_event(&self.operator_event(event_kind, &account.id, now)).await?;
        Ok(account)
    }
}

/// A reset code by an operator that is not in the database yet.
struct NewResetCode {
    code: Code,
    id: String,
    request: String,
    until: Timestamp,
}

impl NewResetCode {
    fn generate(entropy: &Entropy, prefix: &str, now: Timestamp) -> Self {
        Self {
            code: Code::generate(entropy),
            id: new_id(now, entropy),
            request: format!("{prefix}{}", new_id(now, entropy)),
            until: now.plus_ms(CODE_LIFE_CAP_MS),
        }
    }
}

/// A reset code that is on its way by email.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentResetCode {
    /// The username.
    #[serde(rename = "user")]
    pub name: String,
    /// The address that it goes to.
    pub to: String,
}

impl Accounts {
    /// Sends a reset code to the primary address of an account, as if its owner had asked for it; no rate limit applies.
    pub async fn send_reset_email(&self, name: &str) -> Result<SentResetCode, AdminError> {
        let now = self.clock.now();
        let new = NewResetCode::generate(&self.entropy, "", now);
        self.then_send(write_tx!(self.store, AdminError, |tx| {
            let account = self.insert_reset_code(tx, name, &new, EventKind::ResetCodeSent, now).await?;
            let mut addresses = tx.list_emails(&account.id).await?;
            addresses.retain(EmailAddress::is_in_use);
            let Some(address) = addresses.into_iter().next() else {
                return Err(AdminError::NoAddress(account.name));
            };
            let email = EmailMessage {
                name: account.name.clone(),
                code: new.code.grouped(),
                valid_minutes: self.rules.code_ttl_minutes,
                ip: OPERATOR_PLACE.to_owned(),
                ..EmailMessage::new(EmailKind::ResetCode, now)
            };
            self.enqueue(tx, Recipient::Address(&address.id), Some(&new.id), &email, now, new.until).await?;
            Ok(SentResetCode { name: account.name, to: address.address })
        }))
        .await
    }
}

async fn find_case(tx: &mut Tx, number: i64) -> Result<Case, AdminError> {
    tx.find_case(number).await?.ok_or(AdminError::NoCase(number))
}

fn listing(case: Case) -> CaseListing {
    let is_guest = case.account.is_none();
    CaseListing {
        number: case.number,
        user: case.name,
        claimed: is_guest.then(|| inert(&case.claimed, 254)),
        contact_verified: is_guest.then_some(case.verified_at.is_some()),
        contact: case.address,
        subject: case.subject,
        state: case.state,
        opened_at: case.opened_at,
        changed_at: case.changed_at,
    }
}
