//! Whole dialogs with real flows: typed keys, replies of the service, printed output.

use crate::domain::membership::Membership;
use std::collections::VecDeque;
use std::sync::Arc;

use super::Lines;
use crate::accounts::request::teams::{Dashboard, TeamsReply};
use crate::accounts::request::{CodeRequested, Refusal, Reply, ResetGrant, SignedIn};
use crate::domain::timestamp::Timestamp;
use crate::flow::page::{Action, ActionKind, Field, Figure, Page, PictureNeeds, TICKED, Table, Toast, Value};
use crate::flow::sign_in::SignIn;
use crate::flow::testing::portal;
use crate::flow::{Event, Flow, Step};
use crate::messages::Language;
use crate::terminal::input::Framer;
use crate::ui::UserAction;

/// Line mode on a real flow, with the replies that the service will give.
struct LineTest {
    lines: Lines,
    flow: Flow,
    replies: VecDeque<Reply>,
    printed: String,
    asked: Vec<String>,
    left: bool,
}

impl LineTest {
    fn begin(has_pty: bool, replies: Vec<Reply>) -> Self {
        let flow = Flow::SignIn(SignIn::new(Arc::new(portal()), ""));
        let mut dialog = Self {
            lines: Lines::new(has_pty),
            flow,
            replies: replies.into(),
            printed: String::new(),
            asked: Vec::new(),
            left: false,
        };
        dialog.show(true);
        dialog
    }

    fn show(&mut self, fresh: bool) {
        let action = self.lines.show(&self.flow.page(), fresh);
        self.follow(action);
        let output = self.lines.take_output();
        self.printed.push_str(&String::from_utf8(output.out).unwrap());
        self.printed.push_str(&String::from_utf8(output.err).unwrap());
    }

    fn follow(&mut self, action: UserAction) {
        let step = match action {
            UserAction::Typed { field, value } => self.flow.update(Event::Typed { field, value: &value }),
            UserAction::Pressed(action) => self.flow.update(Event::Pressed(action)),
            UserAction::Opened(row) => self.flow.update(Event::Opened(row)),
            UserAction::Leave => {
                self.left = true;
                return;
            }
            _ => return,
        };
        self.step(step);
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Stay
            | Step::ConfirmFirst(_)
            | Step::Confirmed(_)
            | Step::NotConfirmed
            | Step::Reauthenticated(..)
            | Step::NotReauthenticated
            | Step::Unlocked(_) => {
                self.show(false);
            }
            Step::Go(flow) => {
                self.flow = *flow;
                let first = self.flow.begin();
                self.show(true);
                if let Step::Ask(_) = first {
                    self.step(first);
                }
            }
            Step::Ask(request) => {
                self.asked.push(
                    format!("{request:?}").split([' ', '{', '(']).next().unwrap_or_default().to_owned(),
                );
                self.show(false);
                let reply = self.replies.pop_front().expect("an answer for every request");
                let step = self.flow.update(Event::Replied(reply));
                self.step(step);
            }
        }
    }

    fn type_in(&mut self, text: &str) -> &mut Self {
        let mut inputs = VecDeque::new();
        Framer::new().feed(text.as_bytes(), &mut inputs);
        for input in inputs {
            let action = self.lines.input(input, &self.flow.page());
            self.follow(action);
            let output = self.lines.take_output();
            self.printed.push_str(&String::from_utf8(output.out).unwrap());
            self.printed.push_str(&String::from_utf8(output.err).unwrap());
        }
        self
    }
}

fn teams() -> Reply {
    let teams = vec![Membership::for_test("Platform")];
    Reply::Teams(TeamsReply::Dashboard(Box::new(Dashboard { teams, ..Dashboard::default() })))
}

#[test]
fn a_sign_in_is_two_prompts_and_the_password_is_not_echoed() {
    let mut dialog = LineTest::begin(true, vec![Reply::SignedIn(SignedIn::for_test("ada")), teams()]);
    dialog.type_in("ada\rplum tractor seventeen\r");
    assert_eq!(
        dialog.printed,
        "\r\nSign in to your account\r\n\
         Need help? support@acme.example\r\n\
         Note: An empty line shows what else you can do here. [choices]\r\n\
         Email or username: ada\r\n\
         Password: \r\n\
         \r\nYour teams\r\nSigned in as ada\r\n\
         Last sign-in: this is your first\r\nTwo-factor: off\r\n\
         Email addresses: not reviewed yet; check them in Profile\r\n\r\n\
         Team: Platform\r\nYour role: owner\r\nMembers: 3\r\nLast opened: never\r\n\r\n\
         1. Open Platform\r\n\
         2. Change password [settings/password]\r\n\
         3. Settings [settings]\r\n\
         4. Activity [activity]\r\n\
         5. Support [support]\r\n\
         6. Sign out [sign-out]\r\n\
         0. Leave the portal [leave]\r\n\
         Choice: "
    );
}

#[test]
fn a_whole_reset_can_be_typed_ahead() {
    let replies = vec![
        Reply::CodeRequested(CodeRequested::for_test(Timestamp::from_epoch_ms(60_000))),
        Reply::MaySetPassword(ResetGrant::for_test("ada")),
        Reply::PasswordSet(Some(SignedIn::for_test("ada")), 0),
        teams(),
    ];
    let mut dialog = LineTest::begin(true, replies);
    dialog.type_in("\rforgot-password\rada\rwdjb-mjht\rplum tractor seventeen\rplum tractor seventeen\r0\r");
    assert_eq!(dialog.asked, ["RequestCode", "ProveCode", "SetPassword", "Teams"]);
    let toast = "OK: Your password has been successfully reset [password-reset]\r\n";
    assert_eq!(dialog.printed.matches(toast).count(), 1, "{}", dialog.printed);
    assert!(dialog.left);
    assert!(!dialog.printed.contains("tractor"));
}

#[test]
fn a_refusal_is_printed_once_with_its_id_before_the_prompts_repeat() {
    let mut dialog = LineTest::begin(true, vec![Reply::Refused(Refusal::WrongCredentials)]);
    dialog.type_in("ada\rwrong\r");
    assert_eq!(dialog.printed.matches("[wrong-credentials]\r\n").count(), 1, "{}", dialog.printed);
    assert!(dialog.printed.ends_with("Note: An empty line keeps ada [kept]\r\nEmail or username: "));
    dialog.replies.push_back(Reply::Refused(Refusal::WrongCredentials));
    dialog.type_in("\rwrong again\r");
    assert_eq!(dialog.asked.len(), 2);
}

#[test]
fn passwords_that_differ_are_not_sent() {
    let replies = vec![
        Reply::MaySetPassword(ResetGrant::for_test("ada")),
        Reply::PasswordSet(Some(SignedIn::for_test("ada")), 0),
        teams(),
    ];
    let mut dialog = LineTest::begin(true, replies);
    dialog.type_in("\rforgot-password\r\rhave-code\rada\rWDJBMJHT\rplum tractor seventeen\rplum tractor\r");
    assert!(
        dialog.printed.contains("Error: Passwords Do Not Match [passwords-differ]\r\n"),
        "{}",
        dialog.printed
    );
    assert_eq!(dialog.asked, ["ProveCode"]);
    dialog.type_in("plum tractor seventeen\rplum tractor seventeen\r");
    assert_eq!(dialog.asked.last().map(String::as_str), Some("Teams"));
}

#[test]
fn a_line_with_a_control_character_is_refused_and_asked_again() {
    let mut dialog = LineTest::begin(true, vec![]);
    dialog.type_in("a\0b\r");
    assert!(dialog.printed.contains("[line-refused]\r\nEmail or username: "), "{:?}", dialog.printed);
    assert!(dialog.asked.is_empty());
}

/// What a terminal shows of `printed`, which has no control characters but these.
fn shown_lines(printed: &str) -> Vec<String> {
    let mut lines = vec![Vec::new()];
    let mut at = 0;
    for c in printed.chars() {
        let line = lines.last_mut().unwrap();
        match c {
            '\r' => at = 0,
            '\n' => lines.push(Vec::new()),
            '\u{8}' => at -= 1,
            c => {
                line.truncate(line.len().max(at));
                if at == line.len() {
                    line.push(c);
                } else {
                    line[at] = c;
                }
                at += 1;
            }
        }
    }
    lines.into_iter().map(|line| line.into_iter().collect::<String>().trim_end().to_owned()).collect()
}

#[test]
fn tab_and_arrow_keys_lose_nothing_that_was_typed() {
    let arrows = "\u{1b}[A\u{1b}[B\u{1b}[5~\u{1b}[15~\u{1b}OQ";
    // Without a pty a tab is no key, but part of what is sent: it may end a name, and is refused in a secret.
    for (has_pty, keys) in [(true, format!("\t{arrows}")), (false, arrows.to_owned())] {
        let replies = vec![Reply::SignedIn(SignedIn::for_test("ada")), teams()];
        let mut dialog = LineTest::begin(has_pty, replies);
        dialog.type_in(&format!("ad{keys}a{keys}\rplum {keys}tractor seventeen{keys}\r"));
        assert_eq!(dialog.asked, ["SignIn", "Teams"], "{:?}", dialog.printed);
        assert!(!dialog.printed.contains("[line-refused]"), "{:?}", dialog.printed);
        dialog.replies.push_back(Reply::Refused(Refusal::NotFound));
        dialog.type_in(&format!("{keys}{keys}\rsupp{keys}ort\r"));
        assert!(dialog.printed.contains("Support"), "{:?}", dialog.printed);
    }
    let mut pipe = LineTest::begin(false, vec![]);
    pipe.type_in("ad\u{1b}[Aa\t\nplum\ttractor\n");
    assert!(pipe.printed.ends_with("[line-refused]\nPassword: "), "{:?}", pipe.printed);
}

#[test]
fn the_arrow_keys_move_the_cursor_on_a_terminal() {
    let reply = || Reply::CodeRequested(CodeRequested::for_test(Timestamp::from_epoch_ms(60_000)));
    for (keys, name) in [
        ("aa\u{1b}[Dd", "ada"),
        ("xda\u{1b}[H\u{1b}[3~a", "ada"),
        ("ad no\u{1}\u{1b}[C\u{1b}OC\u{b}a", "ada"),
        ("not ada\u{1b}b\u{17}", "ada"),
        ("Zo\u{301}e\u{4e16}x\u{1b}[D\u{1b}[D\u{7f}e\u{5}\u{7f}", "Zo\u{301}e\u{4e16}"),
    ] {
        let mut dialog = LineTest::begin(true, vec![reply()]);
        dialog.type_in(&format!("\rforgot-password\r{keys}\r"));
        assert!(
            dialog.printed.contains(&format!("If \"{name}\" has an account")),
            "{keys:?} {:?}",
            dialog.printed
        );
        if name == "ada" {
            let shown = shown_lines(&dialog.printed);
            assert!(shown.iter().any(|line| line == "Email or username: ada"), "{keys:?}: {shown:#?}");
        }
    }
}

#[test]
fn an_edited_password_is_the_one_that_was_meant_and_none_of_it_is_shown() {
    let replies = vec![
        Reply::MaySetPassword(ResetGrant::for_test("ada")),
        Reply::PasswordSet(Some(SignedIn::for_test("ada")), 0),
        teams(),
    ];
    let mut dialog = LineTest::begin(true, replies);
    dialog.type_in("\rforgot-password\r\rhave-code\rada\rWDJBMJHT\rplum tractor sevnteen\u{1b}[D\u{1b}[D\u{1b}[D\u{1b}[D\u{1b}[De\rplum tractor seventeen\r");
    assert_eq!(dialog.asked, ["ProveCode", "SetPassword", "Teams"], "{:?}", dialog.printed);
    assert!(!dialog.printed.contains("teen"), "{:?}", dialog.printed);
}

#[test]
fn a_typo_at_a_choice_is_answered_with_what_can_be_typed_and_not_with_the_whole_list() {
    let mut dialog = LineTest::begin(true, vec![Reply::SignedIn(SignedIn::for_test("ada")), teams()]);
    dialog.type_in("ada\rplum tractor seventeen\r");
    dialog.printed.clear();
    dialog.type_in("suport\r");
    assert_eq!(
        dialog.printed,
        "suport\r\n\
         Error: That is not one of the choices. Did you mean support? [choice]\r\n\
         Note: Type a number from 0 to 6, or one of these: Platform, settings/password, settings, activity, support, \
         sign-out, leave. A line with ? lists them all. [choices]\r\n\
         Choice: "
    );
    dialog.printed.clear();
    dialog.type_in("plum tractor\r");
    assert!(
        dialog.printed.contains("Error: That is not one of the choices. [choice]\r\n"),
        "{}",
        dialog.printed
    );
}

#[test]
fn the_last_word_of_a_place_is_enough_from_every_page_that_leads_around() {
    for (word, title) in [("security", "Security"), ("settings/keys", "SSH keys"), ("Sessions", "Sessions")] {
        let mut dialog = LineTest::begin(true, vec![Reply::SignedIn(SignedIn::for_test("ada")), teams()]);
        dialog.type_in("ada\rplum tractor seventeen\r");
        dialog.replies.push_back(Reply::Refused(Refusal::NotFound));
        dialog.type_in(&format!("{word}\r"));
        assert!(dialog.printed.contains(&format!("\r\n{title}\r\n")), "{word}: {}", dialog.printed);
    }
    let mut guest = LineTest::begin(true, vec![]);
    guest.type_in("\rsecurity\r");
    assert!(guest.printed.contains("[choice]"), "{}", guest.printed);
}

#[test]
fn facts_are_one_a_line() {
    let rows = vec![
        vec!["Two-factor authentication".into(), "on".into()],
        vec!["Recovery codes".into(), "8".into()],
    ];
    let table = Table { rows, is_facts: true, ..Table::default() };
    let mut lines = Lines::new(true);
    lines.show(&Page { table: Some(table), ..Page::default() }, true);
    let printed = String::from_utf8(lines.take_output().out).unwrap();
    assert!(printed.contains("Two-factor authentication: on\r\nRecovery codes: 8\r\n\r\n"), "{printed}");
}

#[test]
fn a_prefilled_name_does_not_hide_the_other_choices() {
    let mut dialog = LineTest::begin(true, vec![]);
    dialog.type_in("ada\r\r\rforgot-password\r");
    assert!(
        dialog.printed.contains("Note: A line with ? shows what else you can do here. [choices]"),
        "{}",
        dialog.printed
    );
    dialog.type_in("?\r");
    assert!(
        dialog.printed.ends_with(
            "1. Fill in: Email or username [fill-in]\r\n\
         2. I already have a code [have-code]\r\n\
         3. Back [back]\r\n\
         0. Leave the portal [leave]\r\n\
         Choice: "
        ),
        "{}",
        dialog.printed
    );
    assert!(dialog.asked.is_empty());
}

#[test]
fn a_notification_gets_its_own_line_and_the_typed_text_repeats_after_it() {
    let notification = Toast { id: "ends-soon", text: "Soon over.".into() };
    let mut dialog = LineTest::begin(true, vec![Reply::Refused(Refusal::WrongCredentials)]);
    dialog.type_in("ad");
    dialog.lines.interrupt(&notification, &dialog.flow.page());
    dialog.type_in("a\rplum");
    dialog.lines.interrupt(&notification, &dialog.flow.page());
    dialog.type_in("\r");
    let toast = "\r\nNote: Soon over. [ends-soon]\r\n";
    let name = format!("username: ad{toast}Email or username: ada\r\n");
    assert!(dialog.printed.contains(&name), "{:?}", dialog.printed);
    assert!(dialog.printed.contains(&format!("Password: {toast}Password: \r\n")), "{:?}", dialog.printed);
}

#[test]
fn an_end_of_input_tells_whether_something_is_unfinished() {
    let is_unfinished = |typed: &str, reply: Vec<Reply>| {
        let mut dialog = LineTest::begin(false, reply);
        dialog.type_in(typed).lines.is_unfinished()
    };
    assert!(!is_unfinished("", vec![]));
    assert!(is_unfinished("ad", vec![]));
    assert!(is_unfinished("ada\n", vec![]));
    assert!(is_unfinished("ada\nwrong\n", vec![Reply::Refused(Refusal::WrongCredentials)]));
    assert!(!is_unfinished("ada\nright\n", vec![Reply::SignedIn(SignedIn::for_test("ada")), teams()]));
    assert!(!is_unfinished(
        "ada\nright\nsign-out\n",
        vec![Reply::SignedIn(SignedIn::for_test("ada")), teams(), Reply::SignedOut]
    ));
}

#[test]
fn typing_is_edited_as_at_a_unix_prompt() {
    let replies = vec![Reply::CodeRequested(CodeRequested::for_test(Timestamp::from_epoch_ms(60_000)))];
    let mut dialog = LineTest::begin(true, replies);
    dialog.type_in("\rforgot-password\rgarbage\u{15}adx\u{7f}a gone\u{17}\r");
    assert!(dialog.printed.contains("If \"ada\" has an account"), "{}", dialog.printed);
}

#[test]
fn without_a_pty_nothing_is_echoed_and_lines_end_with_lf() {
    let mut dialog = LineTest::begin(false, vec![Reply::Refused(Refusal::WrongCredentials)]);
    dialog.type_in("ada\nwrong\n");
    assert!(!dialog.printed.contains('\r'));
    assert!(!dialog.printed.contains("username: ada"));
    assert_eq!(dialog.printed.matches("[echo]").count(), 1);
}

#[test]
fn control_c_leaves_and_so_does_control_d_on_an_empty_line() {
    for end in ["\u{3}", "\u{4}"] {
        let mut dialog = LineTest::begin(true, vec![]);
        dialog.type_in(end);
        assert!(dialog.left);
    }
    let mut dialog = LineTest::begin(true, vec![]);
    dialog.type_in("ad\u{4}");
    assert!(!dialog.left);
}

#[test]
fn no_escape_byte_is_ever_printed() {
    let mut dialog = LineTest::begin(true, vec![Reply::SignedIn(SignedIn::for_test("ada")), teams()]);
    dialog.type_in("a\u{1b}[Ad\u{1b}]0;x\u{7}a\r\u{1b}OPplum tractor seventeen\r\u{9b}31m9\r");
    assert!(!dialog.printed.contains(['\u{1b}', '\u{9b}', '\u{7}']), "{:?}", dialog.printed);
}

/// A page with a picture, a multi-line text and a checkbox.
fn form(ticked: bool, is_picture: bool) -> Page<'static> {
    let field = |id, label, value| Field {
        id,
        label,
        value,
        revision: 0,
        max_chars: 500,
        hint: None,
        optional: false,
    };
    Page {
        id: "form",
        title: "A form".into(),
        figure: Some(Figure {
            lines: vec!["ABCD EFGH".into(), "IJKL MNOP".into()],
            alt: "A picture is shown on larger terminals.".into(),
            picture: is_picture.then_some(PictureNeeds { utf8: "", colours: "", whole_screen: "" }),
        }),
        fields: vec![
            field("text", "Text", Value::LongText("")),
            field("saved", "I have saved them", Value::Checkbox(ticked)),
        ],
        actions: vec![Action { id: "go", label: "Go", kind: ActionKind::Primary, active: true }],
        ..Page::default()
    }
}

fn typed(lines: &mut Lines, text: &str, page: &Page<'_>) -> Vec<UserAction> {
    let mut inputs = VecDeque::new();
    Framer::new().feed(text.as_bytes(), &mut inputs);
    inputs
        .into_iter()
        .map(|input| lines.input(input, page))
        .filter(|action| *action != UserAction::None)
        .collect()
}

#[test]
fn only_yes_checks_a_checkbox() {
    let mut lines = Lines::new(true);
    let page = form(false, false);
    lines.show(&page, true);
    assert!(matches!(
        &typed(&mut lines, "a text\r.\r", &page)[..],
        [UserAction::Typed { field: "text", .. }]
    ));
    lines.show(&page, false);
    assert!(typed(&mut lines, "maybe\r", &page).is_empty());
    let UserAction::Typed { field: "saved", value } = typed(&mut lines, "Yes\r", &page).remove(0) else {
        panic!("it must be ticked")
    };
    assert_eq!(value.as_str(), TICKED);
    assert_eq!(lines.show(&form(true, false), false), UserAction::Pressed("go"));
    let printed = String::from_utf8(lines.take_output().out).unwrap();
    assert!(
        printed.contains("Note: Type yes or no. It is no now. [yes-or-no]\r\nI have saved them: maybe"),
        "{printed}"
    );
    assert!(printed.contains("Error: Type yes or no. [yes-or-no]"), "{printed}");
}

#[test]
fn in_german_german_answers_are_as_good_as_english_ones() {
    for (answer, ticked) in
        [("ja", TICKED), ("J", TICKED), ("Nein", ""), ("yes", TICKED), ("y", TICKED), ("no", ""), ("n", "")]
    {
        let mut lines = Lines::new(true);
        let page = Page { language: Language::German, ..form(false, false) };
        lines.show(&page, true);
        typed(&mut lines, "a text\r.\r", &page);
        lines.show(&page, false);
        let did = typed(&mut lines, &format!("{answer}\r"), &page);
        let is_it =
            matches!(&did[..], [UserAction::Typed { field: "saved", value }] if value.as_str() == ticked);
        let printed = String::from_utf8(lines.take_output().out).unwrap();
        assert!(is_it, "{answer}: {did:?} {printed}");
        assert!(
            printed.contains("Hinweis: Geben Sie ja oder nein ein. Zurzeit gilt nein. [yes-or-no]"),
            "{printed}"
        );
    }
    let mut lines = Lines::new(true);
    let page = form(false, false);
    lines.show(&page, true);
    typed(&mut lines, "a text\r.\r", &page);
    lines.show(&page, false);
    assert!(typed(&mut lines, "ja\r", &page).is_empty(), "in English it is no answer");
}

#[test]
fn in_german_a_choice_is_taken_by_its_words_as_well_as_by_its_id() {
    let back = Action { id: "back", label: "Zurück", kind: ActionKind::Back, active: true };
    for (language, answer, is_taken) in [
        (Language::German, "zurück", true),
        (Language::German, "ZURÜCK", true),
        (Language::German, "back", true),
        (Language::German, "1", true),
        (Language::English, "zurück", false),
    ] {
        let page = Page { language, actions: vec![back], ..Page::default() };
        let mut lines = Lines::new(true);
        lines.show(&page, true);
        let did = typed(&mut lines, &format!("{answer}\r"), &page);
        assert_eq!(did == [UserAction::Pressed("back")], is_taken, "{answer}: {did:?}");
    }
    let page = Page { language: Language::German, came_by_link: true, ..Page::default() };
    let mut lines = Lines::new(true);
    lines.show(&page, true);
    assert_eq!(typed(&mut lines, "zurück\r", &page), [UserAction::Pressed("back")]);
    lines.show(&page, false);
    assert_eq!(typed(&mut lines, "Portal verlassen\r", &page), [UserAction::Leave]);
    let printed = String::from_utf8(lines.take_output().out).unwrap();
    assert!(printed.contains("0. Portal verlassen [leave]\r\nAuswahl: "), "{printed}");
}

#[test]
fn an_empty_line_keeps_a_checkbox() {
    for (ticked, kept) in [(true, TICKED), (false, "")] {
        let mut lines = Lines::new(true);
        let page = form(ticked, false);
        lines.show(&page, true);
        typed(&mut lines, "a text\r.\r", &page);
        lines.show(&page, false);
        let UserAction::Typed { field: "saved", value } = typed(&mut lines, "\r", &page).remove(0) else {
            panic!("it is an answer")
        };
        assert_eq!(value.as_str(), kept);
    }
}

#[test]
fn a_list_is_printed_and_a_picture_is_described() {
    let printed = |is_picture| {
        let mut lines = Lines::new(true);
        lines.show(&form(false, is_picture), true);
        String::from_utf8(lines.take_output().out).unwrap()
    };
    assert!(printed(false).contains("ABCD EFGH\r\nIJKL MNOP\r\n"));
    assert!(
        printed(true).contains("A picture is shown on larger terminals.\r\n")
            && !printed(true).contains("ABCD")
    );
}

#[test]
fn the_word_lock_locks_at_a_choice_where_somebody_is_signed_in() {
    for (name, is_locked) in [(Some("ada"), true), (None, false)] {
        let page = Page { signed_in_as: name, ..Page::default() };
        let mut lines = Lines::new(true);
        lines.show(&page, true);
        let did = typed(&mut lines, "Lock\r", &page);
        assert_eq!(did.contains(&UserAction::Lock), is_locked, "{did:?}");
        let said = String::from_utf8(lines.take_output().out).unwrap();
        assert_eq!(said.contains("[choice]"), !is_locked, "{said}");
    }
}

/// F39: a key as `PuTTYgen` saves it, pasted in line mode.
#[test]
fn a_key_of_several_lines_is_one_answer() {
    let page = || Page {
        id: "key",
        fields: vec![Field {
            id: "key",
            label: "Public key",
            value: Value::Folded(""),
            revision: 0,
            max_chars: 20_000,
            hint: None,
            optional: false,
        }],
        actions: vec![Action { id: "add", label: "Add", kind: ActionKind::Primary, active: true }],
        ..Page::default()
    };
    let block = "---- BEGIN SSH2 PUBLIC KEY ----\rComment: \"x\"\rAAAA\r---- END SSH2 PUBLIC KEY ----\r";
    for (text, whole) in
        [(block, block.trim_end().replace('\r', "\n")), ("ssh-ed25519 AAAA\r", "ssh-ed25519 AAAA".to_owned())]
    {
        let (mut lines, page) = (Lines::new(true), page());
        lines.show(&page, true);
        let actions = typed(&mut lines, text, &page);
        assert!(
            matches!(&actions[..], [UserAction::Typed { field: "key", value }] if value.as_str() == whole),
            "{actions:?}"
        );
    }
}
