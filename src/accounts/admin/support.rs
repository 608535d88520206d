//! Support cases as an operator sees and answers them, and the code that support may read out.

use serde::Serialize;

use super::super::Accounts;
use super::super::happened::{Happened, OPERATOR, Whom};
use super::super::outbox::{PLACE, Tale};
use super::Denied;
use super::users::find;
use crate::domain::case;
use crate::domain::code::{self, Code};
use crate::domain::id::new_id;
use crate::domain::moment::Moment;
use crate::domain::secret::Secret;
use crate::domain::text::inert;
use crate::domain::throttle::{CODE_LIFE_CAP_MS, LIVE_CODES_PER_ACCOUNT};
use crate::mail::{About, Letter};
use crate::store::{Case, CaseMessage, NewCode, Tx, read_tx, write_tx};

/// The cases that one list shows at most.
const LISTED: i64 = 500;

/// A case as an operator's list shows it. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseListing {
    /// What to call it by.
    pub number: i64,
    /// The username of the account it is about; `None` for a guest's.
    pub user: Option<String>,
    /// For a guest's: whom they say to be. Nobody has checked it.
    pub claimed: Option<String>,
    /// For a guest's: where they want answers.
    pub contact: Option<String>,
    /// For a guest's: true when they have shown that letters to the contact reach them.
    pub contact_verified: Option<bool>,
    /// One line.
    pub subject: String,
    /// `open` or `closed`.
    pub state: &'static str,
    /// When it was opened.
    pub opened_at: String,
    /// When something was last said or done.
    pub changed_at: String,
}

/// A case with all that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseDetail {
    /// What the list shows of it.
    #[serde(flatten)]
    pub listing: CaseListing,
    /// What support was told besides.
    pub facts: Vec<String>,
    /// What was said, in its order.
    pub messages: Vec<Said>,
}

/// Something said in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When.
    pub at: String,
    /// `member`, `guest` or `support`.
    pub by: String,
    /// The words, lines with line feeds between them.
    pub text: String,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A letter says so to every verified address of the account, or to the guest's contact.
    ByLetter,
    /// The guest's contact is not verified, so no letter went there.
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
    pub until: Moment,
    /// How many addresses a letter about it goes to.
    pub letters: usize,
}

impl Accounts {
    /// The open cases, or all of them, the last changed first.
    pub async fn list_all_cases(&self, with_closed: bool) -> Result<Vec<CaseListing>, Denied> {
        let cases = read_tx!(self.store, Denied, |tx| Ok(tx.list_cases(with_closed, LISTED).await?)).await?;
        Ok(cases.into_iter().map(listing).collect())
    }

    /// One case, whoever's it is.
    pub async fn show_any_case(&self, number: i64) -> Result<CaseDetail, Denied> {
        read_tx!(self.store, Denied, |tx| {
            let case = find_case(tx, number).await?;
            let messages = tx.list_case_messages(&case.id).await?;
            let said = |said: CaseMessage| Said { at: said.at.to_string(), by: said.author, text: said.text };
            let facts = case.facts.lines().map(str::to_owned).collect();
            Ok(CaseDetail {
                facts,
                messages: messages.into_iter().map(said).collect(),
                listing: listing(case),
            })
        })
        .await
    }

    /// Answers an open case.
    pub async fn reply_to_case(&self, number: i64, text: &str) -> Result<Told, Denied> {
        let text = case::text(text)?;
        let now = self.clock.now();
        let id = new_id(now, &self.chance);
        let told = write_tx!(self.store, Denied, |tx| {
            let case = find_case(tx, number).await?;
            if !tx.claim_case_open(&case.id, now).await? {
                return Err(Denied::CaseClosed(number));
            }
            tx.insert_case_message(&id, &case.id, "support", &text, now).await?;
            self.note_for_case(tx, &case, Happened::SupportReply, About::SupportReply, now).await
        });
        let told = told.await?;
        self.letter_written.notify_one();
        Ok(told)
    }

    /// Closes an open case.
    pub async fn close_any_case(&self, number: i64) -> Result<Told, Denied> {
        let now = self.clock.now();
        let told = write_tx!(self.store, Denied, |tx| {
            let case = find_case(tx, number).await?;
            if !tx.claim_case_closed(&case.id, now).await? {
                return Err(Denied::CaseClosed(number));
            }
            self.note_for_case(tx, &case, Happened::SupportClosed, About::SupportClosed, now).await
        });
        let told = told.await?;
        self.letter_written.notify_one();
        Ok(told)
    }

    /// The row and the letter of something that support did in a case.
    async fn note_for_case(
        &self,
        tx: &mut Tx,
        case: &Case,
        happened: Happened,
        about: About,
        now: Moment,
    ) -> Result<Told, Denied> {
        let nobody = self.claim_key(case);
        let whom = case.account.as_deref().map_or(Whom::Nobody(&nobody), Whom::Account);
        tx.insert_event(&self.operator_event_about(happened, whom, now)).await?;
        let number = case.number;
        if let (Some(account), Some(name)) = (&case.account, &case.name) {
            let letter = Tale { about, account, name, detail: &number.to_string() }.letter_by_operator(now);
            self.write_to_all(tx, account, &letter, now).await?;
            return Ok(Told::ByLetter);
        }
        let Some(contact) = case.contact.as_deref().filter(|_| case.verified_at.is_some()) else {
            return Ok(Told::Nobody);
        };
        self.send_case_code(tx, (&case.id, contact), now, |code| Letter::SupportCode {
            number,
            code,
            is_answer: true,
            at: now.epoch_ms(),
            source: PLACE.to_owned(),
            client: OPERATOR.to_owned(),
        })
        .await?;
        Ok(Told::ByLetter)
    }

    /// Makes a reset code for an account: typed in the reset page like any other, good for one reset, and
    /// told to every verified address.
    pub async fn issue_reset_code(&self, name: &str) -> Result<IssuedCode, Denied> {
        let now = self.clock.now();
        let code = Code::generate(&self.chance);
        // No visit holds this request: the prefix says that it is compared with whatever is typed.
        let (id, request) = (new_id(now, &self.chance), format!("support:{}", new_id(now, &self.chance)));
        let until = now.plus_ms(CODE_LIFE_CAP_MS);
        let issued = write_tx!(self.store, Denied, |tx| {
            let account = find(tx, name).await?;
            if !tx.claim_account_lock(&account.id).await? {
                return Err(Denied::Disabled(account.name));
            }
            // As many as people may ask for themselves, so that guessing does not become easier.
            if tx.count_live_codes(&account.id, code::RESET, now).await? >= 2 * LIVE_CODES_PER_ACCOUNT {
                return Err(Denied::TooManyCodes(account.name));
            }
            let (key_id, key) = self.keyring.code_key();
            tx.insert_code(&NewCode {
                id: &id,
                request: &request,
                account: &account.id,
                purpose: code::RESET,
                mac: &code::mac(key, code::RESET, &request, &account.id, &code),
                key_id,
                requested_at: now,
                expires_at: until,
            })
            .await?;
            tx.insert_event(&self.operator_event(Happened::ResetCodeIssued, &account.id, now)).await?;
            let about = About::ResetCodeIssued;
            let tale = Tale { about, account: &account.id, name: &account.name, detail: "" };
            let letter = tale.letter_by_operator(now);
            self.write_to_all(tx, &account.id, &letter, now).await?;
            let addresses = tx.list_addresses(&account.id).await?;
            let letters = addresses.iter().filter(|address| address.verified_at.is_some()).count();
            Ok((account.name, letters))
        });
        let (name, letters) = issued.await?;
        self.letter_written.notify_one();
        Ok(IssuedCode { name, code: Secret::new(code.grouped()), until, letters })
    }
}

async fn find_case(tx: &mut Tx, number: i64) -> Result<Case, Denied> {
    tx.find_case(number).await?.ok_or(Denied::NoCase(number))
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
        state: if case.closed_at.is_some() { "closed" } else { "open" },
        opened_at: case.opened_at.to_string(),
        changed_at: case.changed_at.to_string(),
    }
}
