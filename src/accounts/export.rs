//! The account's own records in one piece, for its member: one section a noun, and every room adds its own in
//! [`sections`]. Bounded: of the activity and the invitations the newest rows, of the cases the last changed ones.

use serde_json::{Map, Value, json};

use super::happened::{Happened, Whom};
use super::request::activity::{Answer, Records};
use super::request::{Refusal, Reply, SignedIn};
use super::visits::NODE_LIFE_MS;
use super::{Accounts, Fault, Knock};
use crate::domain::moment::Moment;
use crate::store::{
    Account, Case, Event, EventsWanted, KeptVisit, SentInvitation, TeamOfMember, Tx, read_tx, write_tx,
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
    /// The story of [`super::request::activity::Ask::Export`].
    pub(super) async fn export(&self, knock: &Knock, member: &SignedIn) -> Result<Reply, Fault> {
        let now = self.clock.now();
        let records = read_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(None);
            }
            let Some(account) = tx.find_account(member.account()).await? else { return Ok(None) };
            Ok(Some(sections(tx, &account, now).await?))
        });
        let Some(mut records) = records.await? else {
            return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
        };
        let event = self.event(Happened::RecordsExported, Whom::Account(member.account()), knock, now);
        let noted = write_tx!(self.store, Fault, |tx| {
            if !tx.is_current(member.account(), member.epoch()).await? {
                return Ok(false);
            }
            tx.insert_event(&event).await?;
            Ok(true)
        });
        if !noted.await? {
            return Ok(Reply::Refused(Refusal::SignedOutElsewhere));
        }
        records.insert("format".to_owned(), FORMAT.into());
        records.insert("exported_at".to_owned(), time(now));
        records.insert("portal".to_owned(), self.post.portal().name.clone().into());
        Ok(Reply::Activity(Answer::Records(Records(records))))
    }
}

/// Every section. No hash, code or key of ours is among them.
async fn sections(tx: &mut Tx, account: &Account, now: Moment) -> Result<Map<String, Value>, Fault> {
    let mut all = Map::new();
    let mut add = |name: &str, value: Value| all.insert(name.to_owned(), value);
    add("profile", profile(tx, account).await?);
    add("addresses", addresses(tx, &account.id).await?);
    add("second_step", second_step(tx, &account.id).await?);
    add("keys", keys(tx, &account.id).await?);
    add("visits", visits(tx, &account.id, now).await?);
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
    let profile = tx.find_profile(&account.id).await?.ok_or(Fault::Gone)?;
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

async fn second_step(tx: &mut Tx, account: &str) -> Result<Value, Fault> {
    let step = tx.find_second_step(account).await?;
    Ok(json!({
        "on_since": step.map(|step| time(step.on_since)),
        "recovery_codes_left": step.map_or(0, |step| step.recovery_codes),
    }))
}

async fn visits(tx: &mut Tx, account: &str, now: Moment) -> Result<Value, Fault> {
    let visits = tx.list_visits(account, now.plus_ms(-NODE_LIFE_MS)).await?.into_iter();
    let one = |of: KeptVisit| {
        json!({
            "client": of.client,
            "source": of.source,
            "key": of.key.map(|key| key.to_string()),
            "started_at": time(of.started_at),
            "last_input_at": time(of.last_input_at),
        })
    };
    Ok(visits.map(one).collect())
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
    let addresses = tx.list_addresses(account).await?.into_iter();
    let one = |of: crate::store::Address| {
        json!({
            "address": of.address,
            "main": of.is_main,
            "added_at": time(of.created_at),
            "verified_at": of.verified_at.map(time),
        })
    };
    Ok(addresses.map(one).collect())
}

async fn keys(tx: &mut Tx, account: &str) -> Result<Value, Fault> {
    let keys = tx.list_keys(account).await?.into_iter();
    let one = |of: crate::store::KeptKey| {
        json!({
            "fingerprint": of.fingerprint.to_string(),
            "algorithm": of.algorithm,
            "comment": of.comment,
            "added_at": time(of.added_at),
            "last_used_at": of.last_used_at.map(time),
            "proven_at": of.proven_at.map(time),
        })
    };
    Ok(keys.map(one).collect())
}

async fn teams(tx: &mut Tx, account: &str) -> Result<Value, Fault> {
    let teams = tx.list_teams_of(account).await?.into_iter();
    let one = |of: TeamOfMember| json!({ "name": of.team.name, "role": of.role, "last_visit_at": of.last_visit_at.map(time) });
    Ok(teams.map(one).collect())
}

fn event(event: &Event) -> Value {
    json!({
        "at": time(event.at),
        "kind": event.kind,
        "source": event.source,
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

fn time(at: Moment) -> Value {
    at.to_string().into()
}
