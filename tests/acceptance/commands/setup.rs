//! Setting up a portal by a command only.

use super::{Laptop, is_as_documented};
use crate::server::TempFolder;
use crate::setup::{PASSWORD, WRONG, setup_code};

#[test]
fn a_script_sets_the_portal_up() {
    let server = TempFolder::new().with("DOORKEY__LOG__FORMAT", "json").start();
    let laptop = Laptop::without_key(&server);
    let code = setup_code(&server);
    let setup = "setup --code-stdin --user-name ada --email ada@example.org --team Platform";
    laptop.runs("account", "setup").is_refused(64, "usage");
    laptop.runs("account", "setup --code-stdin").is_refused(64, "usage");
    laptop.runs("account", &format!("setup {code}")).is_refused(64, "secret-as-argument");
    laptop.runs("setup", setup).is_refused(64, "input-ended");
    laptop.pipes(&format!("{WRONG}\n{PASSWORD}\n"), "setup", setup).is_refused(77, "setup-code-refused");
    laptop.pipes(&format!("WDJB-MJHT\n{PASSWORD}\n"), "setup", setup).is_refused(65, "code-malformed");
    laptop.pipes(&format!("{code}\nshort\n"), "setup", setup).is_refused(65, "password-refused");
    let input = format!("{code}\n{PASSWORD}\n");
    let done = laptop.pipes(&input, "setup", &format!("{setup} --json")).json();
    is_as_documented("setup", &done);
    assert_eq!(laptop.pipes(&format!("{PASSWORD}\n"), "ada", "teams --password-stdin").code, Some(0));
    laptop.pipes(&input, "setup", setup).is_refused(77, "already-set-up");
    laptop.runs("setup", "setup").is_refused(77, "already-set-up");
    let log = server.said();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    assert_eq!(lines.filter(|line| line.contains(&code)).count(), 0, "the log never has the code: {log}");
}
