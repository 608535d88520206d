//! The chain of the audit log: what makes it evident that somebody who can write to the database, and has not the secret
//! keys, has changed, removed, added or moved rows.
//!
//! Each row has two HMACs. Its `mac` covers what it says, and is replaced when Doorkey itself changes that: a refusal is
//! counted, an account is deleted and the person's data with it. Its `link` covers the link before it, the row's number in
//! the whole chain, the number of the row before it of the same account, and its id. It changes only when a row that is
//! dated ahead is put at the end of the chain, so that it keeps nothing behind it from being deleted. The two ends of the
//! chain are sealed as well: the newest row, so that none is taken from the end, and the anchor, which is the last row
//! that was deleted for its age, so that none is taken from the beginning.
//!
//! The key is random, one for a database, and stored in it sealed with the secret keys. So rotating those keys replaces
//! one seal, and no row.
//!
//! What only a copy kept elsewhere can show: that the whole database, or a sealed end together with all rows beyond it,
//! was put back to an earlier state. A restore does the same. [`ChainHeadRecord`] is such a copy.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::hmac;
use serde::Serialize;

use super::audit_event::AuditEvent;
use super::timestamp::Timestamp;

/// Bytes of the key and of each HMAC.
pub const BYTES: usize = 32;
/// The most faults that are listed; the others are counted.
const MOST_FAULTS: usize = 100;
/// The most that are looked at for those about one account: whose a row was may be told by a later one.
const MOST_FAULTS_OF_ALL: usize = 10_000;

/// The key of the chain.
#[derive(Clone)]
pub struct ChainKey(hmac::Key);

/// Both ends of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainEnds {
    /// The number of the newest row; 0 while there is none.
    pub seq: i64,
    /// Its link.
    pub link: Vec<u8>,
    /// The number of the last row that was deleted for its age; 0 while there is none.
    pub anchor_seq: i64,
    /// Its link.
    pub anchor_link: Vec<u8>,
}

impl Default for ChainEnds {
    fn default() -> Self {
        Self { seq: 0, link: vec![0; BYTES], anchor_seq: 0, anchor_link: vec![0; BYTES] }
    }
}

/// Where a row stands in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainPlace {
    /// Its number.
    pub seq: i64,
    /// The number of the row before it of the same account; 0 when there is none.
    pub previous: i64,
}

/// A row with what the chain has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedEvent {
    /// What it says.
    pub event: AuditEvent,
    /// The username of its account, as it is now.
    pub user: Option<String>,
    /// The HMAC of what it says; `None` when it was written without the key.
    pub mac: Option<Vec<u8>>,
    /// Where it stands; `None` while it is not linked.
    pub place: Option<ChainPlace>,
    /// Its link.
    pub link: Vec<u8>,
}

impl ChainKey {
    /// A key of these random bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The HMAC of what a row says.
    #[must_use]
    pub fn seal(&self, event: &AuditEvent) -> Vec<u8> {
        self.sign(&row(event))
    }

    /// Whether `mac` is the HMAC of what a row says.
    #[must_use]
    pub fn has_sealed(&self, event: &AuditEvent, mac: Option<&[u8]>) -> bool {
        mac.is_some_and(|mac| hmac::verify(&self.0, &row(event), mac).is_ok())
    }

    /// The link of the row with this id, after the link before it.
    #[must_use]
    pub fn link(&self, before: &[u8], place: ChainPlace, id: &str) -> Vec<u8> {
        self.sign(&link(before, place, id))
    }

    fn has_linked(&self, before: &[u8], place: ChainPlace, id: &str, found: &[u8]) -> bool {
        hmac::verify(&self.0, &link(before, place, id), found).is_ok()
    }

    /// The HMAC of both ends.
    #[must_use]
    pub fn seal_ends(&self, ends: &ChainEnds) -> Vec<u8> {
        self.sign(&both_ends(ends))
    }

    /// Whether `mac` is the HMAC of both ends.
    #[must_use]
    pub fn has_sealed_ends(&self, ends: &ChainEnds, mac: &[u8]) -> bool {
        hmac::verify(&self.0, &both_ends(ends), mac).is_ok()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, message).as_ref().to_vec()
    }
}

impl fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainKey(***)")
    }
}

/// What an HMAC covers: fields with their lengths before them, so that no two lists of fields read the same.
struct Message(Vec<u8>);

impl Message {
    /// Begins with what the HMAC is of, so that none stands in for one of another kind.
    fn of(kind: &str) -> Self {
        Self(Vec::with_capacity(256)).bytes(kind.as_bytes())
    }

    fn bytes(mut self, field: &[u8]) -> Self {
        self.0.extend_from_slice(&(field.len() as u64).to_be_bytes());
        self.0.extend_from_slice(field);
        self
    }

    fn text(self, field: &str) -> Self {
        self.bytes(field.as_bytes())
    }

    fn number(self, field: i64) -> Self {
        self.bytes(&field.to_be_bytes())
    }

    fn perhaps(self, field: Option<&str>) -> Self {
        match field {
            Some(field) => self.number(1).text(field),
            None => self.number(0),
        }
    }
}

fn row(event: &AuditEvent) -> Vec<u8> {
    // Written out, so that a new column has to be decided on. The name is the log's alone.
    let AuditEvent { id, account, name: _, subject, kind, at, ip, client, session, series, count, last_at } =
        event;
    Message::of("row")
        .text(id)
        .perhaps(account.as_deref())
        .perhaps(subject.as_deref())
        .text(kind)
        .number(at.epoch_ms())
        .text(ip)
        .text(client)
        .text(session)
        .perhaps(series.as_deref())
        .number(*count)
        .number(last_at.epoch_ms())
        .0
}

fn link(before: &[u8], ChainPlace { seq, previous }: ChainPlace, id: &str) -> Vec<u8> {
    Message::of("link").bytes(before).number(seq).number(previous).text(id).0
}

fn both_ends(ChainEnds { seq, link, anchor_seq, anchor_link }: &ChainEnds) -> Vec<u8> {
    Message::of("ends").number(*seq).bytes(link).number(*anchor_seq).bytes(anchor_link).0
}

/// What is wrong with the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ChainFaultKind {
    /// The row does not say what it said when it was written.
    Changed,
    /// Rows were deleted.
    Missing,
    /// The row was not written by Doorkey, or is a copy of one that was.
    Inserted,
    /// The row is genuine, and another one stood here.
    Reordered,
    /// The row of `audit_chain` is gone.
    HeadMissing,
    /// The row of `audit_chain` is gone, and every row of the chain with it.
    LogMissing,
    /// The row of `audit_chain` is not as it was written.
    HeadChanged,
    /// The chain does not contain what was recorded of it earlier.
    Rewound,
}

impl ChainFaultKind {
    /// What that means, for an operator.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Changed => "was changed after it was written",
            Self::Missing => "was deleted",
            Self::Inserted => "was not written by Doorkey, or is a copy of a row that was",
            Self::Reordered => "is genuine, but another row stood in its place",
            Self::HeadMissing => "the row of audit_chain, which says where the chain ends, was deleted",
            Self::LogMissing => {
                "the audit log was lost: all its rows and the row of audit_chain were deleted, though there are accounts, whose \
                 events were in it"
            }
            Self::HeadChanged => "the row of audit_chain, which says where the chain ends, was changed",
            Self::Rewound => {
                "the chain does not contain the head that was recorded: the newest rows were removed, or an older copy of \
                 the database is in its place"
            }
        }
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainFault {
    /// What is wrong.
    pub kind: ChainFaultKind,
    /// The number of the row, or of the first that is missing.
    pub seq: Option<i64>,
    /// The number of the last that is missing.
    pub through: Option<i64>,
    /// Its id.
    pub id: Option<String>,
    /// Whose it is: usernames, where an account is known.
    pub users: Vec<String>,
    /// When it happened, as the row says; for missing rows, the time of the row before them.
    pub at: Option<Timestamp>,
    /// For missing rows, the time of the row after them.
    pub before: Option<Timestamp>,
}

/// The head of a chain as it was at some time, to be kept where whoever writes to the database cannot write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainHeadRecord {
    /// The number of the newest row.
    pub seq: i64,
    /// Its link.
    pub link: Vec<u8>,
}

impl fmt::Display for ChainHeadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.seq)?;
        self.link.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for ChainHeadRecord {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = "expected the head as `doorkey audit verify` prints it: NUMBER:64 hex digits";
        let (seq, digits) = text.trim().split_once(':').ok_or(fault)?;
        let seq = seq.parse().map_err(|_| fault)?;
        if digits.len() != 2 * BYTES || !digits.is_ascii() {
            return Err(fault);
        }
        let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| fault);
        let link = (0..BYTES).map(|at| byte(2 * at)).collect::<Result<_, _>>()?;
        Ok(Self { seq, link })
    }
}

/// Checks the rows of a chain, one after the other in the order of their numbers.
#[derive(Debug)]
pub struct ChainCheck<'a> {
    key: &'a ChainKey,
    ends: ChainEnds,
    /// Whether the ends are as they were written: only then are they held against the rows.
    are_ends_sealed: bool,
    recorded: Option<ChainHeadRecord>,
    /// The number of the row before.
    seq: i64,
    /// Its link; `None` after a fault, where it is not known.
    link: Option<Vec<u8>>,
    /// When it happened.
    at: Option<Timestamp>,
    /// The rows of each fault that is listed: the number of the last one, with the place of the fault.
    faulty: BTreeMap<i64, usize>,
    /// The username of the account that it is about; `None` for all.
    user: Option<String>,
    result: ChainVerdict,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainVerdict {
    /// How many rows were checked.
    pub rows: u64,
    /// How many of them are not linked yet.
    pub waiting: u64,
    /// The faults in the order of the rows; the first hundred.
    pub faults: Vec<ChainFault>,
    /// How many there are in all.
    pub fault_count: u64,
}

impl ChainVerdict {
    /// Nothing was checked, and this is wrong, if anything.
    #[must_use]
    pub fn only(kind: Option<ChainFaultKind>) -> Self {
        let faults: Vec<_> = kind.into_iter().map(ChainFault::of).collect();
        Self { fault_count: faults.len() as u64, faults, ..Self::default() }
    }
}

impl<'a> ChainCheck<'a> {
    /// Begins at the anchor. `mac` is the HMAC of `ends`; a head that was `recorded` is looked for on the way.
    #[must_use]
    pub fn begin(key: &'a ChainKey, ends: ChainEnds, mac: &[u8], recorded: Option<ChainHeadRecord>) -> Self {
        let are_ends_sealed = key.has_sealed_ends(&ends, mac);
        let mut check = Self {
            key,
            seq: if are_ends_sealed { ends.anchor_seq } else { 0 },
            link: are_ends_sealed.then(|| ends.anchor_link.clone()),
            ends,
            are_ends_sealed,
            recorded,
            at: None,
            faulty: BTreeMap::new(),
            user: None,
            result: ChainVerdict::default(),
        };
        if !are_ends_sealed {
            check.fault(ChainFault::of(ChainFaultKind::HeadChanged));
        }
        check
    }

    /// Counts only the rows of this account, and gives only the faults about it and those of which is not known whose rows
    /// they are about. All rows have to be checked all the same: each stands on the one before it.
    #[must_use]
    pub fn about(mut self, user: Option<String>) -> Self {
        self.user = user;
        self
    }

    fn counts(&self, row: &ChainedEvent) -> bool {
        self.user.is_none() || self.user == row.user
    }

    /// Checks the next row that has a place.
    pub fn linked(&mut self, row: &ChainedEvent, place: ChainPlace) {
        self.result.rows += u64::from(self.counts(row));
        let ChainPlace { seq, previous } = place;
        if self.are_ends_sealed && !(self.ends.anchor_seq < seq && seq <= self.ends.seq) {
            // Beyond an end.
            return self
                .fault(ChainFault { seq: Some(seq), ..ChainFault::about(ChainFaultKind::Inserted, row) });
        }
        // Without the anchor it is not known where the rows begin.
        let is_first_known = self.are_ends_sealed || self.at.is_some();
        if is_first_known && seq > self.seq + 1 {
            self.miss(self.seq + 1, seq - 1, Some(row.event.at));
            self.link = None;
        }
        self.attribute(row, previous);
        let is_sealed = self.key.has_sealed(&row.event, row.mac.as_deref());
        let is_linked =
            self.link.as_deref().map(|before| self.key.has_linked(before, place, &row.event.id, &row.link));
        let kind = match (is_linked, is_sealed) {
            (Some(true) | None, true) => None,
            (Some(true) | None, false) => Some(ChainFaultKind::Changed),
            (Some(false), true) => Some(ChainFaultKind::Reordered),
            (Some(false), false) => Some(ChainFaultKind::Inserted),
        };
        if let Some(kind) = kind {
            self.fault(ChainFault { seq: Some(seq), ..ChainFault::about(kind, row) });
        }
        if let Some(recorded) = self.recorded.take_if(|recorded| recorded.seq == seq)
            && recorded.link != row.link
        {
            self.rewound(recorded.seq);
        }
        // A row that is out of place says nothing about the one after it.
        self.link = (is_linked != Some(false)).then(|| row.link.clone());
        self.seq = seq;
        self.at = Some(row.event.at);
    }

    /// Checks a row that has no place yet.
    pub fn unlinked(&mut self, row: &ChainedEvent) {
        let counts = u64::from(self.counts(row));
        self.result.rows += counts;
        if self.key.has_sealed(&row.event, row.mac.as_deref()) {
            self.result.waiting += counts;
        } else {
            self.fault(ChainFault::about(ChainFaultKind::Inserted, row));
        }
    }

    /// Ends where the chain ends.
    #[must_use]
    pub fn end(mut self) -> ChainVerdict {
        if self.are_ends_sealed {
            if self.seq < self.ends.seq {
                self.miss(self.seq + 1, self.ends.seq, None);
            }
            if let Some(recorded) = self.recorded.take_if(|recorded| recorded.seq > self.ends.seq) {
                self.rewound(recorded.seq);
            }
        }
        let ChainVerdict { faults, fault_count, .. } = &mut self.result;
        if let Some(user) = &self.user {
            let of_all = faults.len();
            faults.retain(|fault| fault.users.is_empty() || fault.users.contains(user));
            *fault_count -= (of_all - faults.len()) as u64;
        }
        faults.truncate(MOST_FAULTS);
        self.result
    }

    /// Says of a row that is missing, or not what it was, whose it was, once a later row of the same account names it.
    fn attribute(&mut self, row: &ChainedEvent, previous: i64) {
        let Some((_, &fault)) = self.faulty.range(previous..).next() else { return };
        let Some(fault) = self.result.faults.get_mut(fault) else { return };
        let user = row.user.clone().unwrap_or_else(|| "a deleted account".to_owned());
        if fault.seq.is_some_and(|first| first <= previous) && !fault.users.contains(&user) {
            fault.users.push(user);
        }
    }

    fn miss(&mut self, first: i64, last: i64, before: Option<Timestamp>) {
        self.fault(ChainFault {
            seq: Some(first),
            through: Some(last),
            at: self.at,
            before,
            ..ChainFault::of(ChainFaultKind::Missing)
        });
    }

    fn rewound(&mut self, seq: i64) {
        self.fault(ChainFault { seq: Some(seq), ..ChainFault::of(ChainFaultKind::Rewound) });
    }

    fn fault(&mut self, fault: ChainFault) {
        self.result.fault_count += 1;
        let most = if self.user.is_some() { MOST_FAULTS_OF_ALL } else { MOST_FAULTS };
        if self.result.faults.len() >= most {
            return;
        }
        if let Some(last) = fault.through.or(fault.seq) {
            self.faulty.insert(last, self.result.faults.len());
        }
        self.result.faults.push(fault);
    }
}

impl ChainFault {
    /// About the chain, or rows that are not there.
    #[must_use]
    pub const fn of(kind: ChainFaultKind) -> Self {
        Self { kind, seq: None, through: None, id: None, users: Vec::new(), at: None, before: None }
    }

    fn about(kind: ChainFaultKind, row: &ChainedEvent) -> Self {
        Self {
            id: Some(row.event.id.clone()),
            users: row.user.iter().cloned().collect(),
            at: Some(row.event.at),
            ..Self::of(kind)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ChainKey {
        ChainKey::new(&[7; BYTES])
    }

    fn event(number: i64) -> AuditEvent {
        let at = Timestamp::from_epoch_ms(1_795_341_909_000 + number * 1_000);
        AuditEvent {
            id: format!("row {number}"),
            account: Some(if number % 2 == 0 { "a".to_owned() } else { "b".to_owned() }),
            name: None,
            subject: None,
            kind: "sign-in".to_owned(),
            at,
            ip: "192.0.2.7".to_owned(),
            client: "ssh".to_owned(),
            session: String::new(),
            series: None,
            count: 1,
            last_at: at,
        }
    }

    /// A chain of ten rows, those of two accounts in turn.
    fn chain() -> (ChainEnds, Vec<ChainedEvent>) {
        let (key, mut ends, mut rows) = (key(), ChainEnds::default(), Vec::new());
        for seq in 1..=10 {
            let event = event(seq);
            let place = ChainPlace { seq, previous: (seq - 2).max(0) };
            let link = key.link(&ends.link, place, &event.id);
            let user = Some(if seq % 2 == 0 { "ada".to_owned() } else { "bob".to_owned() });
            let mac = Some(key.seal(&event));
            rows.push(ChainedEvent { event, user, mac, place: Some(place), link: link.clone() });
            ends = ChainEnds { seq, link, ..ends };
        }
        (ends, rows)
    }

    fn check(ends: &ChainEnds, rows: &[ChainedEvent], recorded: Option<ChainHeadRecord>) -> Vec<ChainFault> {
        let key = key();
        let mac = key.seal_ends(ends);
        let mut check = ChainCheck::begin(&key, ends.clone(), &mac, recorded);
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| row.place.map(|place| place.seq));
        for row in &rows {
            match row.place {
                Some(place) => check.linked(row, place),
                None => check.unlinked(row),
            }
        }
        check.end().faults
    }

    fn kinds(faults: &[ChainFault]) -> Vec<(ChainFaultKind, Option<i64>)> {
        faults.iter().map(|fault| (fault.kind, fault.seq)).collect()
    }

    #[test]
    fn an_untouched_chain_has_no_fault() {
        let (ends, rows) = chain();
        assert_eq!(check(&ends, &rows, None), []);
        assert_eq!(check(&ChainEnds::default(), &[], None), []);
    }

    #[test]
    fn each_column_is_covered() {
        let changes: [fn(&mut AuditEvent); 11] = [
            |event| event.account = None,
            |event| event.subject = Some(String::new()),
            |event| event.kind = "sign-out".to_owned(),
            |event| event.at = event.at.plus_ms(1),
            |event| event.ip.clear(),
            |event| event.client.push('x'),
            |event| event.session.push('x'),
            |event| event.series = Some(String::new()),
            |event| event.count = 2,
            |event| event.last_at = event.last_at.plus_ms(1),
            // From one column to the next.
            |event| (event.ip, event.client) = (String::new(), "192.0.2.7ssh".to_owned()),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let (ends, mut rows) = chain();
            change(&mut rows[4].event);
            assert_eq!(kinds(&check(&ends, &rows, None)), [(ChainFaultKind::Changed, Some(5))], "{number}");
        }
    }

    #[test]
    fn a_row_that_is_missing_is_told_with_its_account_and_time() {
        let (ends, mut rows) = chain();
        rows.remove(4);
        let faults = check(&ends, &rows, None);
        assert_eq!(kinds(&faults), [(ChainFaultKind::Missing, Some(5))]);
        assert_eq!((faults[0].through, faults[0].users.as_slice()), (Some(5), &["bob".to_owned()][..]));
        assert_eq!((faults[0].at, faults[0].before), (Some(event(4).at), Some(event(6).at)));
    }

    #[test]
    fn whose_a_missing_row_was_is_told_however_many_are_missing_and_only_of_those() {
        let (key, ends) = (key(), ChainEnds::default());
        let row = |seq: i64, previous| {
            let (event, place) = (event(seq), ChainPlace { seq, previous });
            let (mac, link) = (Some(key.seal(&event)), key.link(&[], place, &event.id));
            let user = Some(if seq % 2 == 0 { "ada".to_owned() } else { "bob".to_owned() });
            ChainedEvent { event, user, mac, place: Some(place), link }
        };
        // From 1 to 19,999, and 20,001.
        let rows = [row(20_000, 15_000), row(20_002, 20_000), row(20_003, 20_001)];
        let ends = ChainEnds { seq: 20_003, link: rows[2].link.clone(), ..ends };
        let faults = check(&ends, &rows, None);
        let missing: Vec<_> =
            faults.iter().map(|fault| (fault.seq, fault.through, fault.users.join(","))).collect();
        let (many, one) =
            ((Some(1), Some(19_999), "ada".to_owned()), (Some(20_001), Some(20_001), "bob".to_owned()));
        assert_eq!(missing, [many, one]);
    }

    #[test]
    fn what_is_missing_beyond_the_faults_that_are_listed_is_counted_and_not_kept() {
        let (key, ends) = (key(), ChainEnds { seq: 1_000_000, ..ChainEnds::default() });
        let mac = key.seal_ends(&ends);
        let mut check = ChainCheck::begin(&key, ends, &mac, None);
        for gap in 1..=150 {
            check.miss(2 * gap, 2 * gap, None);
        }
        assert_eq!(
            (check.faulty.len(), check.result.faults.len(), check.result.fault_count),
            (100, 100, 150)
        );
    }

    #[test]
    fn the_newest_and_the_oldest_rows_are_missed_too() {
        let (ends, rows) = chain();
        assert_eq!(kinds(&check(&ends, &rows[..8], None)), [(ChainFaultKind::Missing, Some(9))]);
        assert_eq!(kinds(&check(&ends, &rows[2..], None)), [(ChainFaultKind::Missing, Some(1))]);
        // Taking the head back takes its seal, which needs the key.
        let key = key();
        let back = ChainEnds { seq: 8, link: rows[7].link.clone(), ..ChainEnds::default() };
        let verdict = ChainCheck::begin(&key, back, &key.seal_ends(&ends), None).end();
        assert_eq!(kinds(&verdict.faults), [(ChainFaultKind::HeadChanged, None)]);
    }

    #[test]
    fn rows_that_change_places_are_told() {
        let (ends, mut rows) = chain();
        (rows[2].place, rows[6].place) = (rows[6].place, rows[2].place);
        let faults = kinds(&check(&ends, &rows, None));
        assert_eq!(faults, [(ChainFaultKind::Reordered, Some(3)), (ChainFaultKind::Reordered, Some(7))]);
    }

    #[test]
    fn one_account_is_told_what_is_wrong_with_its_rows_and_with_those_of_nobody_known() {
        let key = key();
        let about = |user: &str, rows: &[ChainedEvent]| {
            let (ends, _) = chain();
            let mac = key.seal_ends(&ends);
            let mut check = ChainCheck::begin(&key, ends, &mac, None).about(Some(user.to_owned()));
            rows.iter().for_each(|row| check.linked(row, row.place.unwrap()));
            let ChainVerdict { rows, faults, fault_count, .. } = check.end();
            assert_eq!(fault_count, faults.len() as u64);
            (rows, kinds(&faults))
        };
        let (_, mut rows) = chain();
        assert_eq!(about("ada", &rows), (5, vec![]));
        // Ada's fourth row becomes one of bob's, bob's fifth is changed, and the last two are gone.
        (rows[3].event.account, rows[3].user) = (Some("b".to_owned()), Some("bob".to_owned()));
        rows[4].event.kind = "sign-out".to_owned();
        rows.truncate(8);
        let (moved, changed) = ((ChainFaultKind::Changed, Some(4)), (ChainFaultKind::Changed, Some(5)));
        let missing = (ChainFaultKind::Missing, Some(9));
        assert_eq!(about("ada", &rows), (3, vec![moved, missing]));
        assert_eq!(about("bob", &rows), (5, vec![moved, changed, missing]));
        assert_eq!(about("eve", &rows), (0, vec![missing]));
    }

    #[test]
    fn a_copy_of_a_row_is_none_of_the_chain() {
        let (ends, rows) = chain();
        let copy = |id: &str, place| {
            let mut copy = rows[4].clone();
            (copy.event.id, copy.place) = (id.to_owned(), place);
            copy
        };
        let mut unlinked = rows.clone();
        unlinked.push(copy("copy", None));
        assert_eq!(kinds(&check(&ends, &unlinked, None)), [(ChainFaultKind::Inserted, None)]);
        let mut beyond = rows.clone();
        beyond.push(copy("copy", Some(ChainPlace { seq: 11, previous: 9 })));
        assert_eq!(kinds(&check(&ends, &beyond, None)), [(ChainFaultKind::Inserted, Some(11))]);
        let mut instead = rows.clone();
        instead[6] = copy("copy", rows[6].place);
        assert_eq!(kinds(&check(&ends, &instead, None)), [(ChainFaultKind::Inserted, Some(7))]);
    }

    #[test]
    fn rows_before_the_anchor_may_be_gone() {
        let (ends, rows) = chain();
        let pruned = ChainEnds { anchor_seq: 4, anchor_link: rows[3].link.clone(), ..ends };
        assert_eq!(check(&pruned, &rows[4..], None), []);
        assert_eq!(kinds(&check(&pruned, &rows[5..], None)), [(ChainFaultKind::Missing, Some(5))]);
        assert_eq!(kinds(&check(&pruned, &rows[3..], None)), [(ChainFaultKind::Inserted, Some(4))]);
        let all = ChainEnds { anchor_seq: 10, anchor_link: pruned.link.clone(), ..pruned };
        assert_eq!(check(&all, &[], None), []);
    }

    #[test]
    fn a_head_that_was_recorded_shows_that_the_chain_was_put_back() {
        let (ends, rows) = chain();
        let head = ChainHeadRecord { seq: 10, link: ends.link.clone() };
        assert_eq!(head.to_string().parse(), Ok(head.clone()));
        assert_eq!(check(&ends, &rows, Some(head.clone())), []);
        let older = ChainEnds { seq: 8, link: rows[7].link.clone(), ..ChainEnds::default() };
        let faults = check(&older, &rows[..8], Some(head.clone()));
        assert_eq!(kinds(&faults), [(ChainFaultKind::Rewound, Some(10))]);
        let other = ChainHeadRecord { link: vec![1; BYTES], ..head };
        assert_eq!(kinds(&check(&ends, &rows, Some(other))), [(ChainFaultKind::Rewound, Some(10))]);
        for rubbish in ["", "10", "10:ab", &format!("x:{}", "0".repeat(64)), &format!("1:{}", "é".repeat(32))]
        {
            assert!(rubbish.parse::<ChainHeadRecord>().is_err(), "{rubbish}");
        }
    }
}
