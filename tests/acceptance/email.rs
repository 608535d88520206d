//! An email as its recipient reads it: address, subject, text, and the code in it.

use std::fs;
use std::path::Path;

/// One email, decoded.
#[derive(Debug)]
pub(crate) struct EmailMessage {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl EmailMessage {
    /// Reads an `.eml` file: the headers and the plain-text part.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let raw = String::from_utf8_lossy(&fs::read(path).ok()?).replace("\r\n", "\n");
        let (head, _) = raw.split_once("\n\n")?;
        let part = raw.split("Content-Type: text/plain").nth(1)?;
        let (part_head, body) = part.split_once("\n\n")?;
        let body = body.split("\n--").next()?;
        let quoted = part_head.to_ascii_lowercase().contains("quoted-printable");
        assert!(
            !part_head.to_ascii_lowercase().contains("base64"),
            "a code in base64 cannot be read by grep"
        );
        let text = if quoted { unquoted(body) } else { body.to_owned() };
        Some(Self { to: header(head, "To")?, subject: header(head, "Subject")?, text })
    }

    /// All emails in `folder`, oldest first.
    pub(crate) fn all_in(folder: &Path) -> Vec<Self> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
        paths.sort_by_key(|path| path.metadata().and_then(|meta| meta.modified()).ok());
        paths.iter().filter_map(|path| Self::read(path)).collect()
    }

    /// The one-time code, which stands alone on its line.
    pub(crate) fn code(&self) -> Option<&str> {
        let is_code = |line: &&str| {
            let emails =
                |half: &str| half.len() == 4 && half.chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ".contains(c));
            line.split_once('-').is_some_and(|(left, right)| emails(left) && emails(right))
        };
        self.text.lines().map(str::trim).find(is_code)
    }

    /// The undo code, which stands alone on its line.
    pub(crate) fn undo_code(&self) -> Option<&str> {
        let is_group =
            |group: &str| group.len() == 4 && group.chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ".contains(c));
        let is_code = |line: &&str| line.split('-').count() == 4 && line.split('-').all(is_group);
        self.text.lines().map(str::trim).find(is_code)
    }
}

/// The value of a header, folded lines joined.
fn header(head: &str, name: &str) -> Option<String> {
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let prefix = format!("{name}: ");
    unfolded.lines().find_map(|line| line.strip_prefix(&prefix)).map(|value| value.trim().to_owned())
}

/// Quoted-printable decoded (RFC 2045 section 6.7).
fn unquoted(body: &str) -> String {
    let joined = body.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'=' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next(), rest.next()].map(|digit| char::from(digit.unwrap_or(b'?')).to_digit(16));
        if let [Some(high), Some(low)] = digits {
            bytes.extend(u8::try_from(high * 16 + low));
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_quoted_printable_email_is_read_as_a_person_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.eml");
    let raw = "From: a@b.c\r\nTo: ada@example.org\r\nSubject: Your\r\n code\r\n\r\n--x\r\n\
               Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
               Gr=C3=BC=C3=9Fe=\r\n!\r\n\r\n    WDJB-MJHT\r\n\r\n--x--\r\n";
    fs::write(&path, raw).unwrap();
    let email = EmailMessage::read(&path).unwrap();
    assert_eq!((email.to.as_str(), email.subject.as_str()), ("ada@example.org", "Your code"));
    assert!(email.text.starts_with("Grüße!"), "{}", email.text);
    assert_eq!(email.code(), Some("WDJB-MJHT"));
}
