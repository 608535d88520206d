//! The targets: each reads one input as the portal does, and panics when the answer breaks a promise.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use doorkey::commands::{Invocation, Printed};
use doorkey::config::Settings;
use doorkey::domain::code::Code;
use doorkey::domain::dn::Dn;
use doorkey::domain::email::Email;
use doorkey::domain::input::{self, folded_code};
use doorkey::domain::ldap_attribute::{AttributeScope, LdapAttribute};
use doorkey::domain::portal::PortalInfo;
use doorkey::domain::proxy_header::{PREFIX, ProxyHeader};
use doorkey::domain::recovery_code::RecoveryCode;
use doorkey::domain::ssh_key::SshKey;
use doorkey::domain::text::{inert, is_inert};
use doorkey::domain::totp::TotpCode;
use doorkey::domain::undo_code::UndoCode;
use doorkey::domain::{case, exit_code};
use doorkey::flow::sign_in::SignIn;
use doorkey::flow::{Event, Flow, Step};
use doorkey::ldap::bind::Claimed;
use doorkey::ldap::filter::{Branch, Entry, Filter};
use doorkey::ldap::tree::Tree;
use doorkey::ldap::wire;
use doorkey::terminal::input::{Framer, Input, Key};
use doorkey::ui::UserAction;
use doorkey::ui::lines::Lines;
use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapExtendedRequest, LdapOp, LdapPasswordModifyRequest, LdapResultCode,
    LdapSearchRequest,
};

/// Bytes of a terminal: the same inputs however the stream is cut, nothing held back, no control character let through.
pub(crate) fn input_framer(bytes: &[u8]) {
    let whole = framed([bytes]);
    assert_eq!(whole, framed(bytes.chunks(1)), "byte by byte");
    assert_eq!(whole, framed(bytes.chunks(7)), "in chunks of 7");
    assert!(whole.len() <= 2 * bytes.len() + 2, "more inputs than bytes");
    for input in &whole {
        match input {
            Input::Key(Key::Char(c) | Key::Alt(c)) => assert!(!c.is_control(), "{c:?}"),
            Input::Paste(text) => {
                assert!(
                    text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'),
                    "{:?}",
                    text.as_str()
                );
            }
            _ => {}
        }
    }
}

fn framed<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Input> {
    let (mut framer, mut inputs) = (Framer::new(), VecDeque::new());
    for chunk in chunks {
        framer.feed(chunk, &mut inputs);
    }
    framer.flush(&mut inputs);
    // A character that is cut short has no time limit: it waits for its next byte.
    framer.flush(&mut inputs);
    // And what comes next is understood.
    framer.feed(b"\x1b[201~\x1b\\~\r", &mut inputs);
    assert_eq!(inputs.pop_back(), Some(Input::Key(Key::Enter)));
    inputs.into()
}

/// Line mode on the form for signing in, with and without a terminal: only text and the bytes that erase are printed,
/// and never what was typed as a password.
pub(crate) fn lines_editor(bytes: &[u8]) {
    // A little more than one line may have: each character costs a page here.
    let bytes = &bytes[..bytes.len().min(4_300)];
    for has_pty in [true, false] {
        let mut dialog = Dialog::begin(has_pty);
        let mut inputs = VecDeque::new();
        Framer::new().feed(bytes, &mut inputs);
        for input in inputs {
            if !dialog.takes(input) {
                break;
            }
        }
        let printed = dialog.printed;
        assert!(!printed.contains(SECRET), "a password was printed: {printed:?}");
        let allowed =
            |c: char| !c.is_control() || c == '\n' || (has_pty && matches!(c, '\r' | '\x08' | '\x07'));
        assert!(printed.chars().all(allowed), "{printed:?}");
    }
}

/// What the dialog answers to the prompt for the password, whatever else is typed.
const SECRET: &str = "kq7w-secret";

struct Dialog {
    lines: Lines,
    flow: Flow,
    printed: String,
}

impl Dialog {
    fn begin(has_pty: bool) -> Self {
        let portal = Arc::new(Settings::default().portal());
        let flow = Flow::SignIn(SignIn::new(portal, ""));
        let mut dialog = Self { lines: Lines::new(has_pty), flow, printed: String::new() };
        dialog.show(true);
        dialog
    }

    fn show(&mut self, fresh: bool) {
        let action = self.lines.show(&self.flow.page(), fresh);
        self.collect();
        self.follow(action);
    }

    /// False when the person leaves, or something is asked of the service.
    fn takes(&mut self, input: Input) -> bool {
        let is_secret = self.lines.prompt(&self.flow.page()).is_some_and(|(_, is_secret)| is_secret);
        if is_secret && matches!(input, Input::Key(Key::Enter)) {
            for c in SECRET.chars() {
                let action = self.lines.input(Input::Key(Key::Char(c)), &self.flow.page());
                assert_eq!(action, UserAction::None);
            }
        }
        let action = self.lines.input(input, &self.flow.page());
        self.collect();
        self.follow(action)
    }

    fn follow(&mut self, action: UserAction) -> bool {
        let step = match action {
            UserAction::None => return true,
            UserAction::Typed { field, value } => self.flow.update(Event::Typed { field, value: &value }),
            UserAction::Pressed(action) => self.flow.update(Event::Pressed(action)),
            UserAction::Opened(row) => self.flow.update(Event::Opened(row)),
            _ => return false,
        };
        match step {
            Step::Stay => self.show(false),
            Step::Go(flow) => {
                self.flow = *flow;
                // What it loads is not there: nobody answers here.
                if matches!(self.flow.begin(), Step::Ask(_)) {
                    return false;
                }
                self.show(true);
            }
            _ => return false,
        }
        true
    }

    fn collect(&mut self) {
        let output = self.lines.take_output();
        self.printed.push_str(&String::from_utf8(output.out).unwrap());
        self.printed.push_str(&String::from_utf8(output.err).unwrap());
    }
}

/// A command line: it is one, or the answer says why not, in plain text on one of the two streams.
pub(crate) fn command_grammar(bytes: &[u8]) {
    let line = String::from_utf8_lossy(bytes);
    let portal = Settings::default().portal();
    let by =
        |read: fn(&str, &PortalInfo, &str) -> Result<Invocation, Printed>| read(&line, &portal, "account");
    for read in [by(Invocation::read), by(Invocation::read_for_keys)] {
        let Err(Printed { out, err, exit_code, .. }) = read else { continue };
        assert!(matches!(exit_code, exit_code::DONE | exit_code::USAGE), "exit code {exit_code}");
        assert!(out.is_empty() != err.is_empty(), "on both streams or on none");
        let sent = doorkey::commands::printable(&(out + &err), false);
        let sent = String::from_utf8(sent).unwrap();
        assert!(sent.chars().all(|c| c == '\n' || is_inert(&c.to_string()) || !c.is_control()), "{sent:?}");
        assert!(!sent.contains('\x1b') && !sent.contains('\u{202e}'), "{sent:?}");
    }
}

/// A public key: what is accepted has one form, and its comment is plain text.
pub(crate) fn key_import(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match SshKey::parse(&text) {
        Ok(key) => {
            assert!(is_inert(key.comment()) && key.comment().chars().count() <= 64, "{:?}", key.comment());
            let again = SshKey::parse(&key.line()).unwrap();
            assert_eq!((again.blob(), again.fingerprint()), (key.blob(), key.fingerprint()));
            assert!(!text.contains("PRIVATE KEY-----"), "a private key was accepted");
        }
        Err(refusal) => assert!(is_inert(&refusal.to_string()), "{refusal}"),
    }
}

/// An email address: one recipient, in ASCII, that reads back the same.
pub(crate) fn email_address(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Email::parse(&text) {
        Ok(email) => {
            let address = email.as_str();
            assert!(
                address.len() <= 254 && address.bytes().all(|byte| byte.is_ascii_graphic()),
                "{address:?}"
            );
            assert_eq!(address.matches('@').count(), 1);
            assert!(!address.contains([',', ';', '"', '<', '>', '(', ')', '\\', ':']), "{address:?}");
            assert_eq!(Email::parse(address).as_ref(), Ok(&email));
            let canonical = Email::parse(email.canonical()).unwrap();
            assert_eq!(canonical.canonical(), email.canonical());
            assert_eq!(canonical.mailbox(), email.mailbox());
            assert!(email.masked().len() <= address.len() + 8, "{}", email.masked());
        }
        Err(refusal) => assert!(is_inert(&refusal.to_string()), "{refusal}"),
    }
}

/// The kinds of codes: whatever is accepted is shown in the one form that is accepted again, and what is folded once is
/// folded.
pub(crate) fn code_normaliser(bytes: &[u8]) {
    let typed = String::from_utf8_lossy(bytes);
    let folded = folded_code(&typed);
    assert_eq!(folded_code(&folded).as_str(), folded.as_str());
    if let Some(code) = Code::parse(&typed) {
        assert_eq!(code.grouped().len(), 9);
        assert_eq!(Code::parse(&code.grouped()).as_ref(), Some(&code));
        // In a sentence as alone.
        let sentence = format!("Your code is: {}.", code.grouped());
        assert_eq!(Code::parse(&sentence), Some(code));
    }
    if let Some(code) = UndoCode::parse(&typed) {
        assert_eq!(UndoCode::parse(code.grouped().expose()), Some(code));
    }
    if let Some(code) = RecoveryCode::parse(&typed) {
        assert_eq!(RecoveryCode::parse(code.grouped().expose()), Some(code));
    }
    if let Some(code) = TotpCode::parse(&typed) {
        assert!(folded.chars().filter(char::is_ascii_digit).count() >= 6);
        assert!(TotpCode::parse_alone(&typed).is_none_or(|alone| alone == code));
    }
}

/// Bytes of a file or pipe: text that says the same without its byte order mark, or a reason.
pub(crate) fn input_decoder(bytes: &[u8]) {
    match input::text(bytes) {
        Ok(text) => {
            assert!(bytes.ends_with(text.as_bytes()) && bytes.len() - text.len() <= 3);
            assert!(!input::is_utf16(text.as_bytes()));
            if let Ok(line) = input::line(text.as_bytes()) {
                assert!(line == text && !line.chars().any(char::is_control));
            }
        }
        Err(reason) => assert!(is_inert(&reason.to_string())),
    }
}

/// The sanitiser, and what is made with it: nothing in the result moves a cursor, hides or turns text.
pub(crate) fn sanitiser(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for max in [0, 1, 7, 64, 100_000] {
        let out = inert(&text, max);
        assert!(is_inert(&out) && out.chars().count() <= max, "{out:?}");
        assert_eq!(inert(&out, max), out, "not the same the second time");
    }
    if let Ok(subject) = case::subject(&text) {
        assert!(is_inert(&subject) && !subject.is_empty());
    }
    if let Ok(message) = case::text(&text) {
        assert!(message.lines().all(is_inert), "{message:?}");
        assert!(!message.contains("\n\n\n"), "{message:?}");
    }
}

/// A settings file, and the same lines as the environment: all is understood and can be written down again, or each
/// problem has its place.
pub(crate) fn settings(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("doorkey.toml");
    std::fs::write(&file, bytes).unwrap();
    match Settings::load_from(Some(&file), [], &[]) {
        Ok(settings) => {
            std::fs::write(&file, settings.effective()).unwrap();
            let again = Settings::load_from(Some(&file), [], &[]).unwrap();
            assert_eq!(again.effective(), settings.effective());
        }
        Err(error) => {
            assert!(!error.problems.is_empty());
            assert!(error.to_string().contains("doorkey.toml"), "{error}");
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let variables = text.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| {
        (
            format!("DOORKEY__SSH__{}", name.trim().to_uppercase()).into(),
            value.trim().trim_matches('"').into(),
        )
    });
    if let Err(error) = Settings::load_from(None, variables, &[]) {
        assert!(!error.problems.is_empty() && error.to_string().contains("DOORKEY__SSH__"), "{error}");
    }
}

/// The header of a proxy: what is taken is whole, and its address is the one that stands there.
pub(crate) fn proxy_header(bytes: &[u8]) {
    let Some((prefix, all)) = bytes.split_first_chunk::<PREFIX>() else { return };
    let length = ProxyHeader::rest(prefix);
    let told = &all[..length.unwrap_or_default().min(all.len())];
    for rest in [all, told] {
        match ProxyHeader::parse(prefix, rest) {
            Ok(header) => {
                assert_eq!(length, Ok(rest.len()), "{header:?}");
                if let ProxyHeader::From(from) = header {
                    let octets = match from.ip() {
                        IpAddr::V4(ip) => ip.octets().to_vec(),
                        IpAddr::V6(ip) => ip.octets().to_vec(),
                    };
                    assert!(rest.starts_with(&octets), "{from}");
                }
            }
            Err(fault) => assert!(is_inert(&fault.to_string()), "{fault}"),
        }
    }
}

/// The attributes that somebody may read who sees no addresses.
const WITHOUT_MAIL: &str = "cn,memberOf,uidNumber";

/// A message of LDAP: what is read is one whole message, and what it asks for holds what its kind promises.
pub(crate) fn ldap_message(bytes: &[u8]) {
    let Ok(Some(length)) = wire::length(bytes, wire::MOST_BOUND) else { return };
    let Some(message) = bytes.get(..length) else { return };
    let Ok(message) = wire::decode(message) else { return };
    let tree = Tree::new("dc=example,dc=org".parse().unwrap());
    match message.op {
        LdapOp::BindRequest(request) => ldap_bind(request, &tree),
        LdapOp::SearchRequest(request) => ldap_search(request),
        LdapOp::ExtendedRequest(request) => ldap_password(&request, &tree),
        _ => {}
    }
}

/// A name is read back as it is written, and nobody is anybody without a password.
fn ldap_bind(request: LdapBindRequest, tree: &Tree) {
    if let Some(name) = Dn::parse(&request.dn) {
        assert_eq!(Dn::parse(&name.to_string()), Some(name.clone()), "{name}");
    }
    let typed = match &request.cred {
        LdapBindCred::Simple(password) => password.clone(),
        LdapBindCred::SASL(_) | LdapBindCred::Unsupported => String::new(),
    };
    let (version, dn) = (request.version, request.dn.clone());
    match Claimed::read(request, tree) {
        Ok(Claimed::Nobody) => assert!(version == 3 && dn.is_empty() && typed.is_empty()),
        Ok(Claimed::Person(name, password) | Claimed::Service(name, password)) => {
            assert!(version == 3 && !name.is_empty() && name.len() <= dn.len(), "{dn}");
            assert!(!typed.is_empty() && password.expose() == typed, "{dn}");
        }
        Ok(Claimed::Impossible) => assert!(version == 3 && !typed.is_empty(), "{dn}"),
        Err(refusal) => assert_ne!(refusal.code, LdapResultCode::Success, "{dn}"),
    }
}

/// Both passwords are the ones that stand in the request.
fn ldap_password(request: &LdapExtendedRequest, tree: &Tree) {
    let Ok(asked) = LdapPasswordModifyRequest::try_from(request) else { return };
    let value = request.value.as_deref().unwrap_or_default();
    for text in [&asked.user_identity, &asked.old_password, &asked.new_password].into_iter().flatten() {
        assert!(
            text.is_empty() || value.windows(text.len()).any(|some| some == text.as_bytes()),
            "{asked:?}"
        );
    }
    if let Some(identity) = asked.user_identity {
        let _ = tree.place_of(&identity);
    }
}

/// A filter cannot tell two people apart who differ in what may not be read.
fn ldap_search(request: LdapSearchRequest) {
    let scope: AttributeScope = WITHOUT_MAIL.parse().unwrap();
    let person = |mail: &str| Entry {
        dn: "uid=ada,ou=people,dc=example,dc=org".to_owned(),
        values: vec![
            (LdapAttribute::Uid, vec!["ada".to_owned()]),
            (LdapAttribute::UidNumber, vec!["2001".to_owned()]),
            (LdapAttribute::MemberOf, vec!["cn=Platform,ou=teams,dc=example,dc=org".to_owned()]),
            (LdapAttribute::Mail, vec![mail.to_owned()]),
        ],
    };
    let filter = Filter::read(request.filter, &scope);
    let one = filter.of(&person("ada@example.org"), &scope, Some(Branch::People));
    let other = filter.of(&person("x"), &scope, Some(Branch::People));
    assert_eq!(one, other, "{filter:?}");
    assert!(one != Some(true) || !filter.excludes(Branch::People), "{filter:?}");
}
