//! What a client says about itself, bounded and stripped of control characters. None of it is proof of anything.

/// The longest username that is kept: an address has at most 254 characters (RFC 5321 section 4.5.3.1).
const USER_CHARS: usize = 254;
const CLIENT_CHARS: usize = 128;
const TERM_CHARS: usize = 64;
const COMMAND_BYTES: usize = 4_096;
const VARIABLES: usize = 16;
const VARIABLE_BYTES: usize = 128;

/// The name before the `@`, without control characters.
pub(super) fn user(asked: &str) -> String {
    asked.chars().filter(|c| !c.is_control()).take(USER_CHARS).collect()
}

/// The client's version line. RFC 4253 section 4.2 allows printable US-ASCII only.
pub(super) fn client(line: &[u8]) -> String {
    let printable = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '?' };
    line.iter().take(CLIENT_CHARS).map(printable).collect()
}

/// `TERM`, or nothing when it is not the name of any terminal.
pub(super) fn term(asked: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    if asked.len() <= TERM_CHARS && asked.chars().all(fits) { asked.to_owned() } else { String::new() }
}

/// A command line of at most 4 KiB; `None` for a longer one. What is not UTF-8 in it is replaced, so that the command
/// can say so.
pub(super) fn command(line: &[u8]) -> Option<String> {
    (line.len() <= COMMAND_BYTES).then(|| String::from_utf8_lossy(line).into_owned())
}

/// The part of a client's environment that is let in.
#[derive(Debug, Default)]
pub(super) struct Environment(Vec<(String, String)>);

impl Environment {
    /// Takes a variable that is wanted while there is room; tells whether it did.
    pub(super) fn offer(&mut self, name: &str, value: &str) -> bool {
        let wanted = matches!(name, "LANG" | "COLORTERM" | "COLORFGBG" | "NO_COLOR" | "ACCESSIBLE")
            || (name.starts_with("LC_") && name.bytes().skip(3).all(|b| b.is_ascii_uppercase() || b == b'_'));
        let fits = name.len() + value.len() <= VARIABLE_BYTES
            && value.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if !wanted || !fits {
            return false;
        }
        if let Some((_, old)) = self.0.iter_mut().find(|(known, _)| known == name) {
            value.clone_into(old);
            return true;
        }
        if self.0.len() >= VARIABLES {
            return false;
        }
        self.0.push((name.to_owned(), value.to_owned()));
        true
    }

    /// Takes every variable out.
    pub(super) fn take(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_cannot_drive_a_terminal() {
        assert_eq!(user("ada@example.org"), "ada@example.org");
        assert_eq!(user("a\x1b[2Jb\u{9b}c\r\n\0"), "a[2Jbc");
        assert_eq!(user(&"ü".repeat(10_000)).chars().count(), 254);
        assert_eq!(client(b"SSH-2.0-OpenSSH_9.2p1"), "SSH-2.0-OpenSSH_9.2p1");
        assert_eq!(client(b"SSH-2.0-\x1b]0;x\x07\xff"), "SSH-2.0-?]0;x??");
        assert_eq!(client(&[b'a'; 255]).len(), 128);
    }

    #[test]
    fn a_terminal_type_is_a_name_or_nothing() {
        assert_eq!(term("xterm-256color"), "xterm-256color");
        assert_eq!(term("screen.xterm-new"), "screen.xterm-new");
        assert_eq!(term("../../etc/passwd"), "");
        assert_eq!(term(&"x".repeat(1_000_000)), "");
    }

    #[test]
    fn only_wanted_variables_get_in() {
        let mut environment = Environment::default();
        assert!(environment.offer("LANG", "de_DE.UTF-8"));
        assert!(environment.offer("LC_ALL", "C"));
        assert!(environment.offer("LANG", "C.UTF-8"));
        for (name, value) in [
            ("PATH", "/bin"),
            ("LD_PRELOAD", "x.so"),
            ("LC_all", "C"),
            ("LANG", "C\x1b[2J"),
            ("LANG", "Ü"),
            ("LC_X", &"x".repeat(125)),
        ] {
            assert!(!environment.offer(name, value), "{name}={value}");
        }
        let kept = environment.take();
        assert_eq!(kept, [("LANG".into(), "C.UTF-8".into()), ("LC_ALL".into(), "C".into())]);
    }

    #[test]
    fn the_environment_does_not_grow_without_end() {
        let mut environment = Environment::default();
        let taken = (b'A'..=b'Z').filter(|c| environment.offer(&format!("LC_{}", char::from(*c)), "C"));
        assert_eq!(taken.count(), 16);
    }
}
