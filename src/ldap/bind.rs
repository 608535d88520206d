//! Binds: a person, by username or email address with the password of the portal, or a service account with its secret.
//! The answer does not tell whether the name exists.

use std::sync::Arc;
use std::time::Duration;

use ldap3_proto::proto::{LdapBindCred, LdapBindRequest, LdapResult, LdapResultCode};
use tokio::time::{Instant, sleep_until};

use super::conversation::{ask, result};
use super::tree::{Place, Tree};
use crate::accounts::request::ldap::{LdapReader, LdapReply, LdapRequest};
use crate::accounts::request::verify::VerifyRequest;
use crate::accounts::request::{Refusal, Reply, Request};
use crate::accounts::{Accounts, RequestContext};
use crate::domain::secret::Secret;
use crate::domain::service::ServiceName;
use crate::domain::text::inert;
use crate::log::record;
use crate::metrics::metrics;

/// The longest name and the longest password.
const MAX_NAME: usize = 320;
const MAX_PASSWORD: usize = 4_096;
/// What is logged of the name of a service account.
const MAX_LOGGED: usize = 40;
/// When a wrong secret is answered: the secret is random, so tries are not counted, but each looks into the database.
const REFUSED_AFTER: Duration = Duration::from_millis(500);

/// The identity that a bind request claims.
#[derive(Debug)]
pub enum Claimed {
    /// Nobody.
    Nobody,
    /// A person, with this password.
    Person(String, Secret),
    /// A service account, with this secret.
    Service(String, Secret),
    /// A name that nobody can have, or a password that no account can have.
    Impossible,
}

impl Claimed {
    /// Reads a request. What is no name of the tree is a username or an address, as people type them. A request that is
    /// refused whoever there is gives its answer.
    pub fn read(request: LdapBindRequest, tree: &Tree) -> Result<Self, LdapResult> {
        let LdapBindRequest { version, dn, cred } = request;
        let LdapBindCred::Simple(password) = cred else {
            return Err(result(LdapResultCode::AuthMethodNotSupported, "only simple binds are supported"));
        };
        let password = Secret::new(password);
        if version != 3 {
            return Err(result(LdapResultCode::ProtocolError, "only version 3 is supported"));
        }
        match (dn.is_empty(), password.is_empty()) {
            (true, true) => return Ok(Self::Nobody),
            (true, false) => return Ok(Self::Impossible),
            // A name without a password proves nothing, and programs take its success for a proof (RFC 4513, section
            // 5.1.2).
            (false, true) => {
                return Err(result(LdapResultCode::UnwillingToPerform, "a name needs its password"));
            }
            (false, false) if password.expose().len() > MAX_PASSWORD => return Ok(Self::Impossible),
            (false, false) => {}
        }
        Ok(match tree.place_of(&dn) {
            // An entry is named by a username; an address in its place names none.
            Some(Place::Person(name)) if name.contains('@') => Self::Impossible,
            Some(Place::Person(name)) => Self::Person(name, password),
            Some(Place::Service(name)) => Self::Service(name, password),
            None if dn.len() <= MAX_NAME => Self::Person(dn, password),
            _ => Self::Impossible,
        })
    }
}

/// Answers a bind. Gives who is bound from now on: nobody, unless it succeeds with a name.
pub(super) async fn bind(
    request: LdapBindRequest,
    tree: &Tree,
    accounts: &Arc<Accounts>,
    cx: &RequestContext,
) -> (LdapResult, Option<LdapReader>) {
    let (word, outcome, reader) = match Claimed::read(request, tree) {
        Err(refusal) => return (refusal, None),
        Ok(Claimed::Nobody) => return (result(LdapResultCode::Success, ""), None),
        Ok(Claimed::Person(name, password)) => bind_person(name, password, accounts, cx).await,
        Ok(Claimed::Service(name, secret)) => bind_service(name, secret, accounts, cx).await,
        Ok(Claimed::Impossible) => ("refused", wrong(), None),
    };
    metrics().ldap_binds.add(word);
    (outcome, reader)
}

type Bound = (&'static str, LdapResult, Option<LdapReader>);

async fn bind_person(name: String, password: Secret, accounts: &Arc<Accounts>, cx: &RequestContext) -> Bound {
    let request = VerifyRequest { service: ServiceName::ldap(), name, password, has_source: true };
    match ask(accounts, cx, Request::Verify(request)).await {
        Some(Reply::Verified(member)) => accepted(LdapReader::Person(member)),
        reply => refused(reply),
    }
}

async fn bind_service(name: String, secret: Secret, accounts: &Arc<Accounts>, cx: &RequestContext) -> Bound {
    let (began, service_account) = (Instant::now(), inert(&name, MAX_LOGGED));
    match ask(accounts, cx, Request::Ldap(Box::new(LdapRequest::BindService { name, secret }))).await {
        Some(Reply::Ldap(LdapReply::Service(service))) => {
            record!(LdapServiceBound, service_account);
            accepted(LdapReader::Service(service))
        }
        reply => {
            if let Some(Reply::Refused(Refusal::WrongCredentials)) = &reply {
                record!(LdapServiceRefused, service_account);
                sleep_until(began + REFUSED_AFTER).await;
            }
            refused(reply)
        }
    }
}

fn accepted(reader: LdapReader) -> Bound {
    ("accepted", result(LdapResultCode::Success, ""), Some(reader))
}

fn wrong() -> LdapResult {
    result(LdapResultCode::InvalidCredentials, "")
}

fn refused(reply: Option<Reply>) -> Bound {
    match reply {
        Some(Reply::Refused(refusal)) => match later(&refusal) {
            Some(later) => ("later", later, None),
            None => ("refused", wrong(), None),
        },
        _ => ("later", result(LdapResultCode::Unavailable, "the portal is unavailable"), None),
    }
}

/// What is answered when nothing was decided: programs take `busy` and `unavailable` for a failure that passes, and not
/// for a wrong password.
pub(super) fn later(refusal: &Refusal) -> Option<LdapResult> {
    match refusal {
        Refusal::TryLater(wait) => {
            let seconds = wait.told_at.map_or(1, |now| wait.seconds_from(now));
            Some(result(LdapResultCode::Busy, &format!("too many tries; try again in {seconds} s")))
        }
        Refusal::Busy(seconds) => {
            Some(result(LdapResultCode::Busy, &format!("busy; try again in {seconds} s")))
        }
        Refusal::Unavailable(id) | Refusal::OutcomeUnknown(id) => {
            Some(result(LdapResultCode::Unavailable, &format!("unavailable; the log has more at {id}")))
        }
        _ => None,
    }
}
