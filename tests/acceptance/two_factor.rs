//! The second factor on the screen: the QR code read by a real decoder, the codes of a real app, and the options
//! for people who lost it.

use std::fmt::Write as _;
use std::io::Write;
use std::process::{Command, Stdio};

use super::oathtool::App;
use super::person::{Key, Person};
use super::server::{ADAS_PASSWORD, Server};
use super::steps::{ask_for_a_code, choose, choose_password, enter_code, try_to_sign_in};

/// From the door of the SSH keys to `settings/security`, the tab beside them.
fn open_security(server: &Server, cols: u16, rows: u16) -> Person {
    let mut ada = Person::arrive_as(server.address(), "keys", cols, rows);
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("no SSH key");
    ada.type_text("[");
    ada.wait_for("Turn on");
    ada
}

/// Draws the cells of the screen as a terminal does, half blocks as the blocks they are, and has zbar look.
fn read_by_camera(visitor: &Person) -> String {
    const DRAW: &str = r#"
import sys
from PIL import Image, ImageDraw
rows = [line.split(" ") for line in sys.stdin.read().splitlines()]
w, h = 8, 16
image = Image.new("RGB", (w * len(rows[0]), h * len(rows)))
draw = ImageDraw.Draw(image)
for y, row in enumerate(rows):
    for x, cell in enumerate(row):
        char, ink, paper = cell.split("/")
        left, top = x * w, y * h
        draw.rectangle((left, top, left + w - 1, top + h - 1), fill=paper)
        if char in "18":
            draw.rectangle((left, top, left + w - 1, top + h // 2 - 1), fill=ink)
        if char in "28":
            draw.rectangle((left, top + h // 2, left + w - 1, top + h - 1), fill=ink)
        if char == "x":
            draw.rectangle((left + 2, top + 4, left + w - 3, top + h - 5), fill=ink)
image.save(sys.argv[1])
"#;
    let screen = visitor.screen();
    let (rows, cols) = screen.size();
    let mut cells = String::new();
    for row in 0..rows.get() {
        for col in 0..cols.get() {
            let cell = screen.cell(row, col).unwrap();
            let char = match cell.contents() {
                "█" => '8',
                "▀" => '1',
                "▄" => '2',
                "" | " " => '0',
                _ => 'x',
            };
            // A terminal with light text on a dark ground, as most are.
            let (ink, paper) = (shade(cell.fgcolor(), "#cccccc"), shade(cell.bgcolor(), "#101010"));
            let (ink, paper) = if cell.inverse() { (paper, ink) } else { (ink, paper) };
            write!(cells, "{}{char}/{ink}/{paper}", if col == 0 { "" } else { " " }).unwrap();
        }
        cells.push('\n');
    }
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("screen.png");
    let mut python = Command::new("/usr/bin/python3")
        .args(["-c", DRAW])
        .arg(&picture)
        .stdin(Stdio::piped())
        .spawn()
        .expect("python3 with python3-pil is installed");
    python.stdin.take().unwrap().write_all(cells.as_bytes()).unwrap();
    assert!(python.wait().unwrap().success(), "the picture could not be drawn");
    let zbar = Command::new("zbarimg")
        .args(["-q", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(&picture)
        .output()
        .expect("zbarimg is installed");
    String::from_utf8(zbar.stdout).unwrap().trim().to_owned()
}

/// A colour as terminals show it; `own` where the terminal's own stands.
fn shade(color: vt100::Color, own: &'static str) -> String {
    match color {
        vt100::Color::Default => own.to_owned(),
        vt100::Color::Idx(0) => "#000000".to_owned(),
        vt100::Color::Idx(7) => "#c0c0c0".to_owned(),
        vt100::Color::Idx(15 | 231) => "#ffffff".to_owned(),
        vt100::Color::Idx(_) => "#808080".to_owned(),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}

/// From `settings/security` on: sets the app up with what the camera reads. Gives the app and the recovery codes.
fn set_up(visitor: &mut Person) -> (App, Vec<String>) {
    choose(visitor, "Turn on");
    visitor.wait_for("Scan the QR code with an authenticator");
    let read = read_by_camera(visitor);
    let secret = read.strip_prefix("otpauth://totp/Doorkey:ada?secret=");
    let secret = secret.and_then(|rest| rest.strip_suffix("&issuer=Doorkey"));
    let secret = secret.unwrap_or_else(|| panic!("the camera read {read:?}"));
    let groups: Vec<&str> = secret.as_bytes().chunks(4).map(|group| str::from_utf8(group).unwrap()).collect();
    visitor.see(&groups.join(" "));
    visitor.see_frame("settings-security-authenticator-80x24");
    let app = App(secret.to_owned());
    visitor.type_text(&app.does_not_show());
    visitor.press(Key::Enter);
    visitor.wait_for("That code is wrong or was used");
    visitor.type_text(&app.shows_now());
    visitor.press(Key::Enter);
    visitor.wait_for("I have saved them");
    visitor.wait_for("Two-factor authentication is on");
    let is_code = |line: &&str| line.len() == 29 && line.split('-').all(|group| group.len() == 4);
    let frame = visitor.frame();
    let codes: Vec<String> = frame.lines().map(str::trim).filter(is_code).map(str::to_owned).collect();
    assert_eq!(codes.len(), 8, "{frame}");
    visitor.see_frame("settings-security-recovery-codes-80x24");
    (app, codes)
}

/// From `recovery-codes` to `settings/security`.
fn tick(visitor: &mut Person) {
    visitor.press(Key::Enter);
    visitor.see("I have saved them");
    visitor.type_text(" ");
    choose(visitor, "Continue");
    visitor.wait_for("8 of 8");
}

/// From `settings/security` to the page behind a link, and back.
fn look_and_go_back(visitor: &mut Person, link: &str, frame: &str) {
    choose(visitor, link);
    visitor.wait_until_gone("8 of 8");
    visitor.see_frame(frame);
    visitor.press(Key::Esc);
    visitor.wait_for("8 of 8");
}

fn with_second_factor(server: &Server) -> (App, Vec<String>) {
    let mut ada = open_security(server, 80, 24);
    let set_up = set_up(&mut ada);
    tick(&mut ada);
    ada.hang_up();
    set_up
}

#[test]
fn a_camera_reads_the_picture_and_the_app_s_code_turns_it_on() {
    let server = Server::start();
    let mut ada = open_security(&server, 80, 24);
    ada.see_frame("settings-security-off-80x24");
    let (app, codes) = set_up(&mut ada);
    tick(&mut ada);
    ada.see_frame("settings-security-80x24");
    look_and_go_back(&mut ada, "Create new recovery codes", "settings-security-new-recovery-codes-80x24");
    look_and_go_back(&mut ada, "Turn off two-factor authentication", "settings-security-turn-off-80x24");
    ada.hang_up();

    let mut again = Person::arrive(server.address());
    try_to_sign_in(&mut again, "ada", ADAS_PASSWORD);
    again.wait_for("Authenticator or recovery code");
    again.see_frame("second-factor-80x24");
    again.type_text(&app.does_not_show());
    again.press(Key::Enter);
    again.wait_for("That code is wrong or was used");
    again.see_frame("second-factor-refused-80x24");
    let told = server.email("ada", "Wrong two-factor code", 1);
    assert!(told.text.contains("knows your password"), "{}", told.text);
    again.type_text(&app.shows_next());
    again.press(Key::Enter);
    again.wait_for("Your teams");
    again.hang_up();

    let mut by_paper = Person::arrive(server.address());
    try_to_sign_in(&mut by_paper, "ada", ADAS_PASSWORD);
    by_paper.wait_for("Two-factor authentication");
    by_paper.type_text(&codes[0].to_lowercase().replace('-', " "));
    by_paper.press(Key::Enter);
    by_paper.wait_for("Your teams");
    let email = server.email("ada", "recovery code", 2);
    assert!(email.text.contains('7'), "{}", email.text);
}

#[test]
fn somebody_who_lost_the_app_sees_the_three_options() {
    let server = Server::start();
    let (_, codes) = with_second_factor(&server);
    let mut ada = Person::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.wait_for("Two-factor authentication");
    choose(&mut ada, "Lost your authenticator?");
    ada.wait_for("A recovery code:");
    ada.see("An SSH key:");
    ada.see("support@acme.example");
    ada.see_frame("lost-authenticator-80x24");
    ada.press(Key::Enter);
    ada.wait_for("Authenticator or recovery code");
    for code in &codes[..5] {
        ada.type_text(code);
        ada.press(Key::Enter);
        ada.wait_for("Your teams");
        ada.hang_up();
        ada = Person::arrive(server.address());
        try_to_sign_in(&mut ada, "ada", ADAS_PASSWORD);
        ada.wait_for("Two-factor authentication");
    }
    ada.type_text(&codes[5]);
    ada.press(Key::Enter);
    ada.wait_for("You have 2 recovery codes left. Create new ones in Settings, Security.");
    ada.see("Your teams");
}

#[test]
fn a_reset_asks_for_it_before_the_new_password() {
    let server = Server::start();
    let (app, _) = with_second_factor(&server);
    let mut ada = Person::arrive(server.address());
    ask_for_a_code(&mut ada, "ada");
    enter_code(&mut ada, &server.code("ada", 1));
    ada.wait_for("Authenticator or recovery code");
    ada.dont_see("Choose a new password");
    ada.type_text(&app.shows_next());
    ada.press(Key::Enter);
    ada.wait_for("At least 8 characters");
    choose_password(&mut ada, "plum tractor seventeen");
    ada.wait_for("Review your account");
    ada.wait_for("Authenticator app");
}

#[test]
fn a_screen_without_room_beside_the_page_shows_the_picture_alone() {
    let server = Server::start();
    let mut ada = open_security(&server, 60, 24);
    choose(&mut ada, "Turn on");
    ada.wait_for("Press F3 or Ctrl-O to see the QR code");
    ada.press(Key::F(3));
    ada.wait_for("Any key goes back");
    let read = read_by_camera(&ada);
    assert!(read.starts_with("otpauth://totp/Doorkey:ada?secret="), "the camera read {read:?}");
    ada.press(Key::Enter);
    ada.wait_for("Press F3 or Ctrl-O");
    // The smallest one that it fits.
    ada.resize(37, 19);
    ada.wait_for("F3 QR code");
    ada.press(Key::Ctrl('o'));
    ada.wait_until_gone("Signed in");
    assert_eq!(read_by_camera(&ada), read);
    ada.press(Key::Esc);
    ada.wait_for("F3 QR code");
    ada.resize(37, 18);
    ada.wait_for("needs a screen of 37x19");
    ada.resize(60, 24);
    ada.wait_for("Press F3");
    choose(&mut ada, "Copy the secret");
    ada.wait_for("Sent to your terminal's clipboard");
    ada.press(Key::F(4));
    ada.wait_for("The mouse is on.");
    ada.press(Key::F(4));
    ada.wait_for("The mouse is off.");
}

#[test]
fn the_pages_fit_a_small_screen() {
    let server = Server::start();
    let mut ada = open_security(&server, 40, 12);
    ada.see_frame("settings-security-off-40x12");
    choose(&mut ada, "Turn on");
    ada.wait_for("Set up an authenticator");
    ada.see_frame("settings-security-authenticator-40x12");
    ada.press(Key::Esc);
    ada.wait_until_gone("Set up an authenticator");
    ada.wait_for("Turn on");
    ada.resize(80, 24);
    ada.wait_for("Doorkey");
    let (_, codes) = set_up(&mut ada);
    ada.resize(40, 12);
    ada.wait_for(&codes[0]);
    ada.see_frame("settings-security-recovery-codes-40x12");
    // The box is below the edge: the first press shows it, with the last of the codes.
    ada.type_text(" ");
    ada.wait_for("[ ] I have saved them");
    ada.see(&codes[7]);
    tick(&mut ada);
    ada.see_frame("settings-security-40x12");
    look_and_go_back(&mut ada, "Create new recovery codes", "settings-security-new-recovery-codes-40x12");
    look_and_go_back(&mut ada, "Turn off two-factor authentication", "settings-security-turn-off-40x12");
    ada.hang_up();
    let mut again = Person::arrive_as(server.address(), "account", 40, 12);
    try_to_sign_in(&mut again, "ada", ADAS_PASSWORD);
    again.wait_for("Two-factor authentication");
    again.see_frame("second-factor-40x12");
    choose(&mut again, "Lost your authenticator?");
    again.wait_for("1. A recovery code");
    again.see_frame("lost-authenticator-40x12");
}
