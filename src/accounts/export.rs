//! The account's own records as one JSON object, for its member. Every area adds its own in [`sections`]. Bounded: of
//! the activity and the invitations the newest rows, of the cases the last changed ones.

use serde_json::{Map, Value, json};

use super::event_kind::EventKind;
use super::request::activity::{ActivityReply, Records};
use super::request::{Refusal, SignedIn};
use super::sessions::NODE_LIFE_MS;
use super::shared::require_current;
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::timestamp::Timestamp;
use crate::store::{
    Account, AuditEvent, Case, EventsWanted, SentInvitation, StoredSession, TeamOfMember, Tx, read_tx,
    write_tx,
};

/// What a section or a key of one means never changes under one number.
const FORMAT: i64 = 1;
/// The most invitations.
const INVITATIONS: i64 = 1_000;
/// The most rows of activity; `activity_complete` says whether there are more.
const ROWS: i64 = 5_000;
/// The most support cases; each has at most 200 messages of 2000 characters.
const CASES: i64 = 100;

impl Accounts {
    /// The story of [`super::request::activity::ActivityRequest::Export`].
    pub(super) async fn export(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
    ) -> Result<ActivityReply, Error> {
        let now = self.clock.now();
        let records = read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let account = tx.find_account(member.account()).await?.ok_or(Refusal::SignedOutElsewhere)?;
            Ok(sections(tx, &account, now).await?)
        });
        let mut records = records.await?;
        let recorded = write_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            Ok(self.record(tx, cx, member, EventKind::RecordsExported, now).await?)
        });
        recorded.await?;
        records.insert("format".to_owned(), FORMAT.into());
        records.insert("exported_at".to_owned(), time(now));
        records.insert("portal".to_owned(), self.mailer.portal().name.clone().into());
        Ok(ActivityReply::Records(Records(records)))
    }
}

/// Every section. No hash, code or key of ours is among them.
async fn sections(tx: &mut Tx, account: &Account, now: Timestamp) -> Result<Map<String, Value>, Fault> {
    let mut all = Map::new();
    let mut add = |name: &str, value: Value| all.insert(name.to_owned(), value);
    add("profile", profile(tx, account).await?);
    add("emails", addresses(tx, &account.id).await?);
    add("two_factor", second_factor(tx, &account.id).await?);
    add("keys", keys(tx, &account.id).await?);
    add("sessions", sessions(tx, &account.id, now).await?);
    add("teams", teams(tx, &account.id).await?);
    add("invitations_sent", invitations_sent(tx, &account.id).await?);
    let wanted = EventsWanted { limit: ROWS + 1, ..EventsWanted::default() };
    let mut events = tx.list_older_events(&account.id, &wanted).await?;
    let most = usize::try_from(ROWS).unwrap_or(usize::MAX);
    add("activity_complete", (events.len() <= most).into());
    events.truncate(most);
    add("activity", events.iter().map(event).collect());
    add("support_cases", cases(tx, &account.id).await?);
    Ok(all)
}

async fn profile(tx: &mut Tx, account: &Account) -> Result<Value, Fault> {
    let profile = tx.find_profile(&account.id).await?.ok_or(Fault::AccountGone)?;
    Ok(json!({
        "id": account.id,
        "name": profile.name,
        "display_name": profile.display_name,
        "language": profile.language,
        "time_zone": profile.time_zone,
        "plain": profile.plain,
        "no_color": profile.no_color,
        "created_at": time(profile.created_at),
        "password_changed_at": account.password_changed_at.map(time),
        "reviewed_at": profile.reviewed_at.map(time),
    }))
}

async fn second_factor(tx: &mut Tx, account: &str) -> Result<Value, Fault> {
    let step = tx.find_second_factor(account).await?;
    Ok(json!({
        "on_since": step.map(|step| time(step.on_since)),
        "recovery_codes_left": step.map_or(0, |step| step.recovery_codes),
    }))
}

async fn sessions(tx: &mut Tx, account: &str, now: Timestamp) -> Result<Value, Fault> {
    let sessions = tx.list_sessions(account, now.plus_ms(-NODE_LIFE_MS)).await?.into_iter();
    let one = |of: StoredSession| {
        json!({
            "client": of.client,
            "ip": of.ip,
            "key": of.key.map(|key| key.to_string()),
            "started_at": time(of.started_at),
            "last_input_at": time(of.last_input_at),
        })
    };
    Ok(sessions.map(one).collect())
}

async fn invitations_sent(tx: &mut Tx, account: &str) -> Result<Value, Fault> {
    let sent = tx.list_invitations_by(account, INVITATIONS).await?.into_iter();
    let one = |of: SentInvitation| {
        json!({
            "team": of.team,
            "address": of.address,
            "invited_at": time(of.created_at),
            "expires_at": time(of.expires_at),
            "used_at": of.used_at.map(time),
            "withdrawn_at": of.dead_at.map(time),
        })
    };
    Ok(sent.map(one).collect())
}

async fn addresses(tx: &mut Tx, account: &str) -> Result<Value, Fault> {
    let addresses = tx.list_emails(account).await?.into_iter();
    let one = |of: crate::store::Address| {
        json!({
            "address": of.address,
            "primary": of.is_primary,
            "added_at": time(of.created_at),
            "verified_at": of.verified_at.map(time),
        })
    };
    Ok(addresses.map(one).collect())
}

async fn keys(tx: &mut Tx, account: &str) -> Result<Value, Fault> {
    let keys = tx.list_keys(account).await?.into_iter();
    let one = |of: crate::store::StoredKey| {
        json!({
            "fingerprint": of.fingerprint.to_string(),
            "algorithm": of.algorithm,
            "comment": of.comment,
            "added_at": time(of.added_at),
            "last_used_at": of.last_used_at.map(time),
            "verified_at": of.verified_at.map(time),
        })
    };
    Ok(keys.map(one).collect())
}

async fn teams(tx: &mut Tx, account: &str) -> Result<Value, Fault> {
    let teams = tx.list_teams_of(account).await?.into_iter();
    let one = |of: TeamOfMember| json!({ "name": of.team.name, "role": of.role, "last_opened_at": of.last_opened_at.map(time) });
    Ok(teams.map(one).collect())
}

fn event(event: &AuditEvent) -> Value {
    json!({
        "at": time(event.at),
        "kind": event.kind,
        "ip": event.ip,
        "client": event.client,
    })
}

async fn cases(tx: &mut Tx, account: &str) -> Result<Value, Fault> {
    let mut all = Vec::new();
    for case in tx.list_cases_of(account, CASES).await? {
        let messages = tx.list_case_messages(&case.id).await?.into_iter();
        let said = messages.map(|said| json!({ "at": time(said.at), "by": said.author, "text": said.text }));
        all.push(case_with(&case, said.collect::<Vec<_>>()));
    }
    Ok(all.into())
}

fn case_with(case: &Case, messages: Vec<Value>) -> Value {
    json!({
        "number": case.number,
        "subject": case.subject,
        "opened_at": time(case.opened_at),
        "changed_at": time(case.changed_at),
        "closed_at": case.closed_at.map(time),
        "facts": case.facts.lines().collect::<Vec<_>>(),
        "messages": Value::from(messages),
    })
}

fn time(at: Timestamp) -> Value {
    at.to_string().into()
}
