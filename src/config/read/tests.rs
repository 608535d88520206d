//! Reading settings and reporting problems.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::config::AfterReset;
use crate::domain::max_startups::MaxStartups;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// The error for a file with this text, without the folder.
    fn refusal(&self, text: &str) -> String {
        let path = self.write("doorkey.toml", text, 0o644);
        let refused = Settings::load_from(Some(&path), [], &[]).expect_err(text).to_string();
        refused.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

#[test]
fn the_defaults_work_without_any_file() {
    let settings = Settings::load_from(None, [], &[]).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.ssh.port, 2222);
    assert_eq!(settings.hash_params(), crate::domain::hash::HashParams::default());
    assert_eq!(settings.relay().unwrap(), None);
    assert_eq!((settings.hash_workers(2), settings.hash_workers(64)), (2, 8));
    settings.policy().unwrap();
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = Folder::new();
    let text = "[ssh]\nport = 1\nidle_timeout = 60\nmax_startups = \"10:30:100\"\n[portal]\nafter_reset = \"sign-in\"\n";
    let path = folder.write("doorkey.toml", text, 0o644);
    let env =
        environment(&[("DOORKEY__SSH__PORT", "2"), ("DOORKEY__SSH__IDLE_TIMEOUT", "90"), ("HOME", "/x")]);
    let settings = Settings::load_from(Some(&path), env, &[("ssh.port", "3".into())]).unwrap();
    assert_eq!(settings.ssh.port, 3);
    assert_eq!(settings.ssh.idle_timeout, Duration::from_secs(90));
    assert_eq!(settings.ssh.max_startups, MaxStartups { begin: 10, percent: 30, full: 100 });
    assert_eq!(settings.portal.after_reset, AfterReset::SignIn);
    assert_eq!(settings.portal.name, "Doorkey");
}

#[test]
fn each_refusal_names_the_file_the_line_the_key_and_the_reason() {
    let folder = Folder::new();
    for (text, expected) in [
        (
            "[portal]\nname = \"x\"\n\n[password]\nmemory_kib = 1024\n",
            "doorkey.toml: line 5: password.memory_kib: 1024 is below the minimum of 19456 (OWASP Password Storage)",
        ),
        ("[code]\nttl_minutes = 4", "doorkey.toml: line 2: code.ttl_minutes: 4 is outside 5 to 60"),
        ("[code]\nttl_minutes = 61", "doorkey.toml: line 2: code.ttl_minutes: 61 is outside 5 to 60"),
        (
            "[code]\nttl_minutes = \"10\"",
            "doorkey.toml: line 2: code.ttl_minutes: expected a whole number without quotes, found text",
        ),
        ("[ssh]\nport = 65536", "doorkey.toml: line 2: ssh.port: 65536 is outside 0 to 65535"),
        ("[ssh]\nport = true", "doorkey.toml: line 2: ssh.port: expected a whole number, found a boolean"),
        (
            "[log]\nlevle = \"info\"",
            "doorkey.toml: line 2: log.levle: unknown key; [log] has format, level, lines_per_source, lines_per_second",
        ),
        (
            "log.level = \"loud\"",
            "doorkey.toml: line 1: log.level: expected one of error, warn, info, debug, trace; found `loud`",
        ),
        (
            "[ssh]\nmax_startups = \"64:300:256\"",
            "doorkey.toml: line 2: ssh.max_startups: expected begin:percent:full such as 64:30:256, found `64:300:256`",
        ),
        (
            "[mail]\nfrom = \"doorkey\"",
            "doorkey.toml: line 2: mail.from: an email address looks like name@example.org",
        ),
        (
            "[store]\nurl = \"mysql://x\"",
            "doorkey.toml: line 2: store.url: expected sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE",
        ),
        (
            "[portal]\nname = \"a\\u001b[2Jb\"",
            "doorkey.toml: line 2: portal.name: contains a control or invisible character",
        ),
        (
            "[portal]\nname = \"x\"\nart = \"\"\"\n/--\\\\\n\\u001b[31m\n\"\"\"",
            "doorkey.toml: line 3: portal.art: line 2 of it has the character U+001B, expected printable ASCII",
        ),
        (
            "[portal]\nhelp = \"Ask in room 4.\\n\\u202eevil\"",
            "doorkey.toml: line 2: portal.help: line 2 of it has a control or invisible character",
        ),
        (
            "[portal]\nfooter = \"a\\nb\"",
            "doorkey.toml: line 2: portal.footer: contains a control or invisible character",
        ),
        (
            "[keys]\nsecret_keys = \"\"",
            "doorkey.toml: line 2: keys.secret_keys: expected a path, found nothing",
        ),
        (
            "[mail]\ntransport = \"smtp\"",
            "settings: mail.host: transport \"smtp\" needs the host name of the relay",
        ),
        (
            "[mail]\ntransport = \"smtp\"\nhost = \"mail.example.org\"\ntls = \"none\"",
            "doorkey.toml: line 4: mail.tls: \"none\" is only for a relay on this machine, not for `mail.example.org`",
        ),
        (
            "[password]\nmin_length_with_two_factor = 20",
            "doorkey.toml: line 2: password.min_length_with_two_factor: more than password.min_length, which is 15",
        ),
    ] {
        assert_eq!(folder.refusal(text), expected);
    }
}

#[test]
fn unknown_sections_and_broken_files_are_refused() {
    let folder = Folder::new();
    let unknown = folder.refusal("[smtp]\nhost = \"x\"");
    assert!(
        unknown.starts_with("doorkey.toml: line 1: smtp: unknown section; there are [portal], [account]"),
        "{unknown}"
    );
    let flat = folder.refusal("port = 22");
    assert!(flat.starts_with("doorkey.toml: line 1: port: is in no section; write it below [ssh]"), "{flat}");
    for (text, said) in [
        ("port_22 = true", "port_22: is in no section; there are [portal], [account]"),
        ("ssh = 22", "ssh: expected a section: write [ssh], and its keys below"),
        ("[[ssh]]\nport = 22", "ssh: write [ssh], with one bracket on either side, and once"),
        ("[[hook]]\nname = \"crm\"", "hook: hooks have a file of their own: name it with `file` in [hooks]"),
        ("[hook]\nname = \"crm\"", "hook: hooks have a file of their own: name it with `file` in [hooks]"),
    ] {
        let refusal = folder.refusal(text);
        assert!(refusal.starts_with(&format!("doorkey.toml: line 1: {said}")), "{refusal}");
    }
    let syntax = folder.refusal("[ssh]\nport = \n");
    assert!(syntax.starts_with("doorkey.toml: line 2: "), "{syntax}");
    let twice = folder.refusal("[ssh]\nport = 1\nport = 2\n");
    assert!(twice.starts_with("doorkey.toml: line 3: "), "{twice}");
    let missing = Settings::load_from(Some(Path::new("/nonexistent/doorkey.toml")), [], &[]);
    assert!(missing.unwrap_err().to_string().starts_with("/nonexistent/doorkey.toml: cannot be read: "));
}

#[test]
fn all_problems_are_reported_at_once() {
    let folder = Folder::new();
    let refused = folder.refusal("[ssh]\nport = -1\nstall_time = 0\n[log]\nx = 1\n");
    assert_eq!(refused.lines().count(), 3, "{refused}");
}

#[test]
fn a_problem_in_the_environment_names_the_variable() {
    for (name, value, expected) in [
        (
            "DOORKEY__PASSWORD__PASSES",
            "1",
            "DOORKEY__PASSWORD__PASSES: password.passes: 1 is below the minimum of 2 (OWASP Password Storage)",
        ),
        ("DOORKEY__SSH__PORT", "ssh", "DOORKEY__SSH__PORT: ssh.port: expected a whole number, found `ssh`"),
        (
            "DOORKEY__LOG__LEVLE",
            "x",
            "DOORKEY__LOG__LEVLE: log.levle: unknown key; [log] has format, level, lines_per_source, \
             lines_per_second",
        ),
    ] {
        let refused = Settings::load_from(None, environment(&[(name, value)]), &[]).unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
    let short = Settings::load_from(None, environment(&[("DOORKEY__PORT", "1")]), &[]).unwrap_err();
    assert!(short.to_string().starts_with("DOORKEY__PORT: port: unknown section"), "{short}");
}

#[test]
fn the_relay_comes_with_its_password_from_a_private_file() {
    let folder = Folder::new();
    let secret = folder.write("relay_password", "hunter2\n", 0o600);
    let roots = folder.write("ca.pem", "certificates", 0o644);
    let env = |port: &str| {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let values = [
            ("DOORKEY__MAIL__TRANSPORT", "smtp".to_owned()),
            ("DOORKEY__MAIL__HOST", "mail.example.org".to_owned()),
            ("DOORKEY__MAIL__PORT", port.to_owned()),
            ("DOORKEY__MAIL__USERNAME", "doorkey".to_owned()),
            ("DOORKEY__MAIL__PASSWORD_FILE", path(&secret)),
            ("DOORKEY__MAIL__CA_FILE", path(&roots)),
        ];
        values.map(|(name, value)| (OsString::from(name), OsString::from(value)))
    };
    let settings = Settings::load_from(None, env(""), &[]).unwrap();
    let relay = settings.relay().unwrap().unwrap();
    assert_eq!((relay.host.as_str(), relay.port, relay.tls), ("mail.example.org", 587, RelayTls::StartTls));
    assert_eq!((relay.helo_name, relay.sender_domain.as_str()), (None, "localhost"));
    let (user, password) = relay.login.unwrap();
    assert_eq!((user.as_str(), password.expose()), ("doorkey", "hunter2"));
    assert_eq!(relay.extra_roots.as_deref(), Some(&b"certificates"[..]));
    assert_eq!(Settings::load_from(None, env("2525"), &[]).unwrap().relay().unwrap().unwrap().port, 2525);

    folder.write("relay_password", "hunter2\n", 0o640);
    let refused = settings.relay().unwrap_err().to_string();
    assert!(refused.starts_with("DOORKEY__MAIL__PASSWORD_FILE: mail.password_file: "), "{refused}");
    assert!(refused.contains("0640") && !refused.contains("hunter2"), "{refused}");
    std::fs::remove_file(&secret).unwrap();
    assert!(settings.relay().unwrap_err().to_string().contains("no such file"));
    // Who sends no email needs no login.
    let relay = settings.relay_without_login().unwrap().unwrap();
    assert_eq!((relay.port, relay.login), (587, None));
    assert!(!settings.relay_login_is_the_services());
}

#[test]
fn the_policy_comes_with_the_operators_blocklist() {
    let folder = Folder::new();
    let list = folder.write("blocklist", "a very local password\n", 0o644);
    let flags = [("password.blocklist_file", list.to_str().unwrap().to_owned())];
    let settings = Settings::load_from(None, [], &flags).unwrap();
    let policy = settings.policy().unwrap();
    assert_eq!(policy.blocklist.len(), 1);
    assert!(
        policy.check("A Very Local Password", &crate::domain::password::PasswordOwner::default()).is_err()
    );
    std::fs::remove_file(&list).unwrap();
    let refused = settings.policy().unwrap_err().to_string();
    assert!(refused.starts_with("command line: password.blocklist_file: "), "{refused}");
}

#[test]
fn the_url_of_the_database_comes_from_a_private_file() {
    let folder = Folder::new();
    let url = "postgres://doorkey:hunter2@db.example/doorkey";
    let secret = folder.write("database", &format!("{url}\n"), 0o600);
    let file = ("DOORKEY__STORE__URL_FILE", secret.to_str().unwrap());
    let settings = Settings::load_from(None, environment(&[file]), &[]).unwrap();
    assert_eq!(settings.store.url, url);
    let shown = settings.effective();
    assert!(!shown.contains("hunter2") && shown.contains("#url is not set"), "{shown}");
    let both = environment(&[file, ("DOORKEY__STORE__URL", "sqlite:other.db")]);
    let refused = Settings::load_from(None, both, &[]).unwrap_err().to_string();
    assert!(refused.starts_with("DOORKEY__STORE__URL_FILE: store.url_file: url is set as well"), "{refused}");
    for (text, mode, why) in [
        (url, 0o640, "its mode is 0640"),
        ("mysql://doorkey:hunter2@x", 0o600, "expected sqlite:FILE"),
        ("\n", 0o600, "is empty"),
    ] {
        folder.write("database", text, mode);
        let refused = Settings::load_from(None, environment(&[file]), &[]).unwrap_err().to_string();
        assert!(refused.contains("store.url_file: ") && refused.contains(why), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    std::fs::remove_file(&secret).unwrap();
    let refused = Settings::load_from(None, environment(&[file]), &[]).unwrap_err().to_string();
    assert!(refused.contains("there is no such file"), "{refused}");
}

#[test]
fn a_settings_file_with_a_database_password_must_be_private() {
    let folder = Folder::new();
    let with = |login: &str| format!("[store]\nurl = \"postgres://{login}@db.example/doorkey\"\n");
    let refused = folder.refusal(&with("doorkey:hunter2"));
    assert!(
        refused.starts_with("doorkey.toml: line 2: store.url: ") && refused.contains("0644"),
        "{refused}"
    );
    assert!(!refused.contains("hunter2"), "{refused}");
    for (login, mode) in [("doorkey:hunter2", 0o600), ("doorkey", 0o644)] {
        let path = folder.write("doorkey.toml", &with(login), mode);
        Settings::load_from(Some(&path), [], &[]).unwrap();
    }
    assert!(refused.ends_with("type: chmod 600 doorkey.toml"), "{refused}");
    // Variables of the environment are in no file.
    let path = folder.write("doorkey.toml", &with("doorkey"), 0o644);
    let url = environment(&[("DOORKEY__STORE__URL", "postgres://doorkey:hunter2@db.example/doorkey")]);
    Settings::load_from(Some(&path), url, &[]).unwrap();
}

/// As the package makes the settings, which the service could not read with mode 0600.
#[test]
fn a_file_of_roots_may_be_read_by_its_group_which_only_root_can_give_it() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = Folder::new();
    let url = "postgres://doorkey:hunter2@db.example/doorkey";
    let settings = format!("[store]\nurl = \"{url}\"\n");
    let owned = |name: &str, text: &str, owner: u32, mode: u32| {
        let path = folder.write(name, text, mode);
        std::os::unix::fs::chown(&path, Some(owner), Some(65_534)).unwrap();
        path
    };
    for (owner, mode, remedy) in [
        (0, 0o640, None),
        (0, 0o644, Some("chmod 640")),
        (0, 0o660, Some("chmod 640")),
        (1, 0o640, Some("chmod 600")),
    ] {
        let file = owned("doorkey.toml", &settings, owner, mode);
        let secret = owned("database", url, owner, mode);
        let variable = environment(&[("DOORKEY__STORE__URL_FILE", secret.to_str().unwrap())]);
        for (read, path) in [
            (Settings::load_from(Some(&file), [], &[]), &file),
            (Settings::load_from(None, variable, &[]), &secret),
        ] {
            match (read, remedy) {
                (Ok(settings), None) => assert_eq!(settings.store.url, url),
                (Err(refused), Some(remedy)) => {
                    let end = format!("type: {remedy} {}", path.display());
                    assert!(refused.to_string().ends_with(&end), "{owner} {mode:o}: {refused}");
                }
                (read, _) => panic!("{owner} {mode:o}: {read:?}"),
            }
        }
    }
}

/// An operator types a command beside the service, which alone has the credential.
#[test]
fn a_url_that_only_the_service_is_given_is_said_with_what_to_type() {
    let folder = Folder::new();
    let text = "[store]\nurl_file = \"$CREDENTIALS_DIRECTORY/database\"\n[mail]\npassword_file = \
                \"$CREDENTIALS_DIRECTORY/relay\"\nusername = \"portal\"\n";
    let path = folder.write("doorkey.toml", text, 0o644);
    let refused = Settings::load_from(Some(&path), [], &[]).unwrap_err().to_string();
    for words in [
        "line 2: store.url_file: $CREDENTIALS_DIRECTORY/database is a credential of the service",
        "--property=LoadCredential=database:/etc/doorkey/database",
        "--property=LoadCredential=relay:/etc/doorkey/relay",
        &format!("doorkey --config {} COMMAND", path.display()),
        ".pgpass",
    ] {
        assert!(refused.contains(words), "{words} is not in: {refused}");
    }
    // For commands that can do without it.
    let settings = Settings::load_without_database(Some(&path)).unwrap();
    assert!(settings.credential_of_database().is_some());
}
