//! Support cases: an account's, found by the account and never by the number alone, and guests', found by
//! a code.

use super::macros::{claim, execute, fetch_all, fetch_optional, scalar};
use super::row::{lines, row};
use super::{StoreFault, Tx};
use crate::domain::support_case::{Author, Case, CaseMessage};
use crate::domain::timestamp::Timestamp;
use crate::messages::Language;

/// The first case has the number after this one.
const BEFORE_THE_FIRST: i64 = 1_000;
/// The row of `contacts` that is the operator's own.
const DESK: &str = "support-desk";

/// A new case.
#[derive(Clone, Copy, Debug)]
pub struct NewCase<'a> {
    /// UUID.
    pub id: &'a str,
    /// From [`Tx::next_case_number`].
    pub number: i64,
    /// The account it is about; `None` for a guest's.
    pub account: Option<&'a str>,
    /// The guest's row of `contacts`.
    pub contact: Option<&'a str>,
    /// Who the guest claims to be.
    pub claimed: &'a str,
    /// One line.
    pub subject: &'a str,
    /// What support is told besides the messages, line by line.
    pub facts: &'a str,
    /// What the session spoke that opened it.
    pub language: Language,
    /// Now.
    pub now: Timestamp,
}

row! { CaseMessage { at, author, text } }
row! {
    Case {
        id, number, account, name, contact, address, claimed, verified_at, subject, state, opened_at, changed_at,
        closed_at, facts: lines, language, messages = default,
    }
}

/// A query for cases, `$rest` behind the joins.
macro_rules! select_cases {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.number, c.account, a.name, c.contact, t.address, c.claimed, c.verified_at, c.subject,
                    CASE WHEN c.closed_at IS NULL THEN 'open' ELSE 'closed' END AS state,
                    c.opened_at, c.changed_at, c.closed_at, c.facts, c.language
             FROM cases c LEFT JOIN accounts a ON a.id = c.account LEFT JOIN contacts t ON t.id = c.contact ",
            $rest
        )
    };
}

impl Tx {
    /// The next number of a case. Whoever takes one at the same time waits until this transaction ends.
    pub async fn next_case_number(&mut self) -> Result<i64, StoreFault> {
        scalar!(
            self,
            "INSERT INTO counters (name, last) VALUES ('case', $1)
             ON CONFLICT (name) DO UPDATE SET last = counters.last + 1 RETURNING last",
            [BEFORE_THE_FIRST + 1]
        )
    }

    /// Inserts a case.
    pub async fn insert_case(&mut self, new: &NewCase<'_>) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO cases (id, number, account, contact, claimed, subject, facts, language, opened_at, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
            [
                new.id,
                new.number,
                new.account,
                new.contact,
                new.claimed,
                new.subject,
                new.facts,
                new.language,
                new.now
            ]
        )
    }

    /// Adds a message.
    pub async fn insert_case_message(
        &mut self,
        id: &str,
        case: &str,
        author: Author,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO case_messages (id, of_case, author, text, at) VALUES ($1, $2, $3, $4, $5)",
            [id, case, author, text, now]
        )
    }

    /// The cases of one account, the last changed first.
    pub async fn list_cases_of(&mut self, account: &str, limit: i64) -> Result<Vec<Case>, StoreFault> {
        fetch_all!(
            self,
            select_cases!("WHERE c.account = $1 ORDER BY c.changed_at DESC, c.number DESC LIMIT $2"),
            [account, limit]
        )
    }

    /// Every case, or every open one, the last changed first.
    pub async fn list_cases(&mut self, with_closed: bool, limit: i64) -> Result<Vec<Case>, StoreFault> {
        fetch_all!(
            self,
            select_cases!(
                "WHERE c.closed_at IS NULL OR $1 = 1 ORDER BY c.changed_at DESC, c.number DESC LIMIT $2"
            ),
            [i64::from(with_closed), limit]
        )
    }

    /// The case with this number, whoever it belongs to: for operators.
    pub async fn find_case(&mut self, number: i64) -> Result<Option<Case>, StoreFault> {
        fetch_optional!(self, select_cases!("WHERE c.number = $1"), [number])
    }

    /// The case with this id.
    pub async fn find_case_by_id(&mut self, id: &str) -> Result<Option<Case>, StoreFault> {
        fetch_optional!(self, select_cases!("WHERE c.id = $1"), [id])
    }

    /// The case with this number, if it is this account's.
    pub async fn find_case_of(&mut self, account: &str, number: i64) -> Result<Option<Case>, StoreFault> {
        let found = self.find_case(number).await?;
        Ok(found.filter(|case| case.account.as_deref() == Some(account)))
    }

    /// The messages of a case, oldest first.
    pub async fn list_case_messages(&mut self, case: &str) -> Result<Vec<CaseMessage>, StoreFault> {
        fetch_all!(
            self,
            "SELECT author, text, at FROM case_messages WHERE of_case = $1 ORDER BY at, id",
            [case]
        )
    }

    /// How many messages a case has.
    pub async fn count_case_messages(&mut self, case: &str) -> Result<i64, StoreFault> {
        scalar!(self, "SELECT count(*) FROM case_messages WHERE of_case = $1", [case])
    }

    /// Marks an open case as changed; `false` when it is closed.
    pub async fn claim_case_open(&mut self, case: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(self, "UPDATE cases SET changed_at = $2 WHERE id = $1 AND closed_at IS NULL", [case, now])
    }

    /// Closes a case; `false` when it is closed already.
    pub async fn claim_case_closed(&mut self, case: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE cases SET changed_at = $2, closed_at = $2 WHERE id = $1 AND closed_at IS NULL",
            [case, now]
        )
    }

    /// Replaces the code of a guest's case; the new one expires at `until`.
    pub async fn set_case_code(
        &mut self,
        case: &str,
        mac: &[u8],
        key_id: &str,
        until: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE cases SET code_mac = $2, code_key = $3, code_until = $4 WHERE id = $1",
            [case, mac, key_id, until]
        )
    }

    /// The code of the guest's case with this number, as case, contact, HMAC and key. Count and commit the try before
    /// comparing.
    pub async fn find_case_code(
        &mut self,
        number: i64,
        now: Timestamp,
    ) -> Result<Option<(String, String, Vec<u8>, String)>, StoreFault> {
        fetch_optional!(
            self,
            "SELECT id, contact, code_mac, code_key FROM cases
             WHERE number = $1 AND contact IS NOT NULL AND code_mac IS NOT NULL AND code_until > $2",
            [number, now]
        )
    }

    /// Uses up the code of a case and marks its contact as verified; `false` when somebody else did.
    pub async fn claim_case_code(
        &mut self,
        case: &str,
        mac: &[u8],
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE cases SET code_mac = NULL, verified_at = COALESCE(verified_at, $3)
             WHERE id = $1 AND code_mac = $2 AND code_until > $3",
            [case, mac, now]
        )
    }

    /// Inserts an address of somebody without an account.
    pub async fn insert_contact(
        &mut self,
        id: &str,
        address: &str,
        canonical: &str,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO contacts (id, address, canonical, created_at) VALUES ($1, $2, $3, $4)",
            [id, address, canonical, now]
        )
    }

    /// Puts the address from the settings into the operator's own row of `contacts`; returns its id.
    pub async fn put_desk_contact(
        &mut self,
        address: &str,
        canonical: &str,
        now: Timestamp,
    ) -> Result<&'static str, StoreFault> {
        execute!(
            self,
            "INSERT INTO contacts (id, address, canonical, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET address = excluded.address, canonical = excluded.canonical",
            [DESK, address, canonical, now]
        )?;
        Ok(DESK)
    }
}
