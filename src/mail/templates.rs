//! The words of emails: templates (Jinja) in text and HTML, embedded, and overridden file by file by
//! an operator's directory.

use std::fmt;
use std::path::{Path, PathBuf};

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::message::EmailMessage;
use crate::domain::portal::PortalInfo;
use crate::domain::text::inert;

/// The most characters of any value that is filled in.
const MAX_VALUE_CHARS: usize = 300;
/// The most bytes of an operator's template file.
const MAX_FILE_BYTES: u64 = 256 * 1024;

macro_rules! embedded {
    ($($name:literal),*) => { &[$(($name, include_str!(concat!("templates/", $name)))),*] };
}

/// Every template by its file name.
const EMBEDDED: &[(&str, &str)] = embedded![
    "reset-code.subject",
    "reset-code.txt",
    "reset-code.html",
    "verification-code.subject",
    "verification-code.txt",
    "verification-code.html",
    "invitation.subject",
    "invitation.txt",
    "invitation.html",
    "sign-up-code.subject",
    "sign-up-code.txt",
    "sign-up-code.html",
    "sign-up-known.subject",
    "sign-up-known.txt",
    "sign-up-known.html",
    "password-reset.subject",
    "password-reset.txt",
    "password-reset.html",
    "password-changed.subject",
    "password-changed.txt",
    "password-changed.html",
    "password-locked.subject",
    "password-locked.txt",
    "password-locked.html",
    "sign-in-new-source.subject",
    "sign-in-new-source.txt",
    "sign-in-new-source.html",
    "key-added.subject",
    "key-added.txt",
    "key-added.html",
    "key-removed.subject",
    "key-removed.txt",
    "key-removed.html",
    "key-claimed.subject",
    "key-claimed.txt",
    "key-claimed.html",
    "email-added.subject",
    "email-added.txt",
    "email-added.html",
    "email-removed.subject",
    "email-removed.txt",
    "email-removed.html",
    "primary-email-changed.subject",
    "primary-email-changed.txt",
    "primary-email-changed.html",
    "name-changed.subject",
    "name-changed.txt",
    "name-changed.html",
    "two-factor-on.subject",
    "two-factor-on.txt",
    "two-factor-on.html",
    "two-factor-off.subject",
    "two-factor-off.txt",
    "two-factor-off.html",
    "recovery-codes-created.subject",
    "recovery-codes-created.txt",
    "recovery-codes-created.html",
    "recovery-code-used.subject",
    "recovery-code-used.txt",
    "recovery-code-used.html",
    "reset-code-issued.subject",
    "reset-code-issued.txt",
    "reset-code-issued.html",
    "support-opened.subject",
    "support-opened.txt",
    "support-opened.html",
    "support-reply.subject",
    "support-reply.txt",
    "support-reply.html",
    "support-closed.subject",
    "support-closed.txt",
    "support-closed.html",
    "support-code.subject",
    "support-code.txt",
    "support-code.html",
    "support-answer.subject",
    "support-answer.txt",
    "support-answer.html",
    "support-desk.subject",
    "support-desk.txt",
    "support-desk.html",
    "team-joined.subject",
    "team-joined.txt",
    "team-joined.html",
    "team-left.subject",
    "team-left.txt",
    "team-left.html",
    "team-role-changed.subject",
    "team-role-changed.txt",
    "team-role-changed.html"
];

/// All templates, read and compiled.
pub struct Templates(Environment<'static>);

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
    /// A file that is no template: a misspelt name would silently change nothing.
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
    /// An email with a code does not show it alone on a line.
    #[error("mail template {0}.txt: the code must stand alone on a line of its own")]
    CodeNotAlone(&'static str),
}

impl Templates {
    /// The embedded templates, with those files of `directory` in their place that have their names.
    pub fn load(directory: Option<&Path>) -> Result<Self, TemplateFault> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
            Some((_, "html")) => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        for (name, text) in EMBEDDED {
            environment.add_template(name, text).map_err(|error| broken(name, &error))?;
        }
        for (name, text) in directory.map(read_directory).transpose()?.unwrap_or_default() {
            environment.add_template_owned(name.clone(), text).map_err(|error| broken(&name, &error))?;
        }
        Ok(Self(environment))
    }

    /// Puts `email` into words.
    pub fn write(&self, email: &EmailMessage, portal: &PortalInfo) -> Result<RenderedEmail, TemplateFault> {
        let kind = email.kind();
        Ok(RenderedEmail {
            subject: inert(self.fill(kind, "subject", email, portal)?.trim(), MAX_VALUE_CHARS),
            text: self.fill(kind, "txt", email, portal)?,
            html: self.fill(kind, "html", email, portal)?,
        })
    }

    /// Writes one email of each kind and looks at it.
    pub(super) fn try_out(&self, portal: &PortalInfo) -> Result<(), TemplateFault> {
        for email in EmailMessage::samples() {
            let written = self.write(&email, portal)?;
            let code = email.facts().code;
            if !code.is_empty() && written.text.lines().filter(|line| *line == code).count() != 1 {
                return Err(TemplateFault::CodeNotAlone(email.kind()));
            }
        }
        Ok(())
    }

    fn fill(
        &self,
        kind: &str,
        part: &str,
        email: &EmailMessage,
        portal: &PortalInfo,
    ) -> Result<String, TemplateFault> {
        let name = format!("{kind}.{part}");
        let facts = email.facts();
        let safe = |text: &str| inert(text, MAX_VALUE_CHARS);
        let ssh = |user: &str| portal.address.as_ref().map(|_| portal.ssh("", user)).unwrap_or_default();
        let reset = match ssh(&portal.reset_user) {
            none if none.is_empty() => "\"Forgot your password?\" in the portal".to_owned(),
            ssh => format!("\"{ssh}\""),
        };
        let values = context! {
            name => safe(facts.name),
            code => safe(facts.code),
            valid_minutes => facts.valid_minutes,
            when => facts.when.date_minute(),
            ip => safe(facts.ip),
            client => safe(facts.client),
            detail => safe(facts.detail),
            number => facts.number,
            portal => context! {
                name => safe(&portal.name),
                organisation => safe(&portal.organisation),
                support => safe(&portal.support),
                sender => safe(&portal.sender),
                // How to come there, in a terminal; empty where nobody has said where it is reached.
                ssh_join => safe(&ssh(&portal.join_user)),
                ssh_reset => safe(&ssh(&portal.reset_user)),
                ssh_support => safe(&ssh(&portal.support_user)),
                reset => safe(&reset),
            },
        };
        let template = self.0.get_template(&name).map_err(|error| broken(&name, &error))?;
        template.render(values).map_err(|error| broken(&name, &error))
    }
}

impl Default for Templates {
    /// The embedded templates alone. They compile; a test says so.
    fn default() -> Self {
        Self::load(None).unwrap_or_else(|_| Self(Environment::new()))
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Templates")
    }
}

impl fmt::Debug for RenderedEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Written({:?}, ***)", self.subject)
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
        // What editors and version control leave lying about is nobody's template.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if !EMBEDDED.iter().any(|(known, _)| *known == name) {
            let names = EMBEDDED.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            return Err(TemplateFault::Unknown { path, names });
        }
        if std::fs::metadata(&path).map_err(unreadable(&path))?.len() > MAX_FILE_BYTES {
            let error = std::io::Error::other("larger than 256 KiB");
            return Err(TemplateFault::Unreadable { path, error });
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
        found.push((name.to_owned(), text));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::tests::portal;

    fn with_file(name: &str, text: &str) -> Result<Templates, TemplateFault> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(name), text).unwrap();
        Templates::load(Some(directory.path()))
    }

    #[test]
    fn every_email_says_when_where_from_and_whom_to_ask_and_holds_no_link() {
        let templates = Templates::load(None).unwrap();
        templates.try_out(&portal()).unwrap();
        for email in EmailMessage::samples() {
            let written = templates.write(&email, &portal()).unwrap();
            for part in [&written.text, &written.html] {
                for fact in ["1970-01-01 00:00 UTC", "192.0.2.7", "support@acme.example", "ada", "not you"] {
                    let has_none = match email.kind() {
                        "password-locked" => fact == "not you",
                        // To somebody whose name nobody has checked, and to the operator.
                        "verification-code" | "support-code" | "support-answer" | "sign-up-code" => {
                            fact == "ada"
                        }
                        // Which owner invites, and from where, is not told to whoever reads the mailbox.
                        "invitation" => matches!(fact, "ada" | "192.0.2.7" | "not you"),
                        "support-desk" => matches!(fact, "ada" | "192.0.2.7" | "not you"),
                        _ => false,
                    };
                    assert!(part.contains(fact) || has_none, "{} lacks {fact}", email.kind());
                }
                assert!(!part.contains("http") && !part.contains("href"), "{part}");
            }
            assert!(written.subject.contains("Doorkey") && !written.subject.contains('\n'));
            assert!(!written.subject.contains("WDJB"), "a code in a subject shows on lock screens");
            assert!(written.text.is_ascii() && written.text.lines().all(|line| line.len() <= 98));
        }
    }

    #[test]
    fn the_code_email_as_a_person_reads_it() {
        let written = Templates::default().write(&EmailMessage::samples()[0], &portal()).unwrap();
        let expected = "Hello ada,\n\nsomebody asked to reset your password for Doorkey at acme.example.\n\
            If that was you, type this code into the portal:\n\nWDJB-MJHT\n\n\
            The code is valid for 10 minutes after this email was sent, and works once.\n";
        assert!(written.text.starts_with(expected), "{}", written.text);
    }

    #[test]
    fn emails_say_how_to_come_where_the_portal_says_where_it_is_reached() {
        let (templates, samples) = (Templates::default(), EmailMessage::samples());
        let there = PortalInfo { address: "portal.example.org:2222".parse().ok(), ..portal() };
        let of = |kind: &str, portal: &PortalInfo| {
            let email = samples.iter().find(|email| email.kind() == kind).unwrap();
            templates.write(email, portal).unwrap()
        };
        for (kind, command) in [
            ("invitation", "ssh -p 2222 join@portal.example.org"),
            ("reset-code", "ssh -p 2222 reset@portal.example.org"),
            ("key-added", "with \"ssh -p 2222 reset@portal.example.org\",\nand tell"),
            ("password-locked", "ssh -p 2222 reset@portal.example.org"),
            ("support-answer", "ssh -p 2222 support@portal.example.org"),
            ("support-reply", "ssh -p 2222 support@portal.example.org"),
        ] {
            assert!(of(kind, &there).text.contains(command), "{}", of(kind, &there).text);
            assert!(!of(kind, &portal()).text.contains("ssh "), "{}", of(kind, &portal()).text);
        }
        assert!(of("invitation", &there).text.lines().any(|line| line == "WDJB-MJHT"));
        templates.try_out(&there).unwrap();
        for email in &samples {
            let written = templates.write(email, &there).unwrap();
            assert!(written.text.lines().all(|line| line.len() <= 98), "{}", written.text);
            assert!(!written.html.contains("href") && !written.html.contains("http"), "{}", written.html);
        }
    }

    #[test]
    fn an_operators_file_takes_the_place_of_one_template_only() {
        let templates = with_file("reset-code.subject", "Code for {{ portal.organisation }}").unwrap();
        let mut samples = EmailMessage::samples();
        let (reset, code) = (samples.remove(1), samples.remove(0));
        assert_eq!(templates.write(&code, &portal()).unwrap().subject, "Code for acme.example");
        assert_eq!(templates.write(&reset, &portal()).unwrap().subject, "Your Doorkey password was reset");
    }

    #[test]
    fn a_mistake_in_an_operators_file_names_it() {
        let unknown = with_file("reset_code.txt", "x").unwrap_err().to_string();
        assert!(unknown.contains("reset_code.txt") && unknown.contains("reset-code.txt"), "{unknown}");
        let syntax = with_file("reset-code.txt", "a\n{{ code").unwrap_err().to_string();
        assert!(syntax.contains("reset-code.txt: line 2"), "{syntax}");
        let undefined = with_file("reset-code.html", "{{ codes }}").unwrap();
        let undefined = undefined.try_out(&portal()).unwrap_err().to_string();
        assert!(undefined.contains("reset-code.html"), "{undefined}");
        let buried = with_file("reset-code.txt", "Your code: {{ code }}\n").unwrap();
        assert!(matches!(buried.try_out(&portal()), Err(TemplateFault::CodeNotAlone("reset-code"))));
        let nowhere = Templates::load(Some(Path::new("/nonexistent/emails"))).unwrap_err().to_string();
        assert!(nowhere.contains("/nonexistent/emails"), "{nowhere}");
    }
}
