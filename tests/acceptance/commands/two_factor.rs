//! The second factor by commands: turning it on and off, signing in with it, and not getting around it.

use std::io::{BufRead, BufReader, Read, Write};

use serde_json::Value;

use super::{Key, Laptop, is_as_documented};
use crate::oathtool::App;
use crate::person::Person;
use crate::server::{ADAS_PASSWORD, Server};

const NEW: &str = "plum tractor seventeen";

/// Turns ada's second factor on as a script does: reads the secret, gives the code. Gives the app, which has
/// shown its current code, and the recovery codes.
pub(crate) fn enroll(laptop: &Laptop<'_>) -> (App, Vec<String>) {
    let mut child = laptop.ssh("ada", "2fa enroll --json --password-stdin").spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    writeln!(input, "{ADAS_PASSWORD}").unwrap();
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let shown: Value = serde_json::from_str(&line).unwrap();
    let secret = shown["secret"].as_str().unwrap();
    assert_eq!(shown["uri"], format!("otpauth://totp/Doorkey:ada?secret={secret}&issuer=Doorkey"));
    let app = App(secret.to_owned());
    writeln!(input, "{}\n{}", app.does_not_show(), app.shows_now()).unwrap();
    drop(input);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "{rest}");
    let on: Value = serde_json::from_str(&rest).unwrap();
    is_as_documented("2fa enroll", &on);
    let codes: Vec<String> = on["recovery_codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 8);
    (app, codes)
}

#[test]
fn a_script_turns_it_on_signs_in_with_it_and_turns_it_off() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let password = format!("{ADAS_PASSWORD}\n");
    let off = laptop.pipes(&password, "ada", "2fa status --json --password-stdin").json();
    assert_eq!((&off["two_factor"], &off["on_since"]), (&Value::Bool(false), &Value::Null));
    let (app, codes) = enroll(&laptop);
    server.email("ada", "Two-factor authentication", 1);

    laptop.pipes(&password, "ada", "whoami --password-stdin").is_refused(64, "input-ended");
    let wrong = format!("{password}{}\n", app.does_not_show());
    laptop.pipes(&wrong, "ada", "whoami --password-stdin --json").is_refused(77, "two-factor-refused");
    let told = server.email("ada", "Wrong two-factor code", 1);
    assert!(told.text.contains("knows your password"), "{}", told.text);
    let both = format!("{password}{}\n", app.shows_next());
    assert_eq!(laptop.pipes(&both, "ada", "whoami --password-stdin").out, "ada\n");
    laptop.pipes(&both, "ada", "whoami --password-stdin").is_refused(77, "two-factor-refused");

    let with = |code: &str, line: &str| laptop.pipes(&format!("{password}{code}\n"), "ada", line);
    let on = with(&codes[0], "2fa status --json --password-stdin").json();
    is_as_documented("2fa status", &on);
    assert_eq!(on["recovery_codes_left"], 7);
    let left = with(&codes[1], "recovery-codes status --json --password-stdin").json();
    is_as_documented("recovery-codes status", &left);
    assert_eq!(left["recovery_codes_left"], 6);
    let new = with(&codes[2], "recovery-codes new --password-stdin");
    assert!(new.out.starts_with("Recovery codes of ada at Doorkey (acme.example), made 20"), "{new:?}");
    let new: Vec<&str> = new.out.lines().skip_while(|line| !line.is_empty()).skip(1).collect();
    assert_eq!(new.len(), 8, "{new:?}");
    with(&codes[3], "whoami --password-stdin").is_refused(77, "two-factor-refused");
    is_as_documented(
        "recovery-codes new",
        &with(new[0], "recovery-codes new --json --password-stdin").json(),
    );
    server.email("ada", "New recovery codes", 3);
    server.email("ada", "recovery code", 4);
}

#[test]
fn a_script_turns_it_on_in_two_steps_without_keeping_a_connection() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let password = format!("{ADAS_PASSWORD}\n");
    let input = |code: &str| format!("{password}{code}\n");
    let confirm = "2fa enroll --confirm-stdin --json --password-stdin";
    laptop.pipes(&input("123456"), "ada", confirm).is_refused(77, "enrolment-expired");
    let text = laptop.pipes(&password, "ada", "2fa enroll --start --password-stdin");
    assert!(
        text.out.contains("otpauth://totp/") && text.out.contains("2fa enroll --confirm-stdin\n"),
        "{text:?}"
    );
    let begun = laptop.pipes(&password, "ada", "2fa enroll --start --json --password-stdin").json();
    is_as_documented("2fa enroll --start", &begun);
    let app = App(begun["secret"].as_str().unwrap().to_owned());
    laptop.pipes(&input(&app.does_not_show()), "ada", confirm).is_refused(77, "two-factor-refused");
    let on = laptop.pipes(&input(&app.shows_now()), "ada", confirm).json();
    is_as_documented("2fa enroll", &on);
    assert_eq!(on["recovery_codes"].as_array().map(Vec::len), Some(8));
    // The siblings of `--stdin` work too.
    let both = format!("{password}{NEW}\n{}\n", app.shows_next());
    let changed = laptop.pipes(&both, "ada", "passwd --password-stdin --2fa-stdin --json").json();
    is_as_documented("passwd", &changed);
}

#[test]
fn turning_it_off_takes_the_second_factor_once_more() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let (_, codes) = enroll(&laptop);
    let input = |code: &str| format!("{ADAS_PASSWORD}\n{code}\n");
    let off = laptop.pipes(&input(&codes[0]), "ada", "2fa disable --json --password-stdin").json();
    is_as_documented("2fa disable", &off);
    server.email("ada", "is off", 1);
    let password = format!("{ADAS_PASSWORD}\n");
    assert_eq!(laptop.pipes(&password, "ada", "whoami --password-stdin").out, "ada\n");
    let said = laptop.pipes(&password, "ada", "2fa disable --password-stdin");
    said.is_refused(65, "two-factor-unchanged");
    let said = laptop.pipes(&password, "ada", "recovery-codes new --password-stdin --json");
    said.is_refused(65, "two-factor-unchanged");
}

#[test]
fn a_key_alone_does_not_skip_it() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let (app, codes) = enroll(&Laptop::without_key(&server));
    for line in ["whoami --json", "teams", "team Platform", "keys list", "2fa status", "recovery-codes new"] {
        laptop.runs("account", line).is_refused(77, "two-factor-needed");
    }
    laptop.runs("account", "whoami --2fa-stdin").is_refused(64, "input-ended");
    let wrong = format!("{}\n", app.does_not_show());
    laptop.pipes(&wrong, "account", "whoami --2fa-stdin").is_refused(77, "two-factor-refused");
    let told = server.email("ada", "Wrong two-factor code", 1);
    assert!(told.text.contains("one of your SSH keys"), "{}", told.text);
    let right = format!("{}\n", app.shows_next());
    assert_eq!(laptop.pipes(&right, "account", "whoami --2fa-stdin").out, "ada\n");
    // With it a key is as good as a password for what is sensitive, and without it for nothing.
    let said = laptop.pipes(&format!("{}\n", codes[0]), "account", "recovery-codes new --2fa-stdin");
    assert_eq!(said.code, Some(0), "{said:?}");
    let half = format!("{ADAS_PASSWORD}\n{NEW}\n");
    laptop.pipes(&half, "account", "passwd --stdin").is_refused(64, "input-ended");
    Laptop::without_key(&server).pipes(&half, "ada", "passwd --stdin").is_refused(64, "input-ended");
    laptop.runs("account", "status --2fa-stdin").is_refused(64, "usage");
}

#[test]
fn a_reset_by_commands_takes_it_from_the_third_line() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let (app, codes) = enroll(&laptop);
    let finish = |lines: &[&str]| {
        let input: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
        laptop.pipes(&input, "account", "forgot ada --code-stdin --json")
    };
    laptop.runs("account", "forgot ada");
    let code = server.code("ada", 1);
    // What is not all there uses nothing up.
    finish(&[&code]).is_refused(64, "input-ended");
    finish(&[&code, NEW]).is_refused(64, "input-ended");
    finish(&[&code, NEW, &app.does_not_show()]).is_refused(77, "two-factor-refused");
    let told = server.email("ada", "Wrong two-factor code", 1);
    assert!(told.text.contains("reset code from your email"), "{}", told.text);
    let both = format!("{ADAS_PASSWORD}\n{}\n", codes[1]);
    assert_eq!(laptop.pipes(&both, "ada", "whoami --password-stdin").out, "ada\n", "nothing was changed");
    // Neither does a wrong second factor, but its try at the code counts.
    assert_eq!(finish(&[&code, NEW, &codes[0]]).code, Some(0));
    finish(&[&code, NEW, &codes[2]]).is_refused(77, "code-used");
}

#[test]
fn a_reset_with_the_code_and_the_second_factor_sets_the_password_and_keeps_both() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let (app, codes) = enroll(&laptop);
    laptop.runs("account", "forgot ada");
    let code = server.code("ada", 1);
    let input = format!("{code}\n{NEW}\n{}\n", app.shows_next());
    let reset = laptop.pipes(&input, "account", "forgot ada --code-stdin --json").json();
    is_as_documented("forgot [NAME] --code-stdin", &reset);
    laptop.pipes(&format!("{NEW}\n"), "ada", "whoami --password-stdin").is_refused(64, "input-ended");
    let both = format!("{NEW}\n{}\n", codes[0]);
    assert_eq!(laptop.pipes(&both, "ada", "whoami --password-stdin").out, "ada\n");
}

/// What `forgot --code-stdin` reads, without the second factor: the code from a fresh email and a password.
fn code_and_password(server: &Server) -> String {
    Laptop::without_key(server).runs("account", "forgot ada");
    format!("{}\n{NEW}\n", server.code("ada", 1))
}

#[test]
fn a_key_that_was_signed_in_with_before_is_the_second_factor_of_a_reset() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let (_, codes) = enroll(&Laptop::without_key(&server));
    let said = laptop.pipes(&code_and_password(&server), "account", "forgot ada --code-stdin");
    assert!(
        said.out.starts_with("OK: Your password has been successfully reset [password-reset]\n"),
        "{said:?}"
    );
    // It is recent, so that the reset has suspended it.
    assert_eq!(laptop.runs("account", "whoami").code, Some(255));
    let input = format!("{NEW}\n{}\n", codes[0]);
    let keep = format!("keys keep {} --password-stdin --name ada", key.fingerprint());
    assert_eq!(Laptop::without_key(&server).pipes(&input, "account", &keep).code, Some(0));
    laptop.runs("account", "whoami").is_refused(77, "two-factor-needed");
}

#[test]
fn a_key_that_was_never_signed_in_with_is_not() {
    let server = Server::start();
    let key = Key::make();
    assert_eq!(key.added_by(&server, "ada", ADAS_PASSWORD).code, Some(0));
    enroll(&Laptop::without_key(&server));
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let input = code_and_password(&server);
    laptop.pipes(&input, "ada", "forgot ada --code-stdin").is_refused(64, "input-ended");
}

#[test]
fn an_operator_turns_a_lost_one_off_and_the_password_alone_is_enough_again() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    enroll(&laptop);
    let password = format!("{ADAS_PASSWORD}\n");
    laptop.pipes(&password, "ada", "whoami --password-stdin").is_refused(64, "input-ended");
    let done = server.done(&["user", "disable-2fa", "ada"], "");
    let said = String::from_utf8(done.stdout).unwrap();
    assert_eq!(
        said,
        "Turned off two-factor authentication of `ada`. Its sessions are signed out within seconds.\n"
    );
    let email = server.email("ada", "is off", 1);
    assert!(email.text.contains("Client: operator"), "{}", email.text);
    assert_eq!(laptop.pipes(&password, "ada", "whoami --password-stdin").out, "ada\n");
    let again = server.run(&["user", "disable-2fa", "ada"], "");
    assert_eq!(again.status.code(), Some(1));
}

#[test]
fn at_a_terminal_an_app_is_set_up_by_hand() {
    let server = Server::start();
    let options =
        Laptop::without_key(&server).option("-tt").option("-oRemoteCommand=2fa enroll").client_options();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut ada = Person::arrive_by_openssh(server.address(), "ada", &options);
    ada.wait_for("Email or username:");
    ada.type_text("\r");
    ada.wait_for("Password:");
    ada.type_text(&format!("{ADAS_PASSWORD}\r"));
    ada.wait_for("Type this secret into your authenticator app:");
    ada.wait_for("Code:");
    let frame = ada.frame();
    let secret = frame.lines().map(str::trim).find(|line| {
        let mut groups = line.split(' ').peekable();
        line.len() > 20 && groups.all(|group| group.len() == 4)
    });
    let app = App(secret.unwrap_or_else(|| panic!("no secret in\n{frame}")).replace(' ', ""));
    ada.type_text(&format!("{}\r", app.does_not_show()));
    ada.wait_for("[two-factor-refused]");
    ada.type_text(&format!("{}\r", app.shows_now()));
    ada.wait_for("OK: Two-factor authentication is on [two-factor-on]");
    assert_eq!(ada.wait_for_the_end(), Some(0), "{}", ada.frame());
    let frame = ada.frame();
    let is_code = |line: &&str| line.len() == 29 && line.split('-').all(|group| group.len() == 4);
    let codes: Vec<&str> = frame.lines().filter(is_code).collect();
    assert_eq!(codes.len(), 8, "{frame}");
    let both = format!("{ADAS_PASSWORD}\n{}\n", codes[0]);
    let said = Laptop::without_key(&server).pipes(&both, "ada", "2fa status --password-stdin");
    assert!(said.out.ends_with("Recovery codes left: 7.\n"), "{said:?}");
}
