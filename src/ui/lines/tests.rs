//! Whole conversations with real flows: what is typed, what the service would answer, what is printed.

use crate::domain::membership::Membership;
use std::collections::VecDeque;
use std::sync::Arc;

use super::Lines;
use crate::accounts::request::teams::TeamsReply;
use crate::accounts::request::{CodeRequested, Refusal, Reply, ResetGrant, SignedIn};
use crate::domain::timestamp::Timestamp;
use crate::flow::page::{Action, ActionKind, Field, Figure, Page, TICKED, Toast, Value};
use crate::flow::sign_in::SignIn;
use crate::flow::testing::portal;
use crate::flow::{Event, Flow, Step};
use crate::terminal::input::Framer;
use crate::ui::UserAction;

/// A person at a line terminal, a flow, and the answers the service will give.
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
        let mut talk = Self {
            lines: Lines::new(has_pty),
            flow,
            replies: replies.into(),
            printed: String::new(),
            asked: Vec::new(),
            left: false,
        };
        talk.show(true);
        talk
    }

    fn show(&mut self, fresh: bool) {
        let intent = self.lines.show(&self.flow.page(), fresh);
        self.follow(intent);
        let output = self.lines.take_output();
        self.printed.push_str(&String::from_utf8(output.out).unwrap());
        self.printed.push_str(&String::from_utf8(output.err).unwrap());
    }

    fn follow(&mut self, intent: UserAction) {
        let step = match intent {
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
            Step::Stay | Step::Reauthenticated(..) | Step::NotReauthenticated => self.show(false),
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
            let intent = self.lines.input(input, &self.flow.page());
            self.follow(intent);
            let output = self.lines.take_output();
            self.printed.push_str(&String::from_utf8(output.out).unwrap());
            self.printed.push_str(&String::from_utf8(output.err).unwrap());
        }
        self
    }
}

fn teams() -> Reply {
    Reply::Teams(TeamsReply::List(vec![Membership::for_test("Platform")]))
}

#[test]
fn a_sign_in_is_two_prompts_and_the_password_is_not_echoed() {
    let mut talk = LineTest::begin(true, vec![Reply::SignedIn(SignedIn::for_test("ada")), teams()]);
    talk.type_in("ada\rplum tractor seventeen\r");
    assert_eq!(
        talk.printed,
        "\r\nSign in to your account\r\n\
         Trouble signing in? support@acme.example\r\n\
         Note: An empty line shows what else can be done here. [choices]\r\n\
         Email or username: ada\r\n\
         Password: \r\n\
         \r\nYour teams\r\nSigned in as ada\r\n\
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
fn the_whole_reset_can_be_typed_ahead_in_one_go() {
    let replies = vec![
        Reply::CodeRequested(CodeRequested::for_test(Timestamp::from_epoch_ms(60_000))),
        Reply::CodeProven(ResetGrant::for_test("ada")),
        Reply::PasswordSet(Some(SignedIn::for_test("ada"))),
        teams(),
    ];
    let mut talk = LineTest::begin(true, replies);
    talk.type_in("\rforgot-password\rada\rwdjb-mjht\rplum tractor seventeen\rplum tractor seventeen\r0\r");
    assert_eq!(talk.asked, ["RequestCode", "ProveCode", "SetPassword", "Teams"]);
    let told = "OK: Your password has been successfully reset [password-reset]\r\n";
    assert_eq!(talk.printed.matches(told).count(), 1, "{}", talk.printed);
    assert!(talk.left);
    assert!(!talk.printed.contains("tractor"));
}

#[test]
fn a_refusal_is_told_once_with_its_id_and_the_prompts_come_again() {
    let mut talk = LineTest::begin(true, vec![Reply::Refused(Refusal::WrongCredentials)]);
    talk.type_in("ada\rwrong\r");
    assert_eq!(talk.printed.matches("[wrong-credentials]\r\n").count(), 1, "{}", talk.printed);
    assert!(talk.printed.ends_with("Note: An empty line keeps ada [kept]\r\nEmail or username: "));
    talk.replies.push_back(Reply::Refused(Refusal::WrongCredentials));
    talk.type_in("\rwrong again\r");
    assert_eq!(talk.asked.len(), 2);
}

#[test]
fn passwords_that_differ_are_not_sent() {
    let replies = vec![
        Reply::CodeProven(ResetGrant::for_test("ada")),
        Reply::PasswordSet(Some(SignedIn::for_test("ada"))),
        teams(),
    ];
    let mut talk = LineTest::begin(true, replies);
    talk.type_in("\rforgot-password\r\rhave-code\rada\rWDJBMJHT\rplum tractor seventeen\rplum tractor\r");
    assert!(
        talk.printed.contains("Error: Passwords Do Not Match [passwords-differ]\r\n"),
        "{}",
        talk.printed
    );
    assert_eq!(talk.asked, ["ProveCode"]);
    talk.type_in("plum tractor seventeen\rplum tractor seventeen\r");
    assert_eq!(talk.asked.last().map(String::as_str), Some("Teams"));
}

#[test]
fn a_line_with_a_control_character_is_refused_and_asked_again() {
    let mut talk = LineTest::begin(true, vec![]);
    talk.type_in("a\0b\r");
    assert!(talk.printed.contains("[line-refused]\r\nEmail or username: "), "{:?}", talk.printed);
    assert!(talk.asked.is_empty());
}

#[test]
fn a_secret_with_a_key_that_is_no_character_is_refused_and_a_name_with_one_is_not() {
    let mut talk = LineTest::begin(true, vec![]);
    talk.type_in("ad\u{1b}[Aa\rplum\u{1b}[A\r");
    assert!(talk.printed.contains("username: ada\r\n"), "{:?}", talk.printed);
    assert!(talk.printed.ends_with("[line-refused]\r\nPassword: "), "{:?}", talk.printed);
}

#[test]
fn a_name_that_is_filled_in_does_not_hide_the_other_choices() {
    let mut talk = LineTest::begin(true, vec![]);
    talk.type_in("ada\r\r\rforgot-password\r");
    assert!(
        talk.printed.contains("Note: A line with ? shows what else can be done here. [choices]"),
        "{}",
        talk.printed
    );
    talk.type_in("?\r");
    assert!(
        talk.printed.ends_with(
            "1. Fill in: Email or username [fill-in]\r\n\
         2. I already have a code [have-code]\r\n\
         3. Choose the address [choose-address]\r\n\
         4. Back [back]\r\n\
         0. Leave the portal [leave]\r\n\
         Choice: "
        ),
        "{}",
        talk.printed
    );
    assert!(talk.asked.is_empty());
}

#[test]
fn news_in_the_middle_of_a_line_stand_on_their_own_and_the_line_comes_again() {
    let notification = Toast { id: "ends-soon", text: "Soon over.".into() };
    let mut talk = LineTest::begin(true, vec![Reply::Refused(Refusal::WrongCredentials)]);
    talk.type_in("ad");
    talk.lines.interrupt(&notification, &talk.flow.page());
    talk.type_in("a\rplum");
    talk.lines.interrupt(&notification, &talk.flow.page());
    talk.type_in("\r");
    let told = "\r\nNote: Soon over. [ends-soon]\r\n";
    let name = format!("username: ad{told}Email or username: ada\r\n");
    assert!(talk.printed.contains(&name), "{:?}", talk.printed);
    assert!(talk.printed.contains(&format!("Password: {told}Password: \r\n")), "{:?}", talk.printed);
}

#[test]
fn an_end_of_the_input_says_whether_it_left_something_undone() {
    let is_amid = |typed: &str, reply: Vec<Reply>| {
        let mut talk = LineTest::begin(false, reply);
        talk.type_in(typed).lines.is_amid()
    };
    assert!(!is_amid("", vec![]));
    assert!(is_amid("ad", vec![]));
    assert!(is_amid("ada\n", vec![]));
    assert!(is_amid("ada\nwrong\n", vec![Reply::Refused(Refusal::WrongCredentials)]));
    assert!(!is_amid("ada\nright\n", vec![Reply::SignedIn(SignedIn::for_test("ada")), teams()]));
    assert!(!is_amid(
        "ada\nright\nsign-out\n",
        vec![Reply::SignedIn(SignedIn::for_test("ada")), teams(), Reply::SignedOut]
    ));
}

#[test]
fn typing_is_edited_as_at_any_unix_prompt() {
    let replies = vec![Reply::CodeRequested(CodeRequested::for_test(Timestamp::from_epoch_ms(60_000)))];
    let mut talk = LineTest::begin(true, replies);
    talk.type_in("\rforgot-password\rgarbage\u{15}adx\u{7f}a gone\u{17}\r");
    assert!(talk.printed.contains("If \"ada\" has an account"), "{}", talk.printed);
}

#[test]
fn without_a_terminal_of_ours_nothing_is_echoed_and_lines_end_with_lf() {
    let mut talk = LineTest::begin(false, vec![Reply::Refused(Refusal::WrongCredentials)]);
    talk.type_in("ada\nwrong\n");
    assert!(!talk.printed.contains('\r'));
    assert!(!talk.printed.contains("username: ada"));
    assert_eq!(talk.printed.matches("[echo]").count(), 1);
}

#[test]
fn control_c_leaves_and_so_does_control_d_on_an_empty_line() {
    for end in ["\u{3}", "\u{4}"] {
        let mut talk = LineTest::begin(true, vec![]);
        talk.type_in(end);
        assert!(talk.left);
    }
    let mut talk = LineTest::begin(true, vec![]);
    talk.type_in("ad\u{4}");
    assert!(!talk.left);
}

#[test]
fn no_escape_byte_is_ever_printed() {
    let mut talk = LineTest::begin(true, vec![Reply::SignedIn(SignedIn::for_test("ada")), teams()]);
    talk.type_in("a\u{1b}[Ad\u{1b}]0;x\u{7}a\r\u{1b}OPplum tractor seventeen\r\u{9b}31m9\r");
    assert!(!talk.printed.contains(['\u{1b}', '\u{9b}', '\u{7}']), "{:?}", talk.printed);
}

/// A page with a picture, several sentences to type and a box to tick.
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
            is_picture,
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
        .filter(|intent| *intent != UserAction::None)
        .collect()
}

#[test]
fn a_box_is_ticked_by_yes_and_nothing_else() {
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
fn an_empty_line_leaves_a_box_as_it_is() {
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
fn a_list_is_printed_and_a_picture_is_told() {
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
