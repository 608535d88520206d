//! Everything that an operator may know of one account: never a code, a hash or a key that is secret.

use serde::Serialize;

use super::super::Accounts;
use super::super::request::sessions::ActiveSession;
use super::super::sessions::NODE_LIFE_MS;
use super::limits::LimitView;
use super::users::find;
use super::{AdminError, MembershipView};
use crate::domain::audit_event::AuditEvent;
use crate::domain::code;
use crate::domain::email_address::EmailAddress;
use crate::domain::membership::Membership;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::throttle::DELETION_GRACE_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::read_tx;

/// Sign-ins that are shown.
const SIGN_INS: i64 = 5;

/// An account as an operator sees it. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserDetails {
    /// UUID.
    pub id: String,
    /// Username.
    pub name: String,
    /// May be empty.
    pub display_name: String,
    /// The addresses, the primary one first.
    pub emails: Vec<EmailAddress>,
    /// Teams with the role in each.
    pub teams: Vec<MembershipView>,
    /// True when there is a password.
    pub has_password: bool,
    /// When the password was last set.
    pub password_changed_at: Option<Timestamp>,
    /// Two-factor authentication, when it is on.
    pub two_factor: Option<FactorDetails>,
    /// The public SSH keys.
    pub keys: Vec<RegisteredKey>,
    /// The sessions that are signed in now, the newest first.
    pub sessions: Vec<ActiveSession>,
    /// The latest sign-ins, the newest first.
    pub sign_ins: Vec<AuditEvent>,
    /// The waits and locks that are in force.
    pub limits: Vec<LimitView>,
    /// How many reset codes could be typed now.
    pub live_reset_codes: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Since when it is disabled.
    pub disabled_at: Option<Timestamp>,
    /// When it will be deleted, as its owner asked.
    pub delete_at: Option<Timestamp>,
}

/// Two-factor authentication that is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactorDetails {
    /// Since when.
    pub on_since: Timestamp,
    /// How many recovery codes are not used yet.
    pub recovery_codes_left: i64,
}

impl Accounts {
    /// One account, by username or address.
    pub async fn show_user(&self, name: &str) -> Result<UserDetails, AdminError> {
        let now = self.clock.now();
        read_tx!(self.store, AdminError, |tx| {
            let account = find(tx, name).await?;
            let teams = tx.list_teams_of(&account.id).await?;
            let membership = |of: Membership| MembershipView { team: of.name, role: of.role };
            let factor = tx.find_second_factor(&account.id).await?;
            let sessions = tx.list_sessions(&account.id, now.plus_ms(-NODE_LIFE_MS)).await?;
            let sessions = sessions.into_iter().map(|session| ActiveSession {
                is_this_session: false,
                idle_s: now.ms_since(session.last_input_at).max(0) / 1_000,
                session,
            });
            Ok(UserDetails {
                emails: tx.list_emails(&account.id).await?,
                teams: teams.into_iter().map(membership).collect(),
                two_factor: factor.map(|factor| FactorDetails {
                    on_since: factor.on_since,
                    recovery_codes_left: factor.recovery_codes,
                }),
                keys: tx.list_keys(&account.id).await?,
                sessions: sessions.collect(),
                sign_ins: tx.list_sign_ins(&account.id, SIGN_INS).await?,
                limits: self.limits_in_force(tx, Some(&account.id), now).await?.limits,
                live_reset_codes: tx.count_live_codes(&account.id, code::RESET, now).await?,
                has_password: self.has_password(&account),
                password_changed_at: account.password_changed_at,
                delete_at: account.deletion_requested_at.map(|at| at.plus_ms(DELETION_GRACE_MS)),
                created_at: account.created_at,
                disabled_at: account.disabled_at,
                id: account.id,
                name: account.name,
                display_name: account.display_name,
            })
        })
        .await
    }
}
