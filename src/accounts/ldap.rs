//! What the LDAP server asks: the secrets of service accounts, people and teams as far as the reader may find them, and a
//! changed password. Whoever is bound is looked up anew with each request, so that nobody reads on who was disabled,
//! whose password was changed, or whose service account was removed.

use std::collections::HashMap;

use super::request::ldap::{
    LdapReader, LdapReply, LdapRequest, PeopleWanted, Person, PersonBy, PersonParts, TeamEntry, TeamsWanted,
    VerifiedService,
};
use super::request::verify::VerifiedAccount;
use super::request::{Refusal, Reply};
use super::shared::require_current;
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::secret::Secret;
use crate::domain::service_account::is_right;
use crate::domain::ssh_key::as_line;
use crate::store::{ListedPerson, Tx, read_tx};

/// Fewer people than these are cheaper one by one than by all that lies between the first and the last.
const FEW: usize = 8;

impl Accounts {
    /// The story of [`super::request::Request::Ldap`].
    pub(super) async fn ldap(&self, cx: &RequestContext, request: LdapRequest) -> Result<Reply, Error> {
        let done = match request {
            LdapRequest::BindService { name, secret } => {
                LdapReply::Service(self.bind_service(&name, &secret).await?)
            }
            LdapRequest::People(reader, wanted) => {
                LdapReply::People(self.find_people(&reader, &wanted).await?)
            }
            LdapRequest::Teams(reader, wanted) => LdapReply::Teams(self.find_teams(&reader, &wanted).await?),
            LdapRequest::ChangePassword { member, current, new } => {
                let changed = self.change_password(cx, member.member(), &current, &new).await?;
                LdapReply::PasswordChanged(VerifiedAccount::new(changed))
            }
        };
        Ok(Reply::Ldap(done))
    }

    /// The secret is random, so tries need not be counted.
    async fn bind_service(&self, name: &str, secret: &Secret) -> Result<VerifiedService, Error> {
        let kept = read_tx!(self.store, Fault, |tx| Ok(tx.find_service_account(name).await?)).await?;
        let digest = kept.as_ref().map(|kept| kept.digest.as_slice());
        match (is_right(secret, digest), kept) {
            (true, Some(kept)) => Ok(VerifiedService(kept.account)),
            _ => Err(Refusal::WrongCredentials.into()),
        }
    }

    async fn find_people(&self, reader: &LdapReader, wanted: &PeopleWanted) -> Result<Vec<Person>, Error> {
        let PeopleWanted { by, after, limit, parts } = wanted;
        read_tx!(self.store, Error, |tx| {
            let scope = scope_of(tx, reader).await?;
            let own = match reader {
                LdapReader::Person(_) => Some(PersonBy::Id(reader.id().to_owned())),
                LdapReader::Service(_) => None,
            };
            let by = own.as_ref().unwrap_or(by);
            let found = tx.list_people(by, scope.as_deref(), after, *limit).await?;
            let is_dense = *by == PersonBy::Any && scope.is_none() && found.len() > FEW;
            if is_dense {
                with_parts(tx, found, scope.as_deref(), *parts).await
            } else {
                let mut people = Vec::with_capacity(found.len());
                for person in found {
                    people.extend(with_parts(tx, vec![person], scope.as_deref(), *parts).await?);
                }
                Ok(people)
            }
        })
        .await
    }

    async fn find_teams(&self, reader: &LdapReader, wanted: &TeamsWanted) -> Result<Vec<TeamEntry>, Error> {
        let TeamsWanted { by, after, limit, members } = wanted;
        read_tx!(self.store, Error, |tx| {
            let scope = scope_of(tx, reader).await?;
            let of = match reader {
                LdapReader::Person(_) => Some(reader.id()),
                LdapReader::Service(_) => None,
            };
            let mut teams = Vec::new();
            for team in tx.list_teams_found(by, (scope.as_deref(), of), after, *limit).await? {
                let members = if *members { tx.list_member_names(&team.id).await? } else { Vec::new() };
                teams.push(TeamEntry { team, members });
            }
            Ok(teams)
        })
        .await
    }
}

/// The service account whose teams bound what is found, if they do. Refuses a reader who is none any more.
async fn scope_of(tx: &mut Tx, reader: &LdapReader) -> Result<Option<String>, Error> {
    match reader {
        LdapReader::Person(member) => {
            require_current(tx, member.member()).await?;
            Ok(None)
        }
        LdapReader::Service(service) => match tx.find_service_account_by_id(&service.0.id).await? {
            Some(found) => Ok((!found.all_teams).then_some(found.id)),
            None => Err(Refusal::SignedOutElsewhere.into()),
        },
    }
}

/// Fills in what is wanted of people who are next to each other.
async fn with_parts(
    tx: &mut Tx,
    found: Vec<ListedPerson>,
    scope: Option<&str>,
    parts: PersonParts,
) -> Result<Vec<Person>, Error> {
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return Ok(Vec::new()) };
    let (first, last) = (first.name_canonical.as_str(), last.name_canonical.as_str());
    let mail = if parts.mail { tx.list_mail_between(first, last).await? } else { Vec::new() };
    let teams = if parts.teams { tx.list_teams_between(first, last, scope).await? } else { Vec::new() };
    let keys = if parts.keys { tx.list_keys_between(first, last).await? } else { Vec::new() };
    // Options are no part of a key that other programs are handed.
    let keys = keys.into_iter().filter_map(|(account, blob)| Some((account, as_line(&blob, false)?)));
    let (mut mail, mut teams, mut keys) = (by_account(mail), by_account(teams), by_account(keys));
    let mut people = Vec::with_capacity(found.len());
    for ListedPerson { id, name, name_canonical, display_name } in found {
        let posix = if parts.posix { tx.find_posix_account(&id).await? } else { None };
        let of = |all: &mut HashMap<String, Vec<String>>| all.remove(&id).unwrap_or_default();
        let (mail, teams, keys) = (of(&mut mail), of(&mut teams), of(&mut keys));
        people.push(Person { id, name, name_canonical, display_name, mail, teams, keys, posix });
    }
    Ok(people)
}

fn by_account(pairs: impl IntoIterator<Item = (String, String)>) -> HashMap<String, Vec<String>> {
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    for (account, value) in pairs {
        all.entry(account).or_default().push(value);
    }
    all
}
