//! What emails say: a Jinja template each with subject and text, and layouts that all share. The HTML part is
//! made from the text. All are embedded; files in an operator's directory replace them one by one.
//!
//! A template has the structure and asks for words in the email's language, `{{ t("mail-undone", change=detail) }}`: a
//! message of the catalogue with its values ([`crate::messages`]).

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, context};

use super::message::{EmailKind, EmailMessage, OPERATOR_PLACE, RecentItem, RecentKind, UNDO_CODE};
use crate::domain::input;
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;
use crate::domain::throttle::{RECENT_DAYS, UNDO_CODE_DAYS};
use crate::domain::time_zone::TimeZone;
use crate::domain::timestamp::Timestamp;
use crate::messages::{self, Language, MessageValue};
use crate::text;

/// The most characters of any value that is filled in.
const MAX_VALUE_CHARS: usize = 300;
/// The most bytes of an operator's template file.
const MAX_FILE_BYTES: u64 = 256 * 1024;

const LAYOUT_TEXT: &str = "layout.txt.j2";
const LAYOUT_HTML: &str = "layout.html.j2";

/// The templates that emails share.
const SHARED: [(&str, &str); 4] = [
    (LAYOUT_TEXT, include_str!("templates/layout.txt.j2")),
    (LAYOUT_HTML, include_str!("templates/layout.html.j2")),
    ("details.txt.j2", include_str!("templates/details.txt.j2")),
    ("not-you.txt.j2", include_str!("templates/not-you.txt.j2")),
];

/// Every template by its file name.
fn embedded() -> impl Iterator<Item = (String, &'static str)> {
    let emails = EmailKind::ALL.iter().map(|kind| (file_name(*kind), kind.template()));
    SHARED.into_iter().map(|(name, text)| (name.to_owned(), text)).chain(emails)
}

/// The names of all templates, those that emails share first.
pub fn names() -> impl Iterator<Item = String> {
    embedded().map(|(name, _)| name)
}

fn file_name(kind: EmailKind) -> String {
    format!("{}.txt.j2", kind.as_str())
}

/// All templates, read and compiled.
pub struct Templates {
    environment: Environment<'static>,
    /// Whether an operator's file took the place of one.
    replaced: bool,
}

/// An email in words.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedEmail {
    /// One line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Why a template cannot be used. `Display` names the file.
#[derive(Debug, thiserror::Error)]
pub enum TemplateFault {
    /// The operator's directory or a file in it cannot be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A misspelt name would silently change nothing.
    #[error("{}: no email has a template of this name; there are: {names}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The names there are.
        names: String,
    },
    /// A template that cannot be compiled or filled in.
    #[error("mail template {name}: {reason}")]
    Broken {
        /// The file name.
        name: String,
        /// The line and what is wrong.
        reason: String,
    },
    /// An email without a subject.
    #[error("mail template {0}: the first line must be `Subject: ` and the subject")]
    NoSubject(String),
    /// An email with a code does not show it alone on a line.
    #[error("mail template {0}: the code must stand alone on a line of its own")]
    CodeNotAlone(String),
    /// An email about a change that can be undone does not show the undo code alone on a line.
    #[error(
        "mail template {0}: the undo code must stand alone on a line of its own; include \"not-you.txt.j2\""
    )]
    UndoCodeNotAlone(String),
}

impl Templates {
    /// The embedded templates; a file of the same name in `directory` replaces one.
    pub fn load(directory: Option<&Path>) -> Result<Self, TemplateFault> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // A line that holds only a tag leaves no line behind.
        let syntax = SyntaxConfig::builder().trim_blocks(true).keep_trailing_newline(true).build();
        environment.set_syntax(syntax.map_err(|error| broken("syntax", &error))?);
        environment.set_auto_escape_callback(|name| match name {
            LAYOUT_HTML => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        let embedded = embedded().map(|(name, text)| (name, text.to_owned()));
        let files = directory.map(read_directory).transpose()?.unwrap_or_default();
        let replaced = !files.is_empty();
        for (name, text) in embedded.chain(files) {
            environment.add_template_owned(name.clone(), text).map_err(|error| broken(&name, &error))?;
        }
        Ok(Self { environment, replaced })
    }

    /// Tries out templates among which are an operator's. The embedded ones alone are tried by the tests: to write some
    /// eighty emails at each start was a quarter of what an operator's command took.
    pub(super) fn check(&self, portal: &PortalInfo) -> Result<(), TemplateFault> {
        if self.replaced { self.try_out(portal) } else { Ok(()) }
    }

    /// Puts `email` into words: subject and body from its own template, the rest from the layouts.
    pub fn write(&self, email: &EmailMessage, portal: &PortalInfo) -> Result<RenderedEmail, TemplateFault> {
        let (name, values) = (file_name(email.kind), values(email, portal));
        let own = self.render(&name, &values)?;
        let (subject, body) = own
            .split_once('\n')
            .and_then(|(first, body)| Some((first.strip_prefix("Subject: ")?, body)))
            .ok_or(TemplateFault::NoSubject(name))?;
        let subject = inert(subject.trim(), MAX_VALUE_CHARS);
        let text =
            self.render(LAYOUT_TEXT, &context! { body => body.trim_matches('\n'), ..values.clone() })?;
        let paragraphs =
            text.split("\n\n").map(|text| text.trim_matches('\n')).filter(|text| !text.is_empty());
        let paragraphs: Vec<_> = paragraphs.map(|text| paragraph_values(text, email)).collect();
        let html = self.render(LAYOUT_HTML, &context! { subject => &subject, paragraphs, ..values })?;
        Ok(RenderedEmail { subject, text, html })
    }

    /// Writes one email of each kind in each language and checks it.
    fn try_out(&self, portal: &PortalInfo) -> Result<(), TemplateFault> {
        let all = Language::ALL
            .into_iter()
            .flat_map(|language| EmailKind::ALL.iter().map(move |kind| (language, kind)));
        for (language, kind) in all {
            let email = EmailMessage { language, ..EmailMessage::sample(*kind) };
            let written = self.write(&email, portal)?;
            if kind.has_code() && written.text.lines().filter(|line| *line == email.code).count() != 1 {
                return Err(TemplateFault::CodeNotAlone(file_name(*kind)));
            }
            if kind.may_carry_undo_code() {
                let email = EmailMessage { undo_code: UNDO_CODE.to_owned(), ..email };
                let written = self.write(&email, portal)?;
                if written.text.lines().filter(|line| *line == UNDO_CODE).count() != 1 {
                    return Err(TemplateFault::UndoCodeNotAlone(file_name(*kind)));
                }
            }
        }
        Ok(())
    }

    fn render(&self, name: &str, values: &Value) -> Result<String, TemplateFault> {
        let template = self.environment.get_template(name).map_err(|error| broken(name, &error))?;
        template.render(values).map_err(|error| broken(name, &error))
    }
}

/// What templates can show, inert and bounded.
fn values(email: &EmailMessage, portal: &PortalInfo) -> Value {
    let safe = |text: &str| inert(text, MAX_VALUE_CHARS);
    let ssh = |user: &str| portal.address.as_ref().map(|_| portal.ssh("", user)).unwrap_or_default();
    let zone = TimeZone::parse(&email.time_zone).unwrap_or_default();
    let moment = |at: i64| zone.date_minute(Timestamp::from_epoch_ms(at));
    let language = email.language;
    let ssh_reset = ssh(&portal.reset_user);
    let reset = match ssh_reset.as_str() {
        "" => text!(language, "mail-reset-in-portal").to_owned(),
        command => text!(language, "mail-reset-command", command = command),
    };
    let ssh_undo = ssh(&portal.undo_user);
    let undo = match ssh_undo.as_str() {
        "" => text!(language, "mail-undo-in-portal").to_owned(),
        command => text!(language, "mail-undo-command", command = command),
    };
    let place = |ip: &str| match ip {
        OPERATOR_PLACE => text!(language, "mail-operator").to_owned(),
        ip => safe(ip),
    };
    context! {
        t => words_in(language),
        language => language.tag(),
        name => safe(&email.name),
        code => safe(&email.code),
        undo_code => safe(&email.undo_code),
        undo_days => UNDO_CODE_DAYS,
        recent_days => RECENT_DAYS,
        valid_minutes => email.valid_minutes,
        when => moment(email.at),
        until => moment(email.until),
        ip => place(&email.ip),
        client => email.client.map_or("", |client| client.to(&language)),
        detail => safe(&detail(email)),
        note => safe(&email.note),
        recent => email.recent.iter().map(|item| context! {
            label => recent_label(item, language),
            what => match item.kind {
                RecentKind::TwoFactor => text!(language, "mail-recent-turned-on").to_owned(),
                RecentKind::Email | RecentKind::Key => safe(&item.what),
            },
            when => moment(item.at),
            ip => place(&item.ip),
        }).collect::<Vec<_>>(),
        portal => context! {
            name => safe(&portal.name),
            organisation => safe(&portal.organisation),
            support => safe(&portal.support),
            sender => safe(&portal.sender),
            // The commands to run in a terminal; empty where the portal's address is not set.
            ssh_join => safe(&ssh(&portal.join_user)),
            ssh_reset => safe(&ssh_reset),
            ssh_undo => safe(&ssh_undo),
            ssh_support => safe(&ssh(&portal.support_user)),
            // Whether a forgotten password can be reset here at all.
            can_reset => portal.capabilities.reset,
            // Where to do so, quoted.
            reset => safe(&reset),
            // What to do with an undo code, as the beginning of a sentence in lower case.
            undo => safe(&undo),
        },
    }
}

/// The function that templates ask for words: the id of a message and its values by name.
fn words_in(language: Language) -> Value {
    Value::from_function(move |id: String, values: Kwargs| -> Result<String, minijinja::Error> {
        let named = |name: &str| Ok((name.to_owned(), message_value(name, &values.get(name)?)?));
        let values = values.args().map(named).collect::<Result<Vec<_>, minijinja::Error>>()?;
        messages::by_id(&language, &id, &values)
            .map_err(|fault| minijinja::Error::new(ErrorKind::InvalidOperation, fault.to_string()))
    })
}

/// Whole numbers decide between singular and plural; all else is text.
fn message_value(name: &str, value: &Value) -> Result<MessageValue, minijinja::Error> {
    if value.is_undefined() {
        return Err(minijinja::Error::new(ErrorKind::UndefinedError, format!("{name} is undefined")));
    }
    Ok(value.as_i64().map_or_else(|| value.to_string().into(), MessageValue::from))
}

/// What it was done to, in words where it is none of a name, an address or a number.
fn detail(email: &EmailMessage) -> Cow<'_, str> {
    match email.kind {
        // Of an event that this program does not know, its id.
        EmailKind::ChangeUndone => messages::by_id(&email.language, &format!("event-{}", email.detail), &[])
            .map_or_else(|_| email.detail.as_str().into(), Cow::from),
        EmailKind::TeamRoleChanged => {
            text!(email.language, "mail-team-and-role", team = &email.detail, role = &email.note).into()
        }
        _ => email.detail.as_str().into(),
    }
}

fn recent_label(item: &RecentItem, language: Language) -> &'static str {
    match item.kind {
        RecentKind::Email => text!(language, "mail-recent-email"),
        RecentKind::Key => text!(language, "mail-recent-key"),
        RecentKind::TwoFactor => text!(language, "mail-recent-two-factor"),
    }
}

/// A paragraph of the text for the HTML layout: a code, an indented command, a list of `Label: value`, or
/// prose.
fn paragraph_values(paragraph: &str, email: &EmailMessage) -> Value {
    let is_label = |line: &str| line.split_once(':').is_some_and(|(label, _)| !label.contains(' '));
    let kind = if paragraph == email.code || paragraph == email.undo_code {
        "code"
    } else if paragraph.starts_with("    ") {
        "command"
    } else if paragraph.lines().all(is_label) {
        "list"
    } else {
        "prose"
    };
    let lines: Vec<_> = paragraph.lines().map(|line| line.trim().to_owned()).collect();
    context! { kind, lines }
}

impl Default for Templates {
    /// The embedded templates alone. A test checks that they compile.
    fn default() -> Self {
        Self::load(None).unwrap_or_else(|_| Self { environment: Environment::new(), replaced: false })
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Templates")
    }
}

impl fmt::Debug for RenderedEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RenderedEmail({:?}, ***)", self.subject)
    }
}

/// Line and kind of a mistake, without the values that were filled in.
fn broken(name: &str, error: &minijinja::Error) -> TemplateFault {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let line = error.line().map_or_else(String::new, |line| format!("line {line}: "));
    TemplateFault::Broken { name: name.to_owned(), reason: format!("{line}{what}") }
}

fn read_directory(directory: &Path) -> Result<Vec<(String, String)>, TemplateFault> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error| TemplateFault::Unreadable { path, error }
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable(directory))? {
        let path = entry.map_err(unreadable(directory))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // Left by editors and version control.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if !embedded().any(|(known, _)| known == name) {
            let names = names().collect::<Vec<_>>().join(", ");
            return Err(TemplateFault::Unknown { path, names });
        }
        if std::fs::metadata(&path).map_err(unreadable(&path))?.len() > MAX_FILE_BYTES {
            let error = std::io::Error::other("larger than 256 KiB");
            return Err(TemplateFault::Unreadable { path, error });
        }
        let bytes = std::fs::read(&path).map_err(unreadable(&path))?;
        let text =
            input::text(&bytes).map_err(|fault| unreadable(&path)(std::io::Error::other(fault)))?.to_owned();
        found.push((name.to_owned(), text));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mail::EmailClient;
    use crate::mail::tests::portal;

    fn with_file(name: &str, text: &str) -> Result<Templates, TemplateFault> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(name), text).unwrap();
        Templates::load(Some(directory.path()))
    }

    fn written(kind: EmailKind, templates: &Templates, portal: &PortalInfo) -> RenderedEmail {
        templates.write(&EmailMessage::sample(kind), portal).unwrap()
    }

    fn in_language(language: Language, kind: EmailKind) -> EmailMessage {
        EmailMessage { language, ..EmailMessage::sample(kind) }
    }

    /// Every email in every language.
    fn samples() -> impl Iterator<Item = EmailMessage> {
        Language::ALL
            .into_iter()
            .flat_map(|language| EmailKind::ALL.iter().map(move |kind| in_language(language, *kind)))
    }

    fn in_german(email: EmailMessage) -> String {
        let email = EmailMessage { language: Language::German, ..email };
        Templates::default().write(&email, &portal()).unwrap().text
    }

    /// Short lines, no gap, nothing that was not filled in.
    fn assert_tidy(email: &EmailMessage, text: &str) {
        assert!(text.is_ascii() || email.language != Language::English, "{text}");
        let long = text.lines().find(|line| line.chars().count() > 98);
        assert_eq!(long, None, "{text}");
        let gaps = ["\n\n\n", " \n", "{"];
        assert!(gaps.iter().all(|gap| !text.contains(gap)), "{text}");
    }

    #[test]
    fn every_email_says_when_where_from_and_whom_to_ask_and_holds_no_link() {
        let templates = Templates::load(None).unwrap();
        templates.try_out(&portal()).unwrap();
        for email in samples() {
            let (kind, written) = (email.kind, templates.write(&email, &portal()).unwrap());
            let not_you = match email.language {
                Language::German => "nicht",
                _ => "not you",
            };
            for part in [&written.text, &written.html] {
                for fact in ["1970-01-01 00:00 UTC", "192.0.2.7", "support@acme.example", "ada", not_you] {
                    let has_none = match kind {
                        EmailKind::PasswordLocked | EmailKind::Invitation | EmailKind::SupportNotice => {
                            fact == not_you
                        }
                        _ => false,
                    };
                    assert!(part.contains(fact) || has_none, "{kind:?} lacks {fact}: {part}");
                }
                assert!(!part.contains("http") && !part.contains("href"), "{part}");
            }
            assert!(written.subject.contains("Doorkey") && !written.subject.contains('\n'));
            assert!(!written.subject.contains("WDJB"), "a code in a subject shows on lock screens");
            let codes = written.text.lines().filter(|line| *line == "WDJB-MJHT").count();
            assert_eq!(codes, usize::from(kind.has_code()), "{}", written.text);
            assert!(
                written
                    .html
                    .starts_with(&format!("<!doctype html>\n<html lang=\"{}\">", email.language.tag()))
            );
            assert_tidy(&email, &written.text);
        }
    }

    #[test]
    fn every_email_is_in_its_language() {
        let templates = Templates::default();
        for kind in EmailKind::ALL {
            let [english, german] = Language::ALL
                .map(|language| templates.write(&in_language(language, *kind), &portal()).unwrap());
            assert_ne!(english.subject, german.subject);
            let words = |text: &str| {
                let mut paragraphs: BTreeSet<_> = text.split("\n\n").map(str::to_owned).collect();
                paragraphs.remove("WDJB-MJHT");
                paragraphs.remove("    doorkey support show 1042");
                paragraphs
            };
            let (english, german) = (words(&english.text), words(&german.text));
            assert_eq!(english.intersection(&german).collect::<Vec<_>>(), Vec::<&String>::new());
        }
    }

    /// In the catalogue that marks its words, what is left beside them is data.
    #[test]
    fn every_word_of_an_email_comes_from_the_catalogue() {
        let templates = Templates::default();
        let there = PortalInfo { address: "portal.example.org:2222".parse().ok(), ..portal() };
        let beside = |text: &str| {
            let mut depth = 0;
            let outside = text.chars().filter(|c| {
                depth += i32::from(*c == '\u{27e6}');
                let is_outside = depth == 0;
                depth -= i32::from(*c == '\u{27e7}');
                is_outside
            });
            outside.collect::<String>()
        };
        let data = [
            "WDJB-MJHT",
            UNDO_CODE,
            ": ada@home.example",
            "ssh -p 2222 join@portal.example.org",
            "doorkey support show 1042",
        ];
        for (portal, kind) in
            [portal(), there].iter().flat_map(|p| EmailKind::ALL.iter().map(move |k| (p, *k)))
        {
            let undo_code = if kind.may_carry_undo_code() { UNDO_CODE } else { "" };
            let email =
                EmailMessage { undo_code: undo_code.to_owned(), ..in_language(Language::Marked, kind) };
            let written = templates.write(&email, portal).unwrap();
            assert_eq!(beside(&written.subject), "");
            for line in beside(&written.text).lines().map(str::trim) {
                assert!(line.is_empty() || data.contains(&line), "{kind:?}: {line:?}\n{}", written.text);
            }
        }
    }

    #[test]
    fn the_values_of_a_list_stand_in_one_column() {
        for email in samples() {
            let text = Templates::default().write(&email, &portal()).unwrap().text;
            let is_details = |paragraph: &&str| paragraph.contains("1970-01-01 00:00 UTC\n");
            let Some(details) = text.split("\n\n").find(is_details) else { panic!("no list in {text}") };
            let column = |line: &str| {
                let (label, value) = line.split_once(':').unwrap();
                label.chars().count() + value.chars().take_while(|c| *c == ' ').count()
            };
            // A label that is longer than the column.
            let lines = details.lines().filter(|line| !line.starts_with("Username: "));
            let columns: BTreeSet<_> = lines.map(column).collect();
            assert_eq!(columns.len(), 1, "{details}");
        }
    }

    #[test]
    fn what_is_no_name_and_no_number_is_in_the_language_of_the_email() {
        let by_operator =
            |email| EmailMessage { ip: OPERATOR_PLACE.into(), client: Some(EmailClient::Operator), ..email };
        let undone =
            EmailMessage { detail: "email-removed".into(), ..EmailMessage::sample(EmailKind::ChangeUndone) };
        let text = in_german(by_operator(undone.clone()));
        let list = "Änderung:  E-Mail-Adresse entfernt\nWann:      1970-01-01 00:00 UTC\nVon:       der Betreiber\n\
            Client:    Betreiber\n\n";
        assert!(text.contains(list), "{text}");
        let text = Templates::default().write(&by_operator(undone), &portal()).unwrap().text;
        let list = "Undone: Email address removed\nWhen:   1970-01-01 00:00 UTC\nFrom:   the operator\n\
            Client: operator\n\n";
        assert!(text.contains(list), "{text}");

        let (detail, note, ip, client) =
            ("Ops".into(), "owner".into(), String::new(), Some(EmailClient::TeamOwner));
        let role =
            EmailMessage { ip, client, detail, note, ..EmailMessage::sample(EmailKind::TeamRoleChanged) };
        let text = Templates::default().write(&role, &portal()).unwrap().text;
        let list = "Team:   Ops (owner)\nWhen:   1970-01-01 00:00 UTC\nBy:     an owner of the team\n\n";
        assert!(text.contains(list), "{text}");
        let text = in_german(role);
        let list =
            "Team:      Ops (Inhaber)\nWann:      1970-01-01 00:00 UTC\nDurch:     ein Inhaber des Teams\n\n";
        assert!(text.contains(list), "{text}");

        let mut reset = EmailMessage::sample(EmailKind::PasswordReset);
        let at_operator =
            |kind, what: &str| RecentItem { kind, what: what.into(), at: 0, ip: OPERATOR_PLACE.into() };
        reset.recent.push(at_operator(RecentKind::Key, "SHA256:x"));
        reset.recent.push(at_operator(RecentKind::TwoFactor, ""));
        let text = Templates::default().write(&reset, &portal()).unwrap().text;
        let list = "Email: ada@home.example\nAdded: 1970-01-01 00:00 UTC from 192.0.2.8\n\nKey: SHA256:x\n\
            Added: 1970-01-01 00:00 UTC from the operator\n\nTwo-factor: turned on\n\
            Added: 1970-01-01 00:00 UTC from the operator\n\n";
        assert!(text.contains(list), "{text}");
        let text = in_german(reset);
        let list = "E-Mail: ada@home.example\nHinzugefügt: 1970-01-01 00:00 UTC (192.0.2.8)\n\nSchlüssel: SHA256:x\n\
            Hinzugefügt: 1970-01-01 00:00 UTC (der Betreiber)\n\nZwei-Faktor: eingeschaltet\n\
            Hinzugefügt: 1970-01-01 00:00 UTC (der Betreiber)\n\n";
        assert!(text.contains(list), "{text}");
    }

    #[test]
    fn a_value_that_does_not_apply_leaves_no_trace() {
        let email = EmailMessage::new(EmailKind::Invitation, Timestamp::from_epoch_ms(0));
        let text = Templates::default().write(&email, &portal()).unwrap().text;
        assert!(text.starts_with("Hello,\n\nYou are invited"), "{text}");
        assert!(text.contains("\n\nWhen:   1970-01-01 00:00 UTC\n\nIf you"), "{text}");
        let email = EmailMessage { client: Some(EmailClient::TeamOwner), ..email };
        let email = EmailMessage { kind: EmailKind::TeamLeft, ..email };
        let text = Templates::default().write(&email, &portal()).unwrap().text;
        assert!(text.contains("UTC\nBy:     an owner of the team\n\n"), "{text}");
    }

    #[test]
    fn every_moment_is_in_the_zone_of_the_recipient_also_where_the_clocks_are_set_back() {
        let at = Timestamp::parse("2026-10-25T00:30:00Z").unwrap();
        let sample = EmailMessage::sample(EmailKind::PasswordReset);
        let mut email = EmailMessage { at: at.epoch_ms(), time_zone: "Europe/Berlin".to_owned(), ..sample };
        email.recent[0].at = at.plus_ms(3_600_000).epoch_ms();
        let text = Templates::default().write(&email, &portal()).unwrap().text;
        assert!(text.contains("When:   2026-10-25 02:30 CEST\n"), "{text}");
        assert!(text.contains("Added: 2026-10-25 02:30 CET from 192.0.2.8"), "{text}");
        let kind = EmailKind::AccountDeletionRequested;
        let email = EmailMessage { kind, until: at.epoch_ms(), at: 0, ..email };
        let text = Templates::default().write(&email, &portal()).unwrap().text;
        assert!(text.contains("deleted on 2026-10-25 02:30 CEST.") && !text.contains("UTC"), "{text}");
    }

    #[test]
    fn the_code_email_as_a_person_reads_it() {
        let written = written(EmailKind::ResetCode, &Templates::default(), &portal());
        let expected = "Hi ada,\n\nSomeone asked to reset the password of your Doorkey account. If this was you,\n\
            type this code in the portal:\n\nWDJB-MJHT\n\n\
            It is valid for 10 minutes after this email was sent and works once.\n\n\
            When:   1970-01-01 00:00 UTC\nFrom:   192.0.2.7\nClient: OpenSSH\n\nIf this was not you";
        assert!(written.text.starts_with(expected), "{}", written.text);
        assert!(written.text.ends_with("\n\nNeed help? support@acme.example\n\nDoorkey at acme.example\n"));
        for part in [
            "<title>Your Doorkey reset code</title>",
            "<p>Hi ada,</p>\n<p>Someone asked to reset the password of your Doorkey account. If this was you, type",
            "<strong>WDJB-MJHT</strong></p>\n",
            "<p>When:   1970-01-01 00:00 UTC<br>From:   192.0.2.7<br>Client: OpenSSH</p>\n",
        ] {
            assert!(written.html.contains(part), "{part}\n{}", written.html);
        }
    }

    /// The subject and the first lines show on lock screens and in lists of emails.
    #[test]
    fn what_can_be_undone_ends_with_how_and_its_code_stands_alone_and_late() {
        let templates = Templates::default();
        let there = PortalInfo { address: "portal.example.org:2222".parse().ok(), ..portal() };
        let (english, german) = (Language::English, Language::German);
        for (language, portal, how) in [
            (english, &there, "run \"ssh -p 2222 undo@portal.example.org\" and type this undo code:\n\n"),
            (
                english,
                &portal(),
                "choose \"Trouble signing in?\" in the portal, then \"This wasn't me\", and type this undo code:\n\n",
            ),
            (
                german,
                &there,
                "Führen Sie „ssh -p 2222 undo@portal.example.org“ aus\nund geben Sie diesen Rückgängig-Code ein:\n\n",
            ),
            (
                german,
                &portal(),
                "Wählen Sie im Portal „Probleme beim Anmelden?“, dann „Das war ich nicht“,\n\
                 und geben Sie diesen Rückgängig-Code ein:\n\n",
            ),
        ] {
            let (question, after) = match language {
                Language::German => (
                    "Waren Sie das nicht? Machen Sie es innerhalb von 7 Tagen rückgängig:\n",
                    "Er gilt einmal, auch noch nach einer Änderung Ihres Passworts.",
                ),
                _ => (
                    "Wasn't this you? Undo it within 7 days:\n",
                    "It works once, also after your password was changed.",
                ),
            };
            for kind in EmailKind::ALL.iter().filter(|kind| kind.may_carry_undo_code()) {
                let sample = EmailMessage { undo_code: UNDO_CODE.to_owned(), ..in_language(language, *kind) };
                let written = templates.write(&sample, portal).unwrap();
                let section = format!("{question}{how}{UNDO_CODE}\n\n{after}");
                assert!(written.text.contains(&section), "{}", written.text);
                assert!(!written.subject.contains("BCDF"), "{}", written.subject);
                let late = |part: &str, from: usize| part.find("BCDF").is_some_and(|at| at > from);
                let body = written.html.split_once("<body").unwrap().1;
                assert!(late(&written.text, 200) && late(body, 300), "{}", written.text);
                let alone = format!("<strong>{UNDO_CODE}</strong></p>\n");
                assert!(written.html.contains(&alone), "{}", written.html);
                let does_it_all = !written.text.contains("Then ") && !written.text.contains("danach");
                assert!(does_it_all, "nothing is left to do after the undo: {}", written.text);
                assert_tidy(&sample, &written.text);
            }
        }
    }

    #[test]
    fn emails_name_the_command_to_run_where_the_portals_address_is_set() {
        let templates = Templates::default();
        let there = PortalInfo { address: "portal.example.org:2222".parse().ok(), ..portal() };
        for (kind, command) in [
            (EmailKind::Invitation, "\n\n    ssh -p 2222 join@portal.example.org\n\n"),
            (EmailKind::ResetCode, "ssh -p 2222 reset@portal.example.org"),
            (EmailKind::KeyAdded, "with \"ssh -p 2222 reset@portal.example.org\"\nand contact support"),
            (EmailKind::PasswordLocked, "ssh -p 2222 reset@portal.example.org"),
            (EmailKind::GuestCaseUpdated, "ssh -p 2222 support@portal.example.org"),
            (EmailKind::SupportReply, "ssh -p 2222 support@portal.example.org"),
        ] {
            let text = written(kind, &templates, &there).text;
            assert!(text.contains(command), "{text}");
            let text = written(kind, &templates, &portal()).text;
            assert!(!text.contains("ssh "), "{text}");
            let german = templates.write(&in_language(Language::German, kind), &there).unwrap().text;
            let ssh = command.lines().find(|line| line.contains("ssh ")).unwrap_or(command);
            let ssh = ssh.trim_start_matches("with ").trim_matches(['"', ' ']);
            assert!(german.contains(ssh), "{ssh} is not in {german}");
        }
        let invitation = written(EmailKind::Invitation, &templates, &there);
        assert!(invitation.text.lines().any(|line| line == "WDJB-MJHT"));
        assert!(invitation.html.contains("monospace\">ssh -p 2222 join@portal.example.org</p>"));
        templates.try_out(&there).unwrap();
        for email in samples() {
            let written = templates.write(&email, &there).unwrap();
            assert_tidy(&email, &written.text);
            assert!(!written.html.contains("href") && !written.html.contains("http"), "{}", written.html);
        }
    }

    #[test]
    fn an_operators_file_takes_the_place_of_one_template_only() {
        let text = "Subject: Code for {{ portal.organisation }}\n\n{{ code }}\n";
        let templates = with_file("reset-code.txt.j2", text).unwrap();
        let code = written(EmailKind::ResetCode, &templates, &portal());
        assert_eq!(code.subject, "Code for acme.example");
        assert!(code.text.starts_with("Hi ada,\n\nWDJB-MJHT\n\nNeed help?"), "{}", code.text);
        let reset = written(EmailKind::PasswordReset, &templates, &portal());
        assert_eq!(reset.subject, "Your Doorkey password was reset");
        let templates = with_file("layout.txt.j2", "{{ body }}\n").unwrap();
        assert!(
            written(EmailKind::PasswordReset, &templates, &portal())
                .text
                .starts_with("A new password was set")
        );
    }

    #[test]
    fn an_operators_file_may_ask_for_words_and_for_the_language() {
        let text = "Subject: {{ t(\"mail-reset-code-subject\", portal=portal.name) }}\n\n\
            {% if language == \"de\" %}\nGrüße\n{% else %}\nGreetings ({{ language }})\n{% endif %}\n\n{{ code }}\n\n\
            {{ t(\"mail-code-valid\", minutes=valid_minutes) }}\n";
        let templates = with_file("reset-code.txt.j2", text).unwrap();
        templates.try_out(&portal()).unwrap();
        let of = |language| templates.write(&in_language(language, EmailKind::ResetCode), &portal()).unwrap();
        let english = of(Language::English);
        assert_eq!(english.subject, "Your Doorkey reset code");
        let body = "Hi ada,\n\nGreetings (en)\n\nWDJB-MJHT\n\nIt is valid for 10 minutes and works once.\n\n";
        assert!(english.text.starts_with(body), "{}", english.text);
        let german = of(Language::German);
        assert_eq!(german.subject, "Ihr Code zum Zurücksetzen bei Doorkey");
        let body = "Hallo ada!\n\nGrüße\n\nWDJB-MJHT\n\nEr ist 10 Minuten lang gültig und nur einmal verwendbar.\n\n";
        assert!(german.text.starts_with(body), "{}", german.text);
    }

    #[test]
    fn a_mistake_in_an_operators_file_names_it() {
        let unknown = with_file("reset_code.txt.j2", "x").unwrap_err().to_string();
        assert!(unknown.contains("reset_code.txt.j2") && unknown.contains("reset-code.txt.j2"), "{unknown}");
        let syntax = with_file("reset-code.txt.j2", "a\n{{ code").unwrap_err().to_string();
        assert!(syntax.contains("reset-code.txt.j2: line 2"), "{syntax}");
        let fault =
            |name: &str, text: &str| with_file(name, text).unwrap().check(&portal()).unwrap_err().to_string();
        let undefined = fault("layout.html.j2", "{{ codes }}");
        assert!(undefined.contains("layout.html.j2"), "{undefined}");
        let buried = fault("reset-code.txt.j2", "Subject: x\nYour code: {{ code }}\n");
        assert_eq!(buried, "mail template reset-code.txt.j2: the code must stand alone on a line of its own");
        let nameless = fault("reset-code.txt.j2", "Your code:\n{{ code }}\n");
        assert!(nameless.contains("reset-code.txt.j2: the first line"), "{nameless}");
        let lost = fault("key-added.txt.j2", "Subject: x\nA key was added.\n");
        assert!(lost.contains("key-added.txt.j2: the undo code must stand alone"), "{lost}");
        let unknown = fault("reset-code.txt.j2", "Subject: x\n\n{{ t(\"mail-reset-kode\") }}\n{{ code }}\n");
        let said = "mail template reset-code.txt.j2: line 3: there is no message \"mail-reset-kode\"";
        assert_eq!(unknown, said);
        let empty = fault("reset-code.txt.j2", "Subject: x\n\n{{ t(\"mail-reset-code\") }}\n{{ code }}\n");
        assert!(
            empty.contains("line 3: message \"mail-reset-code\": ") && empty.contains("portal"),
            "{empty}"
        );
        let undefined =
            fault("reset-code.txt.j2", "Subject: x\n\n{{ t(\"mail-reset-code\", portal=nobody) }}\n");
        assert!(undefined.contains("line 3: portal is undefined"), "{undefined}");
        let german = "Subject: x\n\n{{ code }}\n{% if language == \"de\" %}{{ nobody }}{% endif %}\n";
        let german = fault("reset-code.txt.j2", german);
        assert!(german.contains("reset-code.txt.j2"), "{german}");
        let nowhere = Templates::load(Some(Path::new("/nonexistent/emails"))).unwrap_err().to_string();
        assert!(nowhere.contains("/nonexistent/emails"), "{nowhere}");
    }
}
