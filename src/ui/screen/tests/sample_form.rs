//! Sample pages with their values, and a screen to type on.

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Screen;
use crate::domain::portal::PortalInfo;
use crate::domain::secret::Secret;
use crate::flow::page::{
    Action, ActionKind, CopyText, Field, Figure, Hint, Notice, Page, PictureNeeds, Place, Places, Table,
    Toast, Tone, Value,
};
use crate::label;
use crate::messages::Language;
use crate::terminal::capabilities::Charset;
use crate::terminal::input::{Framer, Input};
use crate::ui::UserAction;

pub(super) fn portal() -> PortalInfo {
    let support = "Help form: support@acme.example, +1 555 0100".into();
    PortalInfo { support, ..crate::flow::testing::portal() }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FieldKind {
    SignIn,
    EnterCode,
    NewPassword,
    ChangePassword,
    Teams,
    NoTeams,
    Team,
    /// A picture and a code.
    Enrol,
    /// Navigation, several sentences, a checkbox.
    Case,
    /// One line that is longer than the field.
    Key,
}

pub(super) const KINDS: [FieldKind; 10] = [
    FieldKind::SignIn,
    FieldKind::EnterCode,
    FieldKind::NewPassword,
    FieldKind::ChangePassword,
    FieldKind::Teams,
    FieldKind::NoTeams,
    FieldKind::Team,
    FieldKind::Enrol,
    FieldKind::Case,
    FieldKind::Key,
];

/// The values behind a sample page, as a flow would own them.
#[derive(Debug)]
pub(super) struct SampleForm {
    pub(super) kind: FieldKind,
    pub(super) language: Language,
    pub(super) text: String,
    pub(super) secrets: [Secret; 3],
    pub(super) revision: u32,
    pub(super) notice: Option<Notice<'static>>,
    pub(super) toast: Option<&'static str>,
    pub(super) waiting: bool,
    pub(super) rows: usize,
}

impl SampleForm {
    pub(super) fn new(kind: FieldKind) -> Self {
        Self {
            kind,
            language: Language::default(),
            text: String::new(),
            secrets: Default::default(),
            revision: 0,
            notice: None,
            toast: None,
            waiting: false,
            rows: 3,
        }
    }

    fn text(&self, id: &'static str, label: &'static str) -> Field<'_> {
        field(id, label, Value::Text(&self.text), 254, self.revision)
    }

    fn secret(&self, n: usize, id: &'static str, label: &'static str) -> Field<'_> {
        field(id, label, Value::Secret(&self.secrets[n]), 64, self.revision)
    }

    fn mismatch(&self, a: usize, b: usize) -> Option<Hint<'static>> {
        let (a, b) = (&self.secrets[a], &self.secrets[b]);
        (!b.is_empty() && a != b).then(|| hint(Tone::Bad, "Passwords Do Not Match"))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = match self.kind {
            FieldKind::SignIn => self.sign_in(),
            FieldKind::EnterCode => self.enter_code(),
            FieldKind::NewPassword => self.new_password(),
            FieldKind::ChangePassword => self.change_password(),
            FieldKind::Teams | FieldKind::NoTeams => self.teams(),
            FieldKind::Team => self.team(),
            FieldKind::Enrol => self.enrol(),
            FieldKind::Case => self.case(),
            FieldKind::Key => self.key(),
        };
        page.notice.clone_from(&self.notice);
        page.toast = self.toast.map(|text| Toast { id: "toast", text: text.into() });
        page.waiting = self.waiting;
        page.language = self.language;
        page.unsaved = page.fields.iter().any(|field| !field.value.expose().is_empty());
        page
    }

    fn sign_in(&self) -> Page<'_> {
        Page {
            id: "sign-in",
            title: "Sign in to your account".into(),
            fields: vec![self.text("name", "Email or username"), self.secret(0, "password", "Password")],
            actions: vec![
                action("sign-in", "Sign in", ActionKind::Primary, true),
                action("forgot", "Forgot your password?", ActionKind::Link, true),
                action("invitation", "I have an invitation", ActionKind::Link, true),
            ],
            outro: vec!["Need help? support@acme.example".into()],
            ..Page::default()
        }
    }

    fn enter_code(&self) -> Page<'_> {
        Page {
            id: "enter-code",
            title: "Check your email".into(),
            intro: vec![
                "If “ada” is the name or address of an account, a code was sent to its address.".into(),
                "The code is valid for 10 minutes after it was sent from doorkey@acme.example.".into(),
            ],
            fields: vec![field("code", "Code", Value::Code(&self.text), 8, self.revision)],
            actions: vec![
                action("continue", "Continue", ActionKind::Primary, true),
                action("resend", "Send another code", ActionKind::Link, false),
                action("change", "Change address", ActionKind::Link, true),
                action("back", "Back", ActionKind::Back, true),
            ],
            outro: vec![
                "Nothing there? Look in the spam or junk folder, and check the spelling of what you typed."
                    .into(),
                "Another code can be asked for at 14:03 UTC.".into(),
                "Still stuck? support@acme.example".into(),
            ],
            ..Page::default()
        }
    }

    fn new_password(&self) -> Page<'_> {
        let mut first = self.secret(0, "new", "New password");
        first.hint = Some(match self.secrets[0].expose().len() {
            0 => hint(Tone::Neutral, "At least 15 characters; a few words are best"),
            n if n < 15 => hint(Tone::Neutral, "Too short"),
            _ => hint(Tone::Good, "Strong"),
        });
        let mut second = self.secret(1, "confirm", "Confirm new password");
        second.hint = self.mismatch(0, 1);
        let ready = self.secrets[0] == self.secrets[1] && !self.secrets[0].is_empty();
        Page {
            id: "new-password",
            title: "Choose a new password".into(),
            intro: vec!["For the account ada.".into()],
            fields: vec![first, second],
            actions: vec![action("save", "Save", ActionKind::Primary, ready)],
            ..Page::default()
        }
    }

    fn change_password(&self) -> Page<'_> {
        let mut third = self.secret(2, "confirm", "Confirm new password");
        third.hint = self.mismatch(1, 2);
        let ready = self.secrets.iter().all(|s| !s.is_empty()) && self.secrets[1] == self.secrets[2];
        Page {
            id: "settings/password",
            title: "Password".into(),
            fields: vec![
                self.secret(0, "current", "Current password"),
                self.secret(1, "new", "New password"),
                third,
            ],
            actions: vec![
                action("update", "Update", ActionKind::PrimaryUpperRight, ready),
                action("back", "Back", ActionKind::Back, true),
            ],
            signed_in_as: Some("ada"),
            ..Page::default()
        }
    }

    fn teams(&self) -> Page<'_> {
        let rows = if self.kind == FieldKind::NoTeams { 0 } else { self.rows };
        let team = |n: usize| {
            let name = ["Analytical Engine", "Difference", "漢字 team"][n % 3];
            vec![format!("{name} {n}").into(), "owner".into(), (n * 7).to_string().into()]
        };
        Page {
            id: "teams",
            title: "Your teams".into(),
            table: Some(Table {
                columns: vec!["Team", "Your role", "Members"],
                rows: (0..rows).map(team).collect(),
                opens: true,
                empty: "You are in no team yet. Ask the owner of a team to add ada.".into(),
                ..Table::default()
            }),
            actions: vec![
                action("password", "Change password", ActionKind::Link, true),
                action("sign-out", "Sign out", ActionKind::Link, true),
            ],
            signed_in_as: Some("ada"),
            ..Page::default()
        }
    }

    fn team(&self) -> Page<'_> {
        Page {
            id: "team",
            title: "Analytical Engine".into(),
            intro: vec![format!("Everything about the engine. Your role: owner. {}", self.text).into()],
            table: Some(Table {
                columns: vec!["Member", "Name", "Role"],
                rows: vec![
                    vec!["ada".into(), "Ada Lovelace".into(), "owner".into()],
                    vec!["charles".into(), "Charles Babbage".into(), "member".into()],
                ],
                opens: false,
                ..Table::default()
            }),
            actions: vec![action("back", "Back", ActionKind::Back, true)],
            signed_in_as: Some("ada"),
            ..Page::default()
        }
    }

    fn enrol(&self) -> Page<'_> {
        let lines = (0..19).map(|n| if n % 2 == 0 { "█▀▄ " } else { "▄▀ █" }.repeat(9).into()).collect();
        Page {
            id: "enrol",
            title: "Authenticator app".into(),
            intro: vec![
                "Scan the picture, or type this secret into the app:".into(),
                "ABCD EFGH IJKL".into(),
            ],
            figure: Some(Figure {
                lines,
                alt: "A picture to scan is shown on terminals of 36x19 and larger.".into(),
                picture: Some(PictureNeeds {
                    utf8: "A picture needs UTF-8.",
                    colours: "A picture needs colours.",
                    whole_screen: "F3 shows the picture.",
                }),
            }),
            fields: vec![field("code", "Code from the app", Value::Code(&self.text), 6, self.revision)],
            actions: vec![
                action("continue", "Turn on", ActionKind::Primary, true),
                action("copy", "Copy the secret", ActionKind::Copy, true),
                action("back", "Back", ActionKind::Back, true),
            ],
            copies: vec![CopyText { action: "copy", text: "ABCDEFGHIJKL".into() }],
            signed_in_as: Some("ada"),
            ..Page::default()
        }
    }

    fn case(&self) -> Page<'_> {
        let navigation = [
            action("profile", "Profile", ActionKind::Tab { here: true }, false),
            action("keys", "SSH keys", ActionKind::Tab { here: false }, true),
            action("teams", "Teams", ActionKind::Section { here: false }, true),
            action("settings", "Settings", ActionKind::Section { here: true }, false),
            action("sign-out", "Sign out", ActionKind::Exit, true),
        ];
        let mut actions = vec![action("send", "Send", ActionKind::Primary, !self.secrets[1].is_empty())];
        actions.extend(navigation);
        Page {
            id: "case",
            title: "A new case".into(),
            fields: vec![
                field("text", "Trouble signing in?", Value::LongText(&self.text), 500, self.revision),
                field(
                    "read",
                    "I have read this",
                    Value::Checkbox(!self.secrets[1].is_empty()),
                    3,
                    self.revision,
                ),
            ],
            actions,
            places: Some(Places { all: &PLACES, here: 1, is_it: true }),
            signed_in_as: Some("ada"),
            ..Page::default()
        }
    }

    fn key(&self) -> Page<'_> {
        Page {
            id: "key",
            title: "Add an SSH key".into(),
            fields: vec![field("text", "Public key", Value::Folded(&self.text), 500, self.revision)],
            actions: vec![action("add", "Add this key", ActionKind::Primary, true)],
            signed_in_as: Some("ada"),
            ..Page::default()
        }
    }

    /// Stores a typed value, as a flow does on `Typed`.
    fn typed(&mut self, id: &str, value: &str) {
        match (self.kind, id) {
            (FieldKind::SignIn, "name") | (_, "code" | "text") => value.clone_into(&mut self.text),
            (FieldKind::SignIn, _) | (FieldKind::NewPassword, "new") | (_, "current") => {
                self.secrets[0].set(value);
            }
            (FieldKind::NewPassword, _) | (_, "new" | "read") => self.secrets[1].set(value),
            _ => self.secrets[2].set(value),
        }
    }
}

const PLACES: [Place; 3] = [
    Place { id: "teams", label: label!("section-teams"), is_tab: false },
    Place { id: "profile", label: label!("section-profile"), is_tab: true },
    Place { id: "keys", label: label!("section-keys"), is_tab: true },
];

fn field<'a>(
    id: &'static str,
    label: &'static str,
    value: Value<'a>,
    max_chars: usize,
    revision: u32,
) -> Field<'a> {
    Field { id, label, value, revision, max_chars, hint: None, optional: false }
}

fn hint(tone: Tone, text: &'static str) -> Hint<'static> {
    Hint { id: "hint", tone, text: text.into(), meter: None }
}

const fn action(id: &'static str, label: &'static str, kind: ActionKind, active: bool) -> Action {
    Action { id, label, kind, active }
}

/// A screen that shows a sample page.
pub(super) struct TestScreen {
    pub(super) form: SampleForm,
    pub(super) screen: Screen,
    framer: Framer,
    pub(super) cursor: Option<(u16, u16)>,
}

impl TestScreen {
    pub(super) fn of(kind: FieldKind) -> Self {
        Self::new(SampleForm::new(kind), Charset::Utf8)
    }

    pub(super) fn new(form: SampleForm, charset: Charset) -> Self {
        let mut screen = Screen::new(charset);
        screen.show(&form.page());
        Self { form, screen, framer: Framer::new(), cursor: None }
    }

    /// Types `keys` one by one, as a session does, and returns the resulting actions.
    pub(super) fn press(&mut self, keys: &str) -> Vec<UserAction> {
        self.press_bytes(keys.as_bytes())
    }

    pub(super) fn press_bytes(&mut self, bytes: &[u8]) -> Vec<UserAction> {
        let mut inputs = VecDeque::new();
        self.framer.feed(bytes, &mut inputs);
        self.framer.flush(&mut inputs);
        inputs.into_iter().map(|input| self.send(input)).collect()
    }

    pub(super) fn send(&mut self, input: Input) -> UserAction {
        let action = self.screen.input(input, &self.form.page());
        if let UserAction::Typed { field, value } = &action {
            self.form.typed(field, value);
        }
        self.screen.show(&self.form.page());
        action
    }

    /// Types `keys` and returns the last action.
    pub(super) fn press_last(&mut self, keys: &str) -> UserAction {
        self.press(keys).pop().unwrap()
    }

    pub(super) fn draw(&mut self, cols: u16, rows: u16) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
        self.cursor = self.screen.draw(&self.form.page(), &portal(), &mut buffer);
        buffer
    }

    pub(super) fn text(&mut self, cols: u16, rows: u16) -> String {
        text_of(&self.draw(cols, rows))
    }
}

/// The characters of `buffer`, without trailing spaces.
pub(super) fn text_of(buffer: &Buffer) -> String {
    use ratatui::buffer::CellWidth;
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        let mut row = String::new();
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
