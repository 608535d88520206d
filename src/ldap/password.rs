//! A password that the person who is bound changes (RFC 3062), by the rules of the portal and with its notification. It is
//! never anybody else's.

use std::sync::Arc;

use ldap3_proto::proto::{LdapExtendedRequest, LdapPasswordModifyRequest, LdapResult, LdapResultCode};

use super::bind::later;
use super::conversation::{ask, result};
use super::tree::{Place, Tree};
use crate::accounts::request::ldap::{LdapReader, LdapReply, LdapRequest};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::accounts::{Accounts, RequestContext};
use crate::domain::name::canonical_identifier;
use crate::domain::secret::Secret;

/// What became of it.
pub(super) struct Changed {
    pub(super) outcome: LdapResult,
    /// Who is bound from now on, where that changes.
    pub(super) reader: Option<LdapReader>,
    /// The reader is no longer bound, and the connection ends.
    pub(super) is_over: bool,
}

fn no(code: LdapResultCode, why: &str) -> Changed {
    Changed { outcome: result(code, why), reader: None, is_over: false }
}

/// Answers the request.
pub(super) async fn change(
    request: &LdapExtendedRequest,
    reader: Option<&LdapReader>,
    tree: &Tree,
    accounts: &Arc<Accounts>,
    cx: &RequestContext,
) -> Changed {
    // What it holds is looked at for those alone who may ask it.
    let member = match reader {
        Some(LdapReader::Person(member)) => member.clone(),
        Some(LdapReader::Service(_)) => {
            return no(LdapResultCode::InsufficentAccessRights, "only for the password of whoever is bound");
        }
        None => return no(LdapResultCode::StrongerAuthRequired, "bind first"),
    };
    let Ok(asked) = LdapPasswordModifyRequest::try_from(request) else {
        return no(LdapResultCode::ProtocolError, "not understood");
    };
    let LdapPasswordModifyRequest { user_identity, old_password, new_password } = asked;
    let (old, new) = (old_password.map(Secret::new), new_password.map(Secret::new));
    if let Some(identity) = user_identity.filter(|identity| !identity.is_empty()) {
        let name = match tree.place_of(&identity) {
            Some(Place::Person(name)) => Some(name),
            Some(_) => None,
            None => Some(identity),
        };
        let is_own =
            name.is_some_and(|name| canonical_identifier(&name) == canonical_identifier(member.name()));
        if !is_own {
            return no(LdapResultCode::InsufficentAccessRights, "only for the password of whoever is bound");
        }
    }
    let (Some(current), Some(new)) = (old, new) else {
        return no(LdapResultCode::UnwillingToPerform, "the current password and a new one are needed");
    };
    match ask(accounts, cx, Request::Ldap(Box::new(LdapRequest::ChangePassword { member, current, new })))
        .await
    {
        Some(Reply::Ldap(LdapReply::PasswordChanged(member))) => {
            let (outcome, reader) = (result(LdapResultCode::Success, ""), Some(LdapReader::Person(member)));
            Changed { outcome, reader, is_over: false }
        }
        Some(Reply::Refused(refusal)) => refused(&refusal),
        _ => no(LdapResultCode::Unavailable, "the portal is unavailable"),
    }
}

fn refused(refusal: &Refusal) -> Changed {
    if let Some(outcome) = later(refusal) {
        return Changed { outcome, reader: None, is_over: false };
    }
    match refusal {
        Refusal::Password(why) => no(LdapResultCode::ConstraintViolation, &why.to_string()),
        Refusal::WrongCurrentPassword => {
            no(LdapResultCode::InvalidCredentials, "the current password is wrong")
        }
        _ => Changed { is_over: true, ..no(LdapResultCode::InvalidCredentials, "bind again") },
    }
}
