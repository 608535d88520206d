//! One text is the same, or refused, by whichever face it comes in: the screen, line mode, prompts, standard input.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::stdin::Stdin;
use crate::domain::code::Code;
use crate::domain::display_name;
use crate::domain::entropy::Entropy;
use crate::domain::password::Normalised;
use crate::flow::reset_password::EnterCode;
use crate::flow::sign_in::SignIn;
use crate::flow::testing::portal;
use crate::flow::{Event, Flow};
use crate::session::inbox::{Backlog, Inbox};
use crate::terminal::capabilities::Charset;
use crate::terminal::input::Framer;
use crate::ui::UserAction;
use crate::ui::lines::Lines;
use crate::ui::prompts::PromptForm;
use crate::ui::screen::Screen;

/// A field, and what leads to it: the first answer, and the key behind that on the screen.
#[derive(Clone, Copy)]
enum Target {
    Name,
    Password,
    Code,
}

impl Target {
    fn flow(self) -> Flow {
        match self {
            Self::Name | Self::Password => SignIn::new(Arc::new(portal()), "").into(),
            Self::Code => EnterCode::from_an_earlier_session(Arc::new(portal()), "").into(),
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Password => "password",
            Self::Code => "code",
        }
    }

    /// What is answered before.
    const fn before(self) -> &'static str {
        if matches!(self, Self::Name) { "" } else { "ada" }
    }
}

/// What a flow gets of what was typed.
struct Face {
    flow: Flow,
    target: Target,
    value: Option<String>,
}

impl Face {
    fn begin(target: Target) -> Self {
        Self { flow: target.flow(), target, value: None }
    }

    /// Hands the flow what was typed; false when it was something else.
    fn follow(&mut self, action: UserAction) -> bool {
        let UserAction::Typed { field, value } = action else { return false };
        self.flow.update(Event::Typed { field, value: &value });
        if field == self.target.id() {
            self.value = Some(value.to_string());
        }
        true
    }
}

fn on_the_screen(target: Target, keys: &[u8]) -> Option<String> {
    let mut face = Face::begin(target);
    let mut screen = Screen::new(Charset::Utf8);
    let (mut framer, mut inputs) = (Framer::new(), VecDeque::new());
    if !target.before().is_empty() {
        framer.feed(format!("{}\t", target.before()).as_bytes(), &mut inputs);
    }
    framer.feed(keys, &mut inputs);
    framer.flush(&mut inputs);
    if matches!(target, Target::Name) {
        framer.feed(b"\tsecret", &mut inputs);
    }
    framer.feed(b"\r", &mut inputs);
    screen.show(&face.flow.page());
    let mut is_sent = false;
    for input in inputs {
        let action = screen.input(input, &face.flow.page());
        is_sent = matches!(action, UserAction::Pressed(_));
        face.follow(action);
        screen.show(&face.flow.page());
    }
    face.value.filter(|_| is_sent)
}

fn pasted(target: Target, text: &str) -> Option<String> {
    on_the_screen(target, format!("\x1b[200~{text}\x1b[201~").as_bytes())
}

fn in_lines(target: Target, has_pty: bool, keys: &[u8]) -> Option<String> {
    let mut face = Face::begin(target);
    let mut lines = Lines::new(has_pty);
    let mut inputs = VecDeque::new();
    let before = if target.before().is_empty() { String::new() } else { format!("{}\r", target.before()) };
    Framer::new().feed(&[before.as_bytes(), keys, b"\r"].concat(), &mut inputs);
    lines.show(&face.flow.page(), true);
    for input in inputs {
        let action = lines.input(input, &face.flow.page());
        if face.follow(action) {
            lines.show(&face.flow.page(), false);
        }
    }
    face.value
}

fn in_prompts(target: Target, answer: &[u8]) -> Option<String> {
    let mut face = Face::begin(target);
    let mut form = PromptForm::default();
    form.show(&face.flow.page(), true);
    let before = Some(target.before().as_bytes()).filter(|before| !before.is_empty());
    for answer in before.into_iter().chain([answer]) {
        let action = form.answer(answer, &face.flow.page());
        face.follow(action);
        form.show(&face.flow.page(), false);
    }
    face.value
}

fn on_standard_input(line: &[u8]) -> Option<String> {
    let input = Arc::new(Inbox::new(Backlog::of(64 * 1024)));
    for bytes in [b"first\n", line, b"\n"] {
        input.push(bytes).unwrap();
    }
    input.disconnect();
    let mut stdin = Stdin::new(input, false, Duration::from_mins(1), CancellationToken::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        stdin.line().await.unwrap();
        stdin.line().await.ok().flatten().map(|line| line.to_string())
    })
}

/// The text as each face has it.
fn by_every_face(target: Target, text: &str) -> Vec<Option<String>> {
    let bytes = text.as_bytes();
    vec![
        on_the_screen(target, bytes),
        pasted(target, text),
        in_lines(target, true, bytes),
        in_lines(target, false, bytes),
        in_prompts(target, bytes),
        on_standard_input(bytes),
    ]
}

/// Any text without control characters, and often some that nobody sees.
fn text() -> impl Strategy<Value = String> {
    let special = "❤\u{fe0f}\u{200d}\u{200c}\u{ad}\u{200b}\u{202e}\u{2066}\u{feff}\u{301}\u{308}a1 Z\u{20e3}یر👩🔬\u{fffe}";
    let special: Vec<char> = special.chars().collect();
    let any = any::<char>().prop_filter("no control character", |c| !c.is_control());
    prop::collection::vec(prop_oneof![3 => prop::sample::select(special), 1 => any], 1..24)
        .prop_map(|chars| chars.into_iter().collect())
}

/// A code as people copy it: in a sentence, with what phones put in, by any keyboard.
fn written_code() -> impl Strategy<Value = (String, Code)> {
    let before =
        ["", " ", "Code: ", "Your code is ", "\"", "*", "<", "\u{202a}", "Ihr Code lautet „", "您的验证码是"];
    let after = ["", " ", ".", "\"", "*", ">", "\u{202c}", ". It is valid for 10 minutes.", "“,", "。"];
    let between = ["", "-", " ", "–", "ー", "－", "\u{a0}", "\u{200b}", "\u{ad}", "_", " - "];
    let pick = |of: &[&'static str]| prop::sample::select(of.to_vec());
    (any::<u64>(), pick(&before), pick(&after), pick(&between), 0..3_usize).prop_map(
        |(seed, before, after, between, kind)| {
            let code = Code::generate(&Entropy::seeded(seed));
            let half = |c: char| match kind {
                0 => c,
                1 => c.to_ascii_lowercase(),
                _ => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
            };
            let symbols: Vec<char> = code.grouped().chars().filter(|c| *c != '-').map(half).collect();
            let text = |half: &[char]| half.iter().collect::<String>();
            (format!("{before}{}{between}{}{after}", text(&symbols[..4]), text(&symbols[4..])), code)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_password_is_the_same_in_every_face(text in text()) {
        let normal = Normalised::typed(&text);
        for value in by_every_face(Target::Password, &text) {
            prop_assert_eq!(value.as_deref(), Some(text.as_str()));
            prop_assert!(value.and_then(|value| Normalised::typed(&value)) == normal);
        }
    }

    #[test]
    fn a_name_has_the_same_verdict_in_every_face(text in text()) {
        // A blank line is no answer, and a question mark asks for the choices.
        // And the first character of all input is no byte order mark.
        prop_assume!(!text.trim().is_empty() && text.trim() != "?" && !text.starts_with('\u{feff}'));
        let verdict = display_name::checked(&text).map(str::to_owned);
        for value in by_every_face(Target::Name, &text) {
            let value = value.unwrap();
            prop_assert_eq!(display_name::checked(&value).map(str::to_owned), verdict.clone());
        }
    }

    #[test]
    fn a_written_code_is_the_same_in_every_face((text, code) in written_code()) {
        prop_assert_eq!(Code::parse(&text), Some(code.clone()), "{:?}", text);
        for value in by_every_face(Target::Code, &text) {
            let found = value.as_deref().and_then(Code::parse);
            prop_assert_eq!(found, Some(code.clone()), "{:?} of {:?}", value, text);
        }
    }

    #[test]
    fn a_pasted_text_has_the_code_that_it_has(text in text()) {
        prop_assume!(!text.trim().is_empty());
        let code = Code::parse(&text);
        prop_assert_eq!(pasted(Target::Code, &text).as_deref().and_then(Code::parse), code);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_in_every_face(
        before in "[a-z]{0,6}",
        byte in prop::sample::select(vec![0xfc_u8, 0xe4, 0xf6, 0xdf, 0xe9, 0x80, 0xff]),
        after in "[a-z]{1,6}",
    ) {
        let bytes = [before.as_bytes(), &[byte], after.as_bytes()].concat();
        prop_assert_eq!(on_the_screen(Target::Password, &bytes), None);
        prop_assert_eq!(on_the_screen(Target::Password, &[b"\x1b[200~", &*bytes, b"\x1b[201~"].concat()), None);
        for has_pty in [true, false] {
            prop_assert_eq!(in_lines(Target::Password, has_pty, &bytes), None);
        }
        prop_assert_eq!(in_prompts(Target::Password, &bytes), None);
        prop_assert_eq!(on_standard_input(&bytes), None);
    }
}
