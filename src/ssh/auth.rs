//! SSH authentication: a key is a hint, the sign-in form decides who somebody is.
//!
//! The same for every username, so that nobody learns which accounts exist: `none` is refused (so
//! that the client shows its keys), a signature is wanted by keys that any account has (so that nobody
//! is asked for the passphrase of another key), and keyboard-interactive succeeds without a prompt.
//!
//! Anybody may offer anybody's public key (RFC 4252 section 7), so an offer is answered without a look at the
//! username: else it would tell which name or address owns the key. Only a signature is compared with the name. A
//! right one under another's name is refused like a wrong key, and the client goes on with what is left.
//!
//! A client that begins with a signature, or sends a password, is let in whatever it is: it may not be able to try again.
//! russh answers only the first `SSH_MSG_SERVICE_REQUEST` of a connection, and paramiko sends one before each attempt. Its
//! session is a guest's and says what was wrong ([`LoginAttempt`]); a password is looked at there, by the sign-in that
//! everybody uses. `password` is accepted and not listed: OpenSSH would ask people for one. A name that is served in
//! prompts takes neither, and the connection of whoever begins with them ends.

use std::borrow::Cow;

use std::sync::Arc;

use russh::keys::PublicKey;
use russh::server::{Auth, VerifiedPublicKey};
use russh::{MethodKind, MethodSet};

use super::prompts::PromptDialog;
use crate::domain::login_attempt::LoginAttempt;
use crate::domain::ssh_key::{ProvenKey, SshKey};
use crate::session::prompts::PromptOutcome;

/// What clients are told they may try.
pub(super) const METHODS: &[MethodKind] = &[MethodKind::PublicKey, MethodKind::KeyboardInteractive];

/// What is left once a client has shown too many keys that are not registered, and all that prompts need.
const WITHOUT_KEYS: &[MethodKind] = &[MethodKind::KeyboardInteractive];

/// Unregistered keys that are kept; an agent may hold more.
const OFFERED_KEYS_KEPT: usize = 16;

/// One client's authentication. What is known about one username is dropped when the
/// client asks for another (RFC 4252 section 5; CVE-2026-46705).
#[derive(Debug, Default)]
pub(super) struct Login {
    user: String,
    proven: Option<ProvenKey>,
    /// The id of the account whose key that is.
    account: Option<Arc<str>>,
    /// What the client was let in with although it proves nothing.
    attempt: LoginAttempt,
    /// The last keys that the client showed and that are not this user's, as far as the client was told.
    offered_keys: Vec<SshKey>,
    shared_keys: Option<Arc<[SshKey]>>,
    refused_keys: u32,
    refused_any: bool,
    /// Keys that the client has asked about, whatever username it asked for.
    key_tries: u32,
    /// The prompts that are under way for this user.
    dialog: Option<PromptDialog>,
    outcome: Option<PromptOutcome>,
    /// A request without prompts is under way for this user.
    asked_nothing: bool,
}

impl Login {
    /// The client asks to be `user`; every callback says so first.
    pub(super) fn set_user(&mut self, user: &str) {
        // A new request abandons the prompts of the one before (RFC 4256 section 3.1).
        (self.dialog, self.outcome, self.asked_nothing) = (None, None, false);
        if self.user != user {
            let (refused_any, key_tries) = (self.refused_any, self.key_tries);
            *self = Self { user: user.to_owned(), refused_any, key_tries, ..Self::default() };
        }
    }

    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// Whether a real attempt was refused; the `none` that every client begins with is not one, and neither is a key that
    /// was only shown.
    pub(super) fn refused_any(&self) -> bool {
        self.refused_any
    }

    /// The answer to `none`: accepted for the usernames that exist for clients which can do nothing else.
    pub(super) fn without_credentials(&self, guests: &[String]) -> Auth {
        if guests.contains(&self.user) { Auth::Accept } else { Self::refuse() }
    }

    /// The answer to a password: accepted, whatever it is. The session signs in with it.
    pub(super) fn password(&mut self, password: &str) -> Auth {
        self.attempt = LoginAttempt::with_password(password);
        Auth::Accept
    }

    /// The answer to a password or a signature for a name that takes neither.
    pub(super) fn turn_down(&mut self) -> Auth {
        self.refused_any = true;
        Self::only(WITHOUT_KEYS)
    }

    /// Counts a key that the client asks about. False for one too many: nobody looks it up, and it is refused.
    pub(super) fn takes_key_try(&mut self, max_keys: u32) -> bool {
        self.key_tries = self.key_tries.saturating_add(1);
        self.key_tries <= max_keys
    }

    /// Whether the client has asked about more keys than it may make attempts. A key that is registered gets no refusal, so
    /// russh does not count the question, and a client could go on without end.
    pub(super) fn asks_on(&self, max_auth_tries: u32) -> bool {
        self.key_tries > max_auth_tries
    }

    /// The answer to an offered key: whether a signature by it is `wanted`.
    pub(super) fn offer(&mut self, key: &PublicKey, wanted: bool, max_keys: u32) -> Auth {
        if wanted {
            return Auth::Accept;
        }
        self.note_shown_key(key);
        self.refuse_key(max_keys)
    }

    /// The answer to a certificate, signed with its own key, which is one of `account` or another's. None is taken: a client goes
    /// on with the plain key. Where it was not asked for and signed `at_once`, the key within it counts.
    pub(super) fn certificate(
        &mut self,
        key: &PublicKey,
        account: Option<Arc<str>>,
        at_once: bool,
        max_keys: u32,
    ) -> Auth {
        if !at_once {
            return self.refuse_key(max_keys);
        }
        self.proven = account.is_some().then(|| ProvenKey::of_verified_signature(key));
        if account.is_none() {
            self.attempt = LoginAttempt::UnregisteredKey;
        }
        self.account = account;
        Auth::Accept
    }

    /// A key that is of no use is no attempt: a client shows all that it has.
    fn refuse_key(&mut self, max_keys: u32) -> Auth {
        self.refused_keys = self.refused_keys.saturating_add(1);
        if self.has_offered_all(max_keys) { Self::only(WITHOUT_KEYS) } else { Self::refuse() }
    }

    fn has_offered_all(&self, max_keys: u32) -> bool {
        self.refused_keys.max(self.key_tries) >= max_keys
    }

    /// Keeps a key that the client showed, if it could be registered; it proves nothing.
    fn note_shown_key(&mut self, key: &PublicKey) {
        let Ok(key) = SshKey::of(key) else { return };
        self.offered_keys.retain(|known| known.fingerprint() != key.fingerprint());
        if self.offered_keys.len() >= OFFERED_KEYS_KEPT {
            self.offered_keys.remove(0);
        }
        self.offered_keys.push(key);
    }

    /// The keys that the client showed for this user, which its sessions share: after authentication no more are shown.
    pub(super) fn offered_keys(&mut self) -> Arc<[SshKey]> {
        let shown = &mut self.offered_keys;
        Arc::clone(self.shared_keys.get_or_insert_with(|| std::mem::take(shown).into()))
    }

    /// The answer to a verified signature by `key`, which is one of `account` or another's, and was made `at_once` or asked for.
    /// The one place where a connection comes to hold a proof.
    pub(super) fn signature(
        &mut self,
        key: &VerifiedPublicKey<'_>,
        account: Option<Arc<str>>,
        at_once: bool,
        max_keys: u32,
    ) -> Auth {
        let is_theirs = account.is_some();
        self.account = account;
        self.proven = is_theirs.then(|| ProvenKey::of_verified_signature(key.public_key));
        if at_once && !is_theirs {
            self.note_shown_key(key.public_key);
            self.attempt = LoginAttempt::UnregisteredKey;
            return Auth::Accept;
        }
        self.refused_any |= !is_theirs;
        self.offer(key.public_key, is_theirs, max_keys)
    }

    /// The id of the account whose key the client has proven to hold.
    pub(super) fn account(&self) -> Option<Arc<str>> {
        self.account.clone()
    }

    /// The registered key that the client has proven to hold.
    pub(super) fn proven(&self) -> Option<ProvenKey> {
        self.proven
    }

    /// What the client was let in with although it proves nothing.
    pub(super) fn attempt(&self, max_keys: u32) -> LoginAttempt {
        match &self.attempt {
            LoginAttempt::None if self.proven.is_none() && self.has_offered_all(max_keys) => {
                LoginAttempt::TooManyKeys
            }
            attempt => attempt.clone(),
        }
    }

    /// The answer to keyboard-interactive where nothing is asked: a request without prompts, which clients answer by
    /// themselves, and then success; the session is a guest's. RFC 4256 section 3.1 would allow success at once, but
    /// Erlang's client takes that for a protocol error.
    pub(super) fn without_prompts(&mut self) -> Auth {
        self.asked_nothing = true;
        Auth::Partial { name: "".into(), instructions: "".into(), prompts: Cow::Borrowed(&[]) }
    }

    /// Whether the client, which still asks to be the same user, is to answer a request without prompts.
    pub(super) fn resume_without_prompts(&mut self, user: &str) -> bool {
        std::mem::take(&mut self.asked_nothing) && self.user == user
    }

    /// Takes the prompts under way, if the client still asks to be the same user.
    pub(super) fn resume(&mut self, user: &str) -> Option<PromptDialog> {
        self.dialog.take().filter(|_| self.user == user)
    }

    /// Keeps `dialog` until the client answers.
    pub(super) fn keep(&mut self, dialog: PromptDialog) {
        self.dialog = Some(dialog);
    }

    /// The answer to the last prompt's answer; the session prints `outcome`.
    pub(super) fn done(&mut self, dialog: PromptDialog, outcome: PromptOutcome) -> Auth {
        (self.dialog, self.outcome) = (Some(dialog), Some(outcome));
        Auth::Accept
    }

    /// What came of the prompts, for each session.
    pub(super) fn outcome(&self) -> Option<PromptOutcome> {
        self.outcome.clone()
    }

    /// The answer to answers that fit no prompt, and to too many of them. Keyboard-interactive is not offered again:
    /// some clients would repeat it by themselves.
    pub(super) fn wrong_answers(&mut self) -> Auth {
        self.refused_any = true;
        Self::only(&[MethodKind::PublicKey])
    }

    fn refuse() -> Auth {
        Self::only(METHODS)
    }

    fn only(methods: &[MethodKind]) -> Auth {
        Auth::Reject { proceed_with_methods: Some(MethodSet::from(methods)), partial_success: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking_for(user: &str) -> Login {
        let mut login = Login::default();
        login.set_user(user);
        login
    }

    fn ed25519(number: u8) -> PublicKey {
        use russh::keys::ssh_key::public::{Ed25519PublicKey, KeyData};
        PublicKey::new(KeyData::Ed25519(Ed25519PublicKey([number; 32])), "")
    }

    fn offered(answer: &Auth) -> Vec<MethodKind> {
        match answer {
            Auth::Reject { proceed_with_methods: Some(methods), partial_success: false } => methods.to_vec(),
            other => panic!("not a refusal with a list: {other:?}"),
        }
    }

    #[test]
    fn only_the_guest_needs_no_credentials() {
        let guests = ["guest".to_owned()];
        assert_eq!(asking_for("guest").without_credentials(&guests), Auth::Accept);
        for user in ["account", "root", "", "Guest", "guest "] {
            assert_eq!(offered(&asking_for(user).without_credentials(&guests)), METHODS);
        }
    }

    #[test]
    fn an_agent_full_of_strangers_is_stopped_but_not_locked_out() {
        let mut login = asking_for("account");
        for number in 0..15 {
            assert_eq!(offered(&login.offer(&ed25519(number), false, 16)), METHODS);
        }
        assert_eq!(offered(&login.offer(&ed25519(15), false, 16)), WITHOUT_KEYS);
        assert!(matches!(login.without_prompts(), Auth::Partial { .. }));
        assert!(matches!(login.attempt(16), LoginAttempt::TooManyKeys));
        assert!(matches!(login.attempt(17), LoginAttempt::None));
    }

    #[test]
    fn the_last_keys_shown_are_kept_once_each_and_only_of_kinds_that_are_taken() {
        use russh::keys::ssh_key::Mpint;
        use russh::keys::ssh_key::public::{KeyData, RsaPublicKey};
        let number = |bytes: &[u8]| Mpint::from_positive_bytes(bytes);
        let weak = RsaPublicKey::new(number(&[1, 0, 1]), number(&[0xC3; 128])).unwrap();
        let mut login = asking_for("account");
        login.offer(&PublicKey::new(KeyData::Rsa(weak), ""), false, 99);
        for number in (0..20).chain([19, 5]) {
            login.offer(&ed25519(number), false, 99);
            assert_eq!(login.offer(&ed25519(99), true, 99), Auth::Accept);
        }
        let lines: Vec<String> = login.offered_keys().iter().map(SshKey::line).collect();
        let kept: Vec<u8> = (4..5).chain(6..20).chain([5]).collect();
        let expected: Vec<String> = kept.iter().map(|at| ed25519(*at).to_openssh().unwrap()).collect();
        assert_eq!(lines, expected);
        login.offer(&ed25519(1), false, 99);
        login.set_user("forgot");
        assert!(login.offered_keys().is_empty());
    }

    #[test]
    fn another_user_name_begins_anew() {
        let mut login = asking_for("account");
        login.offer(&ed25519(1), false, 2);
        assert!(!login.refused_any(), "a key that is shown is no attempt");
        login.turn_down();
        login.set_user("forgot");
        assert_eq!(offered(&login.offer(&ed25519(1), false, 2)), METHODS);
        assert_eq!(login.user(), "forgot");
        assert!(login.refused_any(), "a penalty is the connection's, not the name's");
    }

    #[test]
    fn a_key_that_is_asked_about_again_and_again_is_looked_up_only_so_often() {
        let mut login = asking_for("account");
        for number in 0..16 {
            // Names do not begin it anew: a lookup costs the same for each.
            login.set_user(["account", "ada"][number % 2]);
            assert!(login.takes_key_try(16));
            assert_eq!(login.offer(&ed25519(1), true, 16), Auth::Accept);
        }
        for number in 16..32 {
            login.set_user(["account", "ada", "grace"][number % 3]);
            assert!(!login.takes_key_try(16) && !login.asks_on(32));
            assert_eq!(offered(&login.offer(&ed25519(1), false, 16)), WITHOUT_KEYS);
        }
        assert!(!login.takes_key_try(16) && login.asks_on(32));
    }

    #[test]
    fn a_password_lets_in_whatever_it_is_and_is_kept_for_the_session_of_that_name() {
        let mut login = asking_for("account");
        assert_eq!(login.password("plum tractor seventeen"), Auth::Accept);
        assert!(!login.refused_any());
        let LoginAttempt::Password(password) = login.attempt(16) else { panic!("{:?}", login.attempt(16)) };
        assert_eq!(password.expose(), "plum tractor seventeen");
        login.set_user("ada");
        assert!(matches!(login.attempt(16), LoginAttempt::None));
    }

    #[test]
    fn a_name_that_is_served_in_prompts_takes_no_password_and_no_signature() {
        let mut login = asking_for("reset");
        assert_eq!(offered(&login.turn_down()), WITHOUT_KEYS);
        assert!(login.refused_any() && matches!(login.attempt(16), LoginAttempt::None));
    }

    #[test]
    fn a_certificate_is_refused_unless_it_was_signed_without_a_question() {
        let mut login = asking_for("ada");
        assert_eq!(offered(&login.certificate(&ed25519(1), Some("1".into()), false, 16)), METHODS);
        assert!(login.proven().is_none());
        assert_eq!(login.certificate(&ed25519(1), None, true, 16), Auth::Accept);
        assert!(login.proven().is_none() && matches!(login.attempt(16), LoginAttempt::UnregisteredKey));
        let mut login = asking_for("ada");
        assert_eq!(login.certificate(&ed25519(1), Some("1".into()), true, 16), Auth::Accept);
        assert!(login.proven().is_some() && login.account().is_some());
        assert!(matches!(login.attempt(16), LoginAttempt::None));
    }

    #[test]
    fn asking_what_is_possible_is_not_a_failed_attempt() {
        let login = asking_for("account");
        login.without_credentials(&[]);
        assert!(!login.refused_any());
    }
}
