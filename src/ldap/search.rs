//! Searches: what is found is streamed as it is read, page by page, within limits of time and number.

use std::collections::BTreeSet;
use std::time::Duration;

use strum::VariantArray as _;

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapCompareRequest, LdapFilter, LdapMsg, LdapOp, LdapResult, LdapResultCode, LdapSearchRequest,
    LdapSearchScope,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

use super::bind::later;
use super::conversation::{ask, result};
use super::entry::{Entry, RequestedAttributes};
use super::filter::{Branch, Filter, is_too_large};
use super::root_dse::{root_dse, schema};
use super::server::Shared;
use super::tree::{Place, Tree};
use super::wire::{Wire, WireFault};
use crate::accounts::RequestContext;
use crate::accounts::request::ldap::{
    LdapReader, LdapReply, LdapRequest, PeopleWanted, Person, PersonBy, PersonParts, TeamBy, TeamEntry,
    TeamsWanted,
};
use crate::accounts::request::{Reply, Request};
use crate::domain::ldap_attribute::{AttributeScope, LdapAttribute};
use crate::domain::name::canonical_identifier;
use crate::domain::team::canonical_team;
use crate::metrics::metrics;

/// How long one search may take, with the wait for its turn.
const LONGEST: Duration = Duration::from_secs(10);
/// Entries that are read from the database at a time.
const PAGE: i64 = 250;

/// A search that is over: what is said at its end, and of its pages.
pub(super) struct Done {
    pub(super) outcome: LdapResult,
    pub(super) controls: Vec<LdapControl>,
    /// The reader is no longer bound.
    pub(super) is_over: bool,
}

/// Why a search stops early.
enum Stop {
    /// As many as were asked for, or as there may be.
    Full,
    /// This is the answer.
    Answer(LdapResult, bool),
    /// Nobody reads it.
    Wire(WireFault),
}

impl From<WireFault> for Stop {
    fn from(fault: WireFault) -> Self {
        Self::Wire(fault)
    }
}

/// Where the next page begins: behind the entry of this canonical name, in this branch.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cookie {
    Start,
    People(String),
    Teams(String),
}

impl Cookie {
    fn read(bytes: &[u8]) -> Option<Self> {
        match std::str::from_utf8(bytes).ok()?.split_once('/') {
            _ if bytes.is_empty() => Some(Self::Start),
            Some(("people", name)) => Some(Self::People(name.to_owned())),
            Some(("teams", name)) => Some(Self::Teams(name.to_owned())),
            _ => None,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Start => Vec::new(),
            Self::People(name) => format!("people/{name}").into_bytes(),
            Self::Teams(name) => format!("teams/{name}").into_bytes(),
        }
    }
}

/// A search under way.
struct Search<'a, S> {
    id: i32,
    shared: &'a Shared,
    cx: &'a RequestContext,
    reader: &'a LdapReader,
    scope: AttributeScope,
    filter: Filter,
    wanted: RequestedAttributes,
    /// What the filter looks at besides what is wanted.
    tested: BTreeSet<LdapAttribute>,
    types_only: bool,
    is_paged: bool,
    wire: &'a mut Wire<S>,
    /// How many entries are left to be sent.
    left: usize,
    /// The last entry that was sent.
    last: Cookie,
    deadline: Instant,
}

/// Answers a search.
pub(super) async fn search<S: AsyncRead + AsyncWrite + Unpin>(
    id: i32,
    request: LdapSearchRequest,
    controls: &[LdapControl],
    reader: Option<&LdapReader>,
    shared: &Shared,
    cx: &RequestContext,
    wire: &mut Wire<S>,
) -> Result<Done, WireFault> {
    let done = |outcome| Done { outcome, controls: Vec::new(), is_over: false };
    let Some(place) = shared.tree.place_of(&request.base) else {
        return Ok(done(result(LdapResultCode::InvalidDNSyntax, "")));
    };
    // Whoever is not bound learns what a client needs to bind, and of no name whether anybody has it.
    match (&place, reader) {
        (Place::Root, _) => {
            let is_asked = request.scope == LdapSearchScope::Base;
            if !is_asked {
                return Ok(done(result(LdapResultCode::NoSuchObject, "search below the naming context")));
            }
            let entry = root_dse(&shared.tree, shared.offers_start_tls(), &request.attrs);
            wire.send(LdapMsg::new(id, LdapOp::SearchResultEntry(entry))).await?;
            return Ok(done(result(LdapResultCode::Success, "")));
        }
        (Place::Schema, _) => {
            let entry = schema(&shared.tree, &request.attrs);
            wire.send(LdapMsg::new(id, LdapOp::SearchResultEntry(entry))).await?;
            return Ok(done(result(LdapResultCode::Success, "")));
        }
        (_, None) => return Ok(done(result(LdapResultCode::InsufficentAccessRights, "bind first"))),
        _ => {}
    }
    let Some(reader) = reader else {
        return Ok(done(result(LdapResultCode::InsufficentAccessRights, "bind first")));
    };
    let pages = controls.iter().find_map(|control| match control {
        LdapControl::SimplePagedResults { size, cookie } => Some((*size, cookie.as_slice())),
        _ => None,
    });
    let (first, page_size) = match pages {
        None => (Cookie::Start, None),
        Some((size, cookie)) => match (Cookie::read(cookie), usize::try_from(size)) {
            // A page of size 0 ends a paged search (RFC 2696); the server keeps no state for one.
            (Some(_), Ok(0)) => {
                let forgotten = LdapControl::SimplePagedResults { size: 0, cookie: Vec::new() };
                let outcome = result(LdapResultCode::Success, "");
                return Ok(Done { outcome, controls: vec![forgotten], is_over: false });
            }
            (Some(first), Ok(size)) => (first, Some(size)),
            _ => return Ok(done(result(LdapResultCode::ProtocolError, "no such page"))),
        },
    };
    if is_too_large(&request.filter) {
        return Ok(done(result(LdapResultCode::AdminLimitExceeded, "the filter has too many terms")));
    }
    let scope = reader.attributes();
    let filter = Filter::read(request.filter, &scope);
    let mut tested = BTreeSet::new();
    filter.note_attributes(&mut tested);
    let limit = usize::try_from(request.sizelimit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let time = u64::try_from(request.timelimit).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs);
    let mut search = Search {
        id,
        shared,
        cx,
        reader,
        scope,
        filter,
        wanted: RequestedAttributes::read(&request.attrs),
        tested,
        types_only: request.typesonly,
        is_paged: page_size.is_some(),
        wire,
        left: limit.min(page_size.unwrap_or(usize::MAX)).min(shared.max_results),
        last: first.clone(),
        deadline: Instant::now() + time.unwrap_or(LONGEST).min(LONGEST),
    };
    let stopped = search.run(&place, &request.scope, first).await;
    let last = search.last.clone();
    let page = |next: Vec<u8>| match page_size {
        Some(_) => vec![LdapControl::SimplePagedResults { size: 0, cookie: next }],
        None => Vec::new(),
    };
    let (outcome, controls, is_over) = match stopped {
        Ok(()) => (result(LdapResultCode::Success, ""), page(Vec::new()), false),
        Err(Stop::Full) if page_size.is_some_and(|size| size <= limit) => {
            (result(LdapResultCode::Success, ""), page(last.bytes()), false)
        }
        Err(Stop::Full) => {
            (result(LdapResultCode::SizeLimitExceeded, "there are more"), page(Vec::new()), false)
        }
        Err(Stop::Answer(outcome, is_over)) => (outcome, page(Vec::new()), is_over),
        Err(Stop::Wire(fault)) => return Err(fault),
    };
    metrics().ldap_searches.add(word(&outcome.code));
    Ok(Done { outcome, controls, is_over })
}

fn word(code: &LdapResultCode) -> &'static str {
    match code {
        LdapResultCode::Success | LdapResultCode::NoSuchObject => "done",
        LdapResultCode::SizeLimitExceeded | LdapResultCode::TimeLimitExceeded => "cut",
        LdapResultCode::Busy | LdapResultCode::Unavailable => "later",
        _ => "refused",
    }
}

/// Answers whether an entry has a value.
pub(super) async fn compare(
    request: LdapCompareRequest,
    reader: Option<&LdapReader>,
    shared: &Shared,
    cx: &RequestContext,
) -> (LdapResult, bool) {
    let LdapCompareRequest { dn, atype, val } = request;
    let Some(reader) = reader else {
        return (result(LdapResultCode::InsufficentAccessRights, "bind first"), false);
    };
    let (scope, value) = (reader.attributes(), String::from_utf8_lossy(&val).into_owned());
    let filter = Filter::read(LdapFilter::Equality(atype, value), &scope);
    let mut tested = BTreeSet::new();
    filter.note_attributes(&mut tested);
    let (parts, members) = (parts_of(&tested), tested.contains(&LdapAttribute::Member));
    let access = Access { shared, cx, reader, parts, members, deadline: Instant::now() + LONGEST };
    let Some(place) = shared.tree.place_of(&dn) else {
        return (result(LdapResultCode::InvalidDNSyntax, ""), false);
    };
    let (entry, branch) = match access.one(&place).await {
        Ok(Some((FoundEntry::Person(person), _))) => {
            (Entry::of_person(person, &shared.tree, &scope), Some(Branch::People))
        }
        Ok(Some((FoundEntry::Team(team), _))) => {
            (Entry::of_team(team, &shared.tree, &scope), Some(Branch::Teams))
        }
        Ok(None) if matches!(place, Place::Base | Place::People | Place::Teams) => {
            (Entry::of_branch(&place, &shared.tree), None)
        }
        Ok(None) => return (result(LdapResultCode::NoSuchObject, ""), false),
        Err(Stop::Answer(outcome, is_over)) => return (outcome, is_over),
        Err(_) => return (result(LdapResultCode::Unavailable, ""), false),
    };
    let code = match filter.of(&entry, &scope, branch) {
        Some(true) => LdapResultCode::CompareTrue,
        Some(false) => LdapResultCode::CompareFalse,
        None => LdapResultCode::UndefinedAttributeType,
    };
    (result(code, ""), false)
}

fn parts_of(attributes: &BTreeSet<LdapAttribute>) -> PersonParts {
    use LdapAttribute as A;
    let has = |some: &[LdapAttribute]| some.iter().any(|one| attributes.contains(one));
    // The classes say who has keys and numbers.
    PersonParts {
        mail: has(&[A::Mail]),
        teams: has(&[A::MemberOf]),
        keys: has(&[A::SshPublicKey, A::ObjectClass]),
        posix: has(&[A::UidNumber, A::GidNumber, A::HomeDirectory, A::LoginShell, A::ObjectClass]),
    }
}

enum FoundEntry {
    Person(Person),
    Team(TeamEntry),
}

/// How entries are read.
struct Access<'a> {
    shared: &'a Shared,
    cx: &'a RequestContext,
    reader: &'a LdapReader,
    parts: PersonParts,
    members: bool,
    deadline: Instant,
}

impl Access<'_> {
    async fn people(&self, by: PersonBy, after: &str, limit: i64) -> Result<Vec<Person>, Stop> {
        let wanted = PeopleWanted { by, after: after.to_owned(), limit, parts: self.parts };
        match self.asked(LdapRequest::People(self.reader.clone(), wanted)).await? {
            LdapReply::People(people) => Ok(people),
            _ => Err(unavailable()),
        }
    }

    async fn teams(&self, by: TeamBy, after: &str, limit: i64) -> Result<Vec<TeamEntry>, Stop> {
        let wanted = TeamsWanted { by, after: after.to_owned(), limit, members: self.members };
        match self.asked(LdapRequest::Teams(self.reader.clone(), wanted)).await? {
            LdapReply::Teams(teams) => Ok(teams),
            _ => Err(unavailable()),
        }
    }

    async fn asked(&self, request: LdapRequest) -> Result<LdapReply, Stop> {
        // A client that reads its answer slowly holds no turn meanwhile.
        let turn = timeout_at(self.deadline, self.shared.reads.turn(self.reader)).await;
        let Ok(Some(_turn)) = turn else {
            return Err(Stop::Answer(result(LdapResultCode::Busy, "too many searches; try again"), false));
        };
        let asked = ask(&self.shared.accounts, self.cx, Request::Ldap(Box::new(request)));
        // Time is looked at here and between entries: one that is half written has to be written to its end.
        let Ok(reply) = timeout_at(self.deadline, asked).await else { return Err(out_of_time()) };
        match reply {
            Some(Reply::Ldap(reply)) => Ok(reply),
            Some(Reply::Refused(refusal)) => Err(match later(&refusal) {
                Some(outcome) => Stop::Answer(outcome, false),
                None => Stop::Answer(result(LdapResultCode::InsufficentAccessRights, "bind again"), true),
            }),
            _ => Err(unavailable()),
        }
    }

    /// The entry at a place, with the name that comes before the next.
    async fn one(&self, place: &Place) -> Result<Option<(FoundEntry, String)>, Stop> {
        match place {
            Place::Person(name) => {
                let wanted = canonical_identifier(name);
                let found = self.people(PersonBy::Name(wanted.clone()), "", 1).await?;
                // A person who reads finds their own entry by any name.
                let own = found.into_iter().find(|person| person.name_canonical == wanted);
                Ok(own.map(|person| (FoundEntry::Person(person), wanted)))
            }
            Place::Team(name) => {
                let wanted = canonical_team(name);
                let found = self.teams(TeamBy::Name(wanted.clone()), "", 1).await?;
                Ok(found.into_iter().next().map(|team| (FoundEntry::Team(team), wanted)))
            }
            _ => Ok(None),
        }
    }
}

fn out_of_time() -> Stop {
    Stop::Answer(result(LdapResultCode::TimeLimitExceeded, "it takes too long"), false)
}

fn unavailable() -> Stop {
    Stop::Answer(result(LdapResultCode::Unavailable, "the portal is unavailable"), false)
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Search<'a, S> {
    async fn run(&mut self, place: &Place, scope: &LdapSearchScope, first: Cookie) -> Result<(), Stop> {
        use LdapSearchScope::{Base, Children, OneLevel, Subtree};
        let is_start = first == Cookie::Start;
        let with_itself = matches!(scope, Base | Subtree);
        let below = matches!(scope, Subtree | Children);
        match place {
            Place::Base => {
                if with_itself && is_start {
                    self.branch(&Place::Base).await?;
                }
                if *scope != Base && is_start {
                    self.branch(&Place::People).await?;
                    self.branch(&Place::Teams).await?;
                }
                if below {
                    self.people(&first).await?;
                    self.teams(&first).await?;
                }
                Ok(())
            }
            Place::People | Place::Teams => {
                if with_itself && is_start {
                    self.branch(place).await?;
                }
                match (scope, place) {
                    (Base, _) => Ok(()),
                    (_, Place::People) => self.people(&first).await,
                    _ => self.teams(&first).await,
                }
            }
            Place::Person(_) | Place::Team(_) => {
                let found = self.access().one(place).await?;
                let Some((found, _)) = found else {
                    return Err(Stop::Answer(result(LdapResultCode::NoSuchObject, ""), false));
                };
                if matches!(scope, OneLevel | Children) || !is_start {
                    return Ok(());
                }
                self.candidate(found).await
            }
            Place::Root | Place::Schema | Place::Service(_) | Place::Nowhere => {
                Err(Stop::Answer(result(LdapResultCode::NoSuchObject, ""), false))
            }
        }
    }

    fn access(&self) -> Access<'a> {
        use LdapAttribute as A;
        let all = LdapAttribute::VARIANTS.iter().copied();
        let needed: BTreeSet<_> = all
            .filter(|one| self.scope.allows(*one))
            .filter(|one| self.wanted.wants(*one) || self.tested.contains(one))
            .collect();
        let mut parts = parts_of(&needed);
        // Who has keys and numbers is not told to whoever may read neither.
        parts.keys &= self.scope.allows(A::SshPublicKey);
        let posix = [A::UidNumber, A::GidNumber, A::HomeDirectory, A::LoginShell];
        parts.posix &= posix.iter().any(|one| self.scope.allows(*one));
        Access {
            shared: self.shared,
            cx: self.cx,
            reader: self.reader,
            parts,
            members: needed.contains(&LdapAttribute::Member),
            deadline: self.deadline,
        }
    }

    async fn people(&mut self, first: &Cookie) -> Result<(), Stop> {
        let mut after = match first {
            Cookie::Start => String::new(),
            Cookie::People(name) => name.clone(),
            Cookie::Teams(_) => return Ok(()),
        };
        if *first == Cookie::Start {
            self.last = Cookie::People(String::new());
        }
        if self.filter.excludes(Branch::People) {
            return Ok(());
        }
        let by = self.filter.people(&self.shared.tree);
        let by = by.unwrap_or_else(|| vec![PersonBy::Any]);
        if let [by] = by.as_slice() {
            loop {
                let found = self.access().people(by.clone(), &after, PAGE).await?;
                let is_last = found.len() < usize::try_from(PAGE).unwrap_or_default();
                for person in found {
                    after.clone_from(&person.name_canonical);
                    self.candidate(FoundEntry::Person(person)).await?;
                }
                if is_last {
                    return Ok(());
                }
            }
        }
        // Found by several names: in their order, and each once.
        let mut found = Vec::new();
        for by in by {
            found.extend(self.access().people(by, &after, PAGE).await?);
        }
        found.sort_by(|one, other| one.name_canonical.cmp(&other.name_canonical));
        found.dedup_by(|one, other| one.id == other.id);
        for person in found {
            self.candidate(FoundEntry::Person(person)).await?;
        }
        Ok(())
    }

    async fn teams(&mut self, first: &Cookie) -> Result<(), Stop> {
        let mut after = match first {
            Cookie::Teams(name) => name.clone(),
            _ => String::new(),
        };
        if self.filter.excludes(Branch::Teams) {
            return Ok(());
        }
        let by = self.filter.teams(&self.shared.tree).unwrap_or(TeamBy::Any);
        // With their members few are read at a time: a team may have very many.
        let page = if self.access().members { 8 } else { PAGE };
        loop {
            let found = self.access().teams(by.clone(), &after, page).await?;
            let is_last = found.len() < usize::try_from(page).unwrap_or_default();
            for team in found {
                after.clone_from(&team.team.name_canonical);
                self.candidate(FoundEntry::Team(team)).await?;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    async fn branch(&mut self, place: &Place) -> Result<(), Stop> {
        let entry = Entry::of_branch(place, &self.shared.tree);
        if self.filter.of(&entry, &self.scope, None) == Some(true) {
            // A page may have these few more, so that the next one begins at a person.
            self.left = self.left.saturating_add(usize::from(self.is_paged));
            self.send(entry).await?;
        }
        Ok(())
    }

    async fn candidate(&mut self, found: FoundEntry) -> Result<(), Stop> {
        // Others have their turn between one entry and the next.
        tokio::task::yield_now().await;
        if Instant::now() >= self.deadline {
            return Err(out_of_time());
        }
        let tree: &Tree = &self.shared.tree;
        let (entry, branch, here) = match found {
            FoundEntry::Person(person) => {
                let here = Cookie::People(person.name_canonical.clone());
                (Entry::of_person(person, tree, &self.scope), Branch::People, here)
            }
            FoundEntry::Team(team) => {
                let here = Cookie::Teams(team.team.name_canonical.clone());
                (Entry::of_team(team, tree, &self.scope), Branch::Teams, here)
            }
        };
        if self.filter.of(&entry, &self.scope, Some(branch)) == Some(true) {
            self.send(entry).await?;
            self.last = here;
        }
        Ok(())
    }

    async fn send(&mut self, entry: Entry) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Full)?;
        let entry = entry.answer(&self.wanted, self.types_only);
        Ok(self.wire.send(LdapMsg::new(self.id, LdapOp::SearchResultEntry(entry))).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_as_it_was_given() {
        for cookie in [Cookie::Start, Cookie::People("ada".to_owned()), Cookie::Teams("a/b".to_owned())] {
            assert_eq!(Cookie::read(&cookie.bytes()), Some(cookie));
        }
        for wrong in [&b"x"[..], b"\xff", b"others/x"] {
            assert_eq!(Cookie::read(wrong), None);
        }
    }
}
