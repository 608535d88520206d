//! Looks whether everything that is configured can be done, without changing anything.

use futures_util::future::join_all;

use super::client::{AnyEntry, Client};
use super::message::{Change, Code, Found};
use super::{Ldap, PASSWORD, PasswordChange};
use crate::directory::{DirectoryFault, Finding, Shown};
use crate::domain::password::random_password;

/// Findings in the order in which they were made.
#[derive(Default)]
pub(in crate::directory) struct TryOut(pub(in crate::directory) Vec<Finding>);

impl TryOut {
    pub(in crate::directory) fn tell(&mut self, what: &'static str, told: Result<String, String>) {
        self.0.push(Finding { what, told });
    }

    /// What must be well whatever passwords look like: servers, the service account, the bases, and one entry, which is
    /// given back.
    pub(in crate::directory) async fn reach_and_search(&mut self, client: &Client) -> Option<Found> {
        let servers = client.pool.urls().iter().enumerate().map(|(server, url)| async move {
            let secure = if url.is_tls || client.pool.starttls() {
                "with TLS"
            } else {
                "without TLS, on this machine"
            };
            let deadline = client.deadline();
            let reached = client.pool.connect_to(server, deadline).await;
            let (reached, bound) = match reached {
                Ok(mut connection) => {
                    let bound = client.pool.bind_as_service(&mut connection, deadline).await;
                    (Ok(format!("{url} answers {secure}")), Some(bound))
                }
                Err(fault) => (Err(fault.to_string()), None),
            };
            let bound = bound.map(|bound| match bound {
                Ok(()) if client.pool.has_account() => Ok(format!("{url} lets the service account in")),
                Ok(()) => Ok(format!("{url} is asked without an account; forgotten passwords cannot be set")),
                Err(fault) => Err(format!("{url}: {fault}")),
            });
            (reached, bound)
        });
        let mut is_usable = false;
        for (reached, bound) in join_all(servers).await {
            self.tell("reach", reached);
            if let Some(bound) = bound {
                is_usable |= bound.is_ok();
                self.tell("bind", bound);
            }
        }
        if !is_usable {
            return None;
        }
        let base = client.check_base(&client.user_base, "user_base", client.deadline()).await;
        let has_base = base.is_ok();
        self.tell("base", told(base.map(|()| "user_base is there".to_owned())));
        if let Some(base) = client.group_base() {
            let base = client.check_base(base, "group_base", client.deadline()).await;
            let told_of_groups = match base {
                Ok(()) => client.shows(Shown::Groups, client.deadline()).await.map(|is_any| {
                    if is_any {
                        "group_base is there".to_owned()
                    } else {
                        "group_base is there; group_filter finds no group with anybody in it, or the service account may \
                         not read groups: teams stay as they are meanwhile"
                            .to_owned()
                    }
                }),
                Err(fault) => Err(fault),
            };
            self.tell("groups", told(told_of_groups));
        }
        if !has_base {
            return None;
        }
        match client.anybody(client.deadline()).await {
            Ok(AnyEntry { is_there, example, has_references }) => {
                let told = match &example {
                    Some(found) => told(client.check_entry(found).map(|()| {
                        let more = if has_references { "; parts of user_base are on servers that are not asked" } else { "" };
                        format!("user_filter finds people, with their attributes{more}")
                    })),
                    None if is_there => {
                        Ok("user_filter finds people; the server shows none of them alone, so their attributes were not looked at"
                            .to_owned())
                    }
                    None => Err(DirectoryFault::ShowsNobody.to_string()),
                };
                self.tell("search", told);
                example
            }
            Err(fault) => {
                self.tell("search", Err(fault.to_string()));
                None
            }
        }
    }
}

/// A result as it is told.
pub(in crate::directory) fn told(result: Result<String, DirectoryFault>) -> Result<String, String> {
    result.map_err(|fault| fault.to_string())
}

impl Ldap {
    pub(super) async fn try_out_settings(&self) -> Vec<Finding> {
        let mut out = TryOut::default();
        let someone = out.reach_and_search(&self.client).await;
        if !out.0.iter().any(|finding| finding.what == "base") {
            return out.0;
        }
        match self.client.root(self.client.deadline()).await {
            Ok(root) => {
                let change = match (self.password_change, root.has_password_modify) {
                    (PasswordChange::Exop, false) => {
                        Err("password_change is exop, which the server does not have \
                                                          (1.3.6.1.4.1.4203.1.11.1)"
                            .to_owned())
                    }
                    (PasswordChange::Modify, _) => {
                        Ok(format!("passwords are written to {PASSWORD}; the server must hash them"))
                    }
                    (_, true) => Ok("passwords are set by the operation of RFC 3062".to_owned()),
                    (_, false) => Ok(format!(
                        "the server does not have the operation of RFC 3062: passwords are written to {PASSWORD}, and it must hash them"
                    )),
                };
                out.tell("change", change);
                out.tell("policy", Ok(if root.has_password_policy {
                    "the server tells of its password policy".to_owned()
                } else {
                    "the server does not tell of a password policy: an expired password looks like a wrong one".to_owned()
                }));
            }
            Err(fault) => out.tell("change", Err(fault.to_string())),
        }
        if self.client.pool.has_account()
            && let Some(someone) = someone
        {
            let right = self.try_reset_right(&someone.dn).await;
            out.tell("reset", right);
        }
        out.0
    }

    /// Whether the service account may write passwords. It asks to delete a value that cannot be there: servers look at the
    /// right first, and then there is nothing to delete.
    async fn try_reset_right(&self, dn: &str) -> Result<String, String> {
        let deadline = self.client.deadline();
        let mut connection =
            self.client.pool.connect_as_service(deadline).await.map_err(|fault| fault.to_string())?;
        let none = random_password(&self.entropy);
        let change = [Change::Delete(none.expose().as_bytes())];
        let outcome = connection
            .modify(dn, PASSWORD, &change, deadline)
            .await
            .map_err(|broken| broken.while_reading().to_string())?;
        match outcome.code {
            Code::INSUFFICIENT_ACCESS_RIGHTS => {
                Err(format!("the service account may not write {PASSWORD}: give it that right, and no other"))
            }
            Code::NO_SUCH_ATTRIBUTE | Code::CONSTRAINT_VIOLATION => {
                Ok(format!("the service account may write {PASSWORD}"))
            }
            code => Ok(format!(
                "whether the service account may write {PASSWORD} could not be checked: the server answers with {code}"
            )),
        }
    }
}
