//! Active Directory, Microsoft's or Samba's: LDAP with passwords of its own (MS-ADTS 3.1.1.3.1.5).
//!
//! A password is written to `unicodePwd`, between quotes, in UTF-16: deleted and added to change it, which asks for the
//! current one, replaced to set it. What is wrong stands in the text of an answer, as a number of Windows: those of a bind
//! besides a wrong password are told only to who has the right one, a lock alone to everybody (MS-ADTS 3.1.1.3.1.5.1).

use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::ldap::{
    Attributes, Broken, Change, Client, Code, Connection, Dialect, LdapSettings, LdapSettingsFault, Outcome,
    PERSON_BIND, SpeaksLdap, TryOut, gone, log_refused_bind, unexpected, verdict_of_code,
};
use super::{DirectoryFault, EntryRef, Finding, MustChange, PasswordNotSet, PolicyRefusal, Verdict};
use crate::domain::secret::Secret;
use crate::domain::timestamp::Timestamp;

/// The attribute that passwords are written to.
const PASSWORD: &str = "unicodePwd";
const LOCKED_AT: &str = "lockoutTime";
const CONTROL: &str = "userAccountControl";
/// The bit of `userAccountControl` that says that an account may not be used.
const ACCOUNT_DISABLED: u32 = 2;
/// When an account ends: hundreds of nanoseconds since 1601, zero or the largest number if it never does.
const EXPIRES: &str = "accountExpires";
/// 1970 in seconds since 1601.
const EPOCH_S: i64 = 11_644_473_600;

const DIALECT: Dialect = Dialect {
    extra: &[CONTROL, EXPIRES],
    is_disabled: |found| {
        let flags = found
            .values(CONTROL)
            .into_iter()
            .filter_map(|value| std::str::from_utf8(value).ok()?.parse().ok());
        flags.into_iter().any(|flags: u32| flags & ACCOUNT_DISABLED != 0)
    },
    expires_at: |found| found.values(EXPIRES).into_iter().filter_map(file_time).min(),
    id_to_text: |value| Some(Uuid::from_bytes_le(value.try_into().ok()?).to_string()),
    id_from_text: |text| Some(text.parse::<Uuid>().ok()?.to_bytes_le().to_vec()),
};

impl LdapSettings {
    /// The settings of Active Directory: what is the same in all of them. `password_change` and `reset_as` mean nothing
    /// there, and every address must be one with TLS. Whoever signs in with names of their user principal without what
    /// follows the `@` gets that from `user_filter`: `(userPrincipalName={login}@example.org)`.
    #[must_use]
    pub fn active_directory() -> Self {
        Self {
            user_filter: "(&(objectCategory=person)(objectClass=user)\
                          (|(sAMAccountName={login})(userPrincipalName={login})(mail={login})))"
                .to_owned(),
            group_filter: "(member={dn})".to_owned(),
            attributes: Attributes {
                id: "objectGUID".to_owned(),
                name: "sAMAccountName".to_owned(),
                email: "mail".to_owned(),
                display_name: "displayName".to_owned(),
                ssh_key: String::new(),
                group_name: "cn".to_owned(),
            },
            ..Self::default()
        }
    }
}

/// Active Directory.
#[derive(Debug)]
pub struct ActiveDirectory {
    client: Client,
}

impl ActiveDirectory {
    /// Reads the certificates and checks the settings; asks the directory for nothing.
    pub fn new(settings: &LdapSettings) -> Result<Self, LdapSettingsFault> {
        let client = Client::new(settings, DIALECT)?;
        if let Some(url) = client.pool.urls().iter().find(|url| !url.is_tls && !settings.starttls) {
            let reason = format!(
                "{url}: Active Directory takes passwords over TLS alone; use ldaps:// or set starttls"
            );
            return Err(LdapSettingsFault::new("urls", reason));
        }
        Ok(Self { client })
    }

    /// Changes the password of somebody who has the right one and is not let in with it any more. Everybody may change a
    /// password who knows it, unless that right was taken away; then the service account sets it.
    async fn change_for(
        &self,
        dn: &str,
        current: &Secret,
        new: &Secret,
        deadline: Instant,
    ) -> Result<(), PasswordNotSet> {
        let service = self.service(deadline).await?;
        match self.set(service, dn, Some(current), new, deadline).await {
            Err(PasswordNotSet::Refused(PolicyRefusal::NotAllowed)) => {
                let service = self.service(deadline).await?;
                self.set(service, dn, None, new, deadline).await
            }
            other => other,
        }
    }

    /// Lets somebody in again who was locked out by wrong passwords. The password was set, whatever comes of this: the
    /// account may have no right to it, and the lock ends by itself.
    async fn unlock(&self, dn: &str, deadline: Instant) {
        if let Ok(mut service) = self.client.pool.connect_as_service(deadline).await {
            let _ = service.modify(dn, LOCKED_AT, &[Change::Replace(b"0")], deadline).await;
        }
    }

    async fn service(&self, deadline: Instant) -> Result<Connection, DirectoryFault> {
        if self.client.pool.has_account() {
            self.client.pool.connect_as_service(deadline).await
        } else {
            let why = "bind_dn: this is done by a service account, and there is none";
            Err(DirectoryFault::Misconfigured(why.to_owned()))
        }
    }

    /// Changes a password with the current one, or sets it.
    async fn set(
        &self,
        mut connection: Connection,
        dn: &str,
        current: Option<&Secret>,
        new: &Secret,
        deadline: Instant,
    ) -> Result<(), PasswordNotSet> {
        if new.is_empty() {
            return Err(PasswordNotSet::Refused(PolicyRefusal::TooShort));
        }
        let new = quoted(new);
        let outcome = match current {
            Some(current) => {
                let current = quoted(current);
                let changes = [Change::Delete(&current), Change::Add(&new)];
                connection.modify(dn, PASSWORD, &changes, deadline).await
            }
            None => connection.modify(dn, PASSWORD, &[Change::Replace(&new)], deadline).await,
        };
        let outcome = outcome.map_err(|broken| self.broken(&connection, broken))?;
        if outcome.is_success() {
            return Ok(());
        }
        Err(not_set(dn, &outcome, current.is_some()))
    }

    fn broken(&self, connection: &Connection, broken: Broken) -> DirectoryFault {
        self.client.pool.is_bad(connection.server());
        self.client.pool.named(connection.server(), broken.while_writing())
    }

    /// An entry that cannot exist, for which the same is asked as for one that does.
    fn nobody(&self) -> EntryRef {
        let id = Uuid::nil().to_string();
        EntryRef { at: format!("CN={id},{}", self.client.user_base), id }
    }

    /// Whether the service account may set passwords. It asks to set what cannot be a password, one byte without quotes:
    /// servers look at the right first.
    async fn try_reset_right(&self, dn: &str) -> Result<String, String> {
        let deadline = self.client.deadline();
        let mut service = self.service(deadline).await.map_err(|fault| fault.to_string())?;
        let outcome = service
            .modify(dn, PASSWORD, &[Change::Replace(b"x")], deadline)
            .await
            .map_err(|broken| broken.while_reading().to_string())?;
        match outcome.code {
            Code::INSUFFICIENT_ACCESS_RIGHTS => {
                Err("the service account may not set passwords: delegate \"Reset password\" to it".to_owned())
            }
            Code::UNWILLING_TO_PERFORM | Code::CONSTRAINT_VIOLATION => {
                Ok("the service account may set passwords".to_owned())
            }
            code => Ok(format!(
                "whether the service account may set passwords could not be checked: the server answers with {code}"
            )),
        }
    }
}

impl SpeaksLdap for ActiveDirectory {
    fn client(&self) -> &Client {
        &self.client
    }

    async fn verify_within(
        &self,
        entry: Option<&EntryRef>,
        password: &Secret,
        deadline: Instant,
    ) -> Result<Verdict, DirectoryFault> {
        if password.is_empty() {
            return Ok(Verdict::Wrong);
        }
        let nobody = self.nobody();
        let dn = self.client.locate(entry.unwrap_or(&nobody), deadline).await?;
        let name = dn.as_deref().unwrap_or(&nobody.at);
        let (_, outcome) = self.client.bind(name, password.expose(), deadline).await?;
        let verdict = verdict(&outcome);
        log_refused_bind(dn.as_deref(), &outcome, verdict);
        match verdict {
            Some(verdict) if dn.is_some() => Ok(verdict),
            Some(_) => Ok(Verdict::Wrong),
            None => Err(unexpected(PERSON_BIND, outcome.code)),
        }
    }

    async fn change_within(
        &self,
        entry: &EntryRef,
        current: &Secret,
        new: &Secret,
        deadline: Instant,
    ) -> Result<(), PasswordNotSet> {
        if current.is_empty() {
            return Err(PasswordNotSet::WrongCurrent);
        }
        let dn = self.client.locate(entry, deadline).await?.ok_or(PasswordNotSet::WrongCurrent)?;
        let (connection, outcome) = self.client.bind(&dn, current.expose(), deadline).await?;
        match verdict(&outcome) {
            Some(Verdict::Right | Verdict::RightUntil(_)) => {
                self.set(connection, &dn, Some(current), new, deadline).await
            }
            Some(Verdict::MustChange(_)) => self.change_for(&dn, current, new, deadline).await,
            Some(Verdict::Wrong) => Err(PasswordNotSet::WrongCurrent),
            Some(Verdict::Locked | Verdict::Disabled) => {
                Err(PasswordNotSet::Refused(PolicyRefusal::NotAllowed))
            }
            None => Err(unexpected(PERSON_BIND, outcome.code).into()),
        }
    }

    async fn reset_within(
        &self,
        entry: &EntryRef,
        new: &Secret,
        deadline: Instant,
    ) -> Result<(), PasswordNotSet> {
        let attributes = [self.client.names.id.as_str(), LOCKED_AT];
        let found = self.client.reread(entry, &attributes, deadline).await?;
        let found = found.ok_or_else(|| gone(&entry.at))?;
        let service = self.service(deadline).await?;
        self.set(service, &found.dn, None, new, deadline).await?;
        if found.values(LOCKED_AT).iter().any(|moment| *moment != b"0") {
            self.unlock(&found.dn, deadline).await;
        }
        Ok(())
    }

    async fn try_out_all(&self) -> Vec<Finding> {
        let mut out = TryOut::default();
        let someone = out.reach_and_search(&self.client).await;
        if let Some(someone) = someone.filter(|_| self.client.pool.has_account()) {
            let right = self.try_reset_right(&someone.dn).await;
            out.tell("reset", right);
        }
        out.0
    }
}

/// A password as `unicodePwd` takes it.
fn quoted(password: &Secret) -> Zeroizing<Vec<u8>> {
    let units =
        std::iter::once(u16::from(b'"')).chain(password.expose().encode_utf16()).chain([u16::from(b'"')]);
    Zeroizing::new(units.flat_map(u16::to_le_bytes).collect())
}

/// The moment that `accountExpires` names; nothing where it says never.
fn file_time(value: &[u8]) -> Option<Timestamp> {
    let ticks: i64 = std::str::from_utf8(value).ok()?.parse().ok()?;
    let is_moment = ticks > 0 && ticks != i64::MAX;
    is_moment.then(|| Timestamp::from_epoch_ms(ticks / 10_000 - EPOCH_S * 1_000))
}

/// What a bind says of the password. Nothing where the answer is about something else.
fn verdict(outcome: &Outcome) -> Option<Verdict> {
    match outcome.code {
        Code::SUCCESS => Some(Verdict::Right),
        Code::INVALID_CREDENTIALS => Some(match bind_error(&outcome.text) {
            // Not now, not from here, disabled, the account itself has expired.
            Some(0x530 | 0x531 | 0x533 | 0x701) => Verdict::Disabled,
            Some(0x532) => Verdict::MustChange(MustChange::Expired),
            Some(0x773) => Verdict::MustChange(MustChange::Reset),
            Some(0x775) => Verdict::Locked,
            // 525: nobody has this name; 52e: the password is wrong.
            _ => Verdict::Wrong,
        }),
        _ => verdict_of_code(outcome),
    }
}

/// The number behind `data`: `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1`.
fn bind_error(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once(", data ")?;
    u32::from_str_radix(rest.split(',').next()?.trim(), 16).ok()
}

/// The number at the start: `0000052D: AtrErr: DSID-03191083, #1: ...`.
fn error(text: &str) -> Option<u32> {
    let (number, _) = text.split_once(':')?;
    if number.len() == 8 { u32::from_str_radix(number, 16).ok() } else { None }
}

/// Why a password was not set.
fn not_set(dn: &str, outcome: &Outcome, with_current: bool) -> PasswordNotSet {
    let refused = PasswordNotSet::Refused;
    match (error(&outcome.text), outcome.code) {
        // ERROR_PASSWORD_RESTRICTION. Samba says which.
        (Some(0x52d), _) => refused(restriction(&outcome.text)),
        // ERROR_INVALID_PASSWORD.
        (Some(0x56), _) if with_current => PasswordNotSet::WrongCurrent,
        // ERROR_ACCOUNT_LOCKED_OUT.
        (Some(0x775), _) => refused(PolicyRefusal::NotAllowed),
        // The right to change one's own password was taken away ("User cannot change password").
        (_, Code::INSUFFICIENT_ACCESS_RIGHTS) if with_current => refused(PolicyRefusal::NotAllowed),
        (_, Code::CONSTRAINT_VIOLATION) => refused(PolicyRefusal::Other),
        (_, Code::NO_SUCH_OBJECT) => gone(dn).into(),
        (Some(number), code) => {
            DirectoryFault::Misconfigured(format!("a new password is answered with {code}, {number:08X}"))
                .into()
        }
        (None, code) => unexpected("a new password", code).into(),
    }
}

fn restriction(text: &str) -> PolicyRefusal {
    let says = |words: &str| text.contains(words);
    if says("too young") {
        PolicyRefusal::TooYoung
    } else if says("too short") {
        PolicyRefusal::TooShort
    } else if says("already used") {
        PolicyRefusal::InHistory
    } else if says("complexity") {
        PolicyRefusal::TooWeak
    } else if says("can't be changed") || says("changes disabled") {
        PolicyRefusal::NotAllowed
    } else {
        PolicyRefusal::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: Code, text: &str) -> Outcome {
        Outcome::new(code, text)
    }

    #[test]
    fn a_password_is_sent_between_quotes_in_utf_16() {
        assert_eq!(quoted(&Secret::new("aß")).as_slice(), b"\"\0a\0\xdf\0\"\0");
        assert_eq!(quoted(&Secret::new("𝄞")).as_slice(), b"\"\0\x34\xd8\x1e\xdd\"\0");
    }

    #[test]
    fn a_bind_gives_a_verdict_by_the_number_in_its_text() {
        for (data, expected) in [
            ("525", Verdict::Wrong),
            ("52e", Verdict::Wrong),
            ("530", Verdict::Disabled),
            ("531", Verdict::Disabled),
            ("532", Verdict::MustChange(MustChange::Expired)),
            ("533", Verdict::Disabled),
            ("701", Verdict::Disabled),
            ("773", Verdict::MustChange(MustChange::Reset)),
            ("775", Verdict::Locked),
            ("zzz", Verdict::Wrong),
        ] {
            let text = format!(
                "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {data}, v1db1"
            );
            assert_eq!(verdict(&outcome(Code::INVALID_CREDENTIALS, &text)), Some(expected), "{data}");
        }
        assert_eq!(verdict(&outcome(Code::INVALID_CREDENTIALS, "")), Some(Verdict::Wrong));
        // A number makes nothing right that did not succeed, and a success needs none.
        assert_eq!(verdict(&outcome(Code::SUCCESS, "data 775, ")), Some(Verdict::Right));
        assert_eq!(verdict(&outcome(Code::UNAVAILABLE, "")), None);
    }

    /// The texts of Microsoft's servers, from MS-ADTS and its knowledge base; those of Samba's are asked for in the
    /// acceptance tests.
    #[test]
    fn a_refusal_is_known_by_the_number_at_the_start_of_its_text() {
        let change = |code, text| format!("{:?}", not_set("CN=ada", &outcome(code, text), true));
        let reset = |code, text| format!("{:?}", not_set("CN=ada", &outcome(code, text), false));
        let restricted = "0000052D: AtrErr: DSID-03191083, #1:\n\t0: 0000052D: DSID-03191083, problem 1005 \
                          (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)\n";
        assert_eq!(change(Code::CONSTRAINT_VIOLATION, restricted), "Refused(Other)");
        let unwilling = "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n";
        assert_eq!(reset(Code::UNWILLING_TO_PERFORM, unwilling), "Refused(Other)");
        let wrong = "00000056: AtrErr: DSID-03191083, #1:\n\t0: 00000056: DSID-03191083, problem 1005 \
                     (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)\n";
        assert_eq!(change(Code::CONSTRAINT_VIOLATION, wrong), "WrongCurrent");
        let no_right = "00000005: SecErr: DSID-031A11E5, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n";
        assert_eq!(change(Code::INSUFFICIENT_ACCESS_RIGHTS, no_right), "Refused(NotAllowed)");
        assert!(reset(Code::INSUFFICIENT_ACCESS_RIGHTS, no_right).contains("Misconfigured"));
        let no_tls = "00002035: SvcErr: DSID-031A1248, problem 5003 (WILL_NOT_PERFORM), data 0\n";
        assert!(reset(Code::UNWILLING_TO_PERFORM, no_tls).contains("00002035"));
        assert!(reset(Code::BUSY, "").contains("Unreachable"));
        let young =
            "0000052D: Constraint violation - check_password_restrictions: password is too young to change!";
        assert_eq!(change(Code::CONSTRAINT_VIOLATION, young), "Refused(TooYoung)");
    }

    #[test]
    fn an_account_expires_at_the_moment_that_windows_counts_from_1601_or_never() {
        let read = |text: &str| file_time(text.as_bytes()).map(|at| at.to_string());
        assert_eq!(read("130000000000000000").as_deref(), Some("2012-12-14T23:06:40Z"));
        assert_eq!(read("116444736000000000").as_deref(), Some("1970-01-01T00:00:00Z"));
        for never in ["0", "9223372036854775807", "-1", "", "18446744073709551615", "soon"] {
            assert_eq!(read(never), None, "{never:?}");
        }
    }

    #[test]
    fn an_id_is_written_as_windows_writes_it() {
        let bytes = (0..16).collect::<Vec<u8>>();
        let text = (DIALECT.id_to_text)(&bytes).unwrap();
        assert_eq!(text, "03020100-0504-0706-0809-0a0b0c0d0e0f");
        assert_eq!((DIALECT.id_from_text)(&text), Some(bytes));
        assert_eq!((DIALECT.id_to_text)(b"short"), None);
        assert_eq!((DIALECT.id_from_text)("no"), None);
    }
}
