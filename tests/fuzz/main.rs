//! Fuzzing of everything that reads what strangers or files say: the targets, and a short run of each in `cargo test`.
//!
//! It needs no nightly toolchain: [`engine`] changes kept samples (`tests/fuzz/corpus/TARGET`) and words of the target's
//! grammar at random, from a seed, without looking at coverage. `tests/fuzz/run --seconds N` runs for longer. Each target
//! is a `fn(&[u8])` that panics at a wrong answer, as libFuzzer wants it.

#[cfg(test)]
mod engine;
#[cfg(test)]
mod targets;

/// One test for each target, with the words of its grammar.
#[cfg(test)]
macro_rules! fuzz {
    ($( $target:ident: $words:expr; )*) => { $(
        #[test]
        fn $target() {
            crate::engine::run(stringify!($target), crate::targets::$target, $words);
        }
    )* };
}

fuzz! {
    input_framer: &["\x1b", "\x1b[", "\x1b[200~", "\x1b[201~", "\x1bO", "\x1b]0;", "\x07", "\x1b\\", "\x1b[M", "\x1b[<0;1;1M",
        "\x1bP", "\r\n", "\r", "\n", "\x7f", "\x03", "1;5", "u", "~", "é", "渡", "👩🏽", "\u{202e}", "\u{9b}", "\u{301}"];
    lines_editor: &["\r", "\n", "\x15", "\x17", "\x08", "\x7f", "\x03", "\x04", "ada", "violet engine numbers", "0", "1", "2",
        "forgot", "help", "leave", "\x1b[200~", "\x1b[201~", "\u{202e}", "\u{301}", "渡", "\x1b[A", "\t"];
    command_grammar: &["whoami", "teams", "team", "keys", "add", "remove", "forgot", "passwd", "undo", "join", "support",
        "activity", "sessions", "emails", "help", "plain", "--json", "--jsonl", "--stdin", "--code-stdin", "--name", "--limit",
        "--", "-", "=", "'", "\"", "\\", "$(", "\u{202e}", "\x1b[2J", "--password=x", "9999999999999999999"];
    key_import: &["ssh-ed25519 ", "ssh-rsa ", "ecdsa-sha2-nistp256 ", "sk-ssh-ed25519@openssh.com ", "ssh-dss ", "AAAA",
        "AAAAC3NzaC1lZDI1NTE5AAAAI", "-----BEGIN OPENSSH PRIVATE KEY-----", "PuTTY-User-Key-File", "command=\"", "\t", "\r\n",
        "=", "-cert-v01@openssh.com", "\x1b]0;", "\u{202e}", "ada@laptop"];
    email_address: &["@", ".", "..", "+", "ada", "example.org", "xn--", "localhost", "ａ", "＠", "．", "\u{212a}", "ß", "\r\n",
        "\0", ",", "\"", "<", ">", "[127.0.0.1]", "-", "bücher", "\u{ad}", "\u{202e}"];
    code_normaliser: &["WDJB", "Your code is ", "Code: ", "_", "*", "\"", "ー", "٣", "３", "123456", "\u{20e3}", "\u{202a}", "MJHT", "-", " ", "\u{2013}", "\u{ad}", "\u{200b}", ".", "O", "I", "L", "0", "1", "Ｗ", "\r\n",
        "BCDF-GHJK", "0123-4567-89AB-CDEF-GHJK-MNPQ"];
    input_decoder: &["\u{feff}", "a\0", "\0a", "\r\n", "\t", "ü", "\u{fe0f}", "name,email", "\u{0}"];
    sanitiser: &["\x1b]0;", "\x1b[2J", "\u{9b}", "\x07", "\r\n", "\u{2028}", "\u{202e}", "\u{200d}", "\u{301}", "\u{feff}",
        "\u{e0041}", "\u{1100}", "\u{1161}", "\u{94d}", "\u{915}", "\u{93e}", "\u{1f1e6}", "👩🏽", "🔬", "❤", "\u{fe0f}", "\u{200c}", "ی", "ر", "1", "\u{20e3}", "a", " ", "\n\n\n"];
    settings: &["[ssh]\n", "[store]\n", "[mail]\n", "[limits]\n", "port = ", "url = ", "\"sqlite:x.db\"", "\"postgres://a:b@c/d\"",
        "trusted_networks = ", "\"192.0.2.0/24, 2001:db8::/32\"", "max_startups = ", "\"10:30:100\"", "true", "-1", "65536",
        "0x10", "[[", "]]", "=", "\"", "'''", "\n", "#", "\u{202e}", "1e9", "transport = \"smtp\"\n", "host = \"localhost\"\n"];
    proxy_header: &["\r\n\r\n\0\r\nQUIT\n", "\x20", "\x21", "\x11", "\x12", "\x00\x0c", "\x00\x24", "\x00\x00", "PROXY TCP4 ",
        "SSH-2.0-OpenSSH_9.2", "\x04\x00\x01x"];
    ldap_message: &["\x30\x0c", "\x02\x01\x01", "\x60", "\x63", "\x04\x04mail", "\x04\x0bobjectClass", "\x0a\x01\x02", "\x01\x01\x00",
        "\x04\x00", "\x30\x00", "uid=ada,ou=people,dc=example,dc=org", "\\2c", "cn=", ",", "1.1", "*", "+", "ada@example.org", "people/",
        "1.2.840.113556.1.4.319", "\x77", "1.3.6.1.4.1.4203.1.11.1", "\x04\x08memberOf", "\0", "\u{e9}", "\u{80}"];
}
