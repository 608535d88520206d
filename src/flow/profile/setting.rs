//! One setting of the profile, a page each behind `settings/profile`: `name`, `display-name`, `language`,
//! `time-zone`, `plain`, `no-color`, `appearance`.

use strum::EnumCount;

use crate::accounts::request::profile::{Changes, ProfileRefusal, ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::appearance::Appearance;
use crate::domain::display_name::{self, DISPLAY_NAME_CHARS};
use crate::domain::name::UserName;
use crate::domain::profile::Profile;
use crate::domain::time_zone::TimeZone;
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Field, Hint, Notice, Page, TICKED, Table, Tone, tick};
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::messages::{Label, LanguageChoice};
use crate::{label, text};

use super::overview::{appearance, shown};

/// The most characters that the fields take; more than any rule, so that a paste is refused with a reason.
const MAX_TYPED: usize = 2 * DISPLAY_NAME_CHARS;

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount)]
pub(super) enum ProfileField {
    Name,
    DisplayName,
    Language,
    TimeZone,
    Plain,
    NoColor,
    Appearance,
}

/// One value of a setting that is not typed.
#[derive(Clone, Copy, Debug)]
struct Choice {
    /// As the field holds it.
    value: &'static str,
    /// As it is shown.
    word: &'static str,
    meaning: &'static str,
}

impl ProfileField {
    /// In the order of their rows.
    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::Name,
        Self::DisplayName,
        Self::Language,
        Self::TimeZone,
        Self::Plain,
        Self::NoColor,
        Self::Appearance,
    ];

    pub(super) const fn label(self) -> Label {
        match self {
            Self::Name => label!("username"),
            Self::DisplayName => label!("profile-display-name"),
            Self::Language => label!("profile-language"),
            Self::TimeZone => label!("profile-time-zone"),
            Self::Plain => label!("profile-plain"),
            Self::NoColor => label!("profile-no-color"),
            Self::Appearance => label!("profile-appearance"),
        }
    }

    /// The page's id, and the field's.
    const fn ids(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("settings/profile/name", "name"),
            Self::DisplayName => ("settings/profile/display-name", "display-name"),
            Self::Language => ("settings/profile/language", "language"),
            Self::TimeZone => ("settings/profile/time-zone", "time-zone"),
            Self::Plain => ("settings/profile/plain", "plain"),
            Self::NoColor => ("settings/profile/no-color", "no-color"),
            Self::Appearance => ("settings/profile/appearance", "appearance"),
        }
    }

    const fn is_checkbox(self) -> bool {
        matches!(self, Self::Plain | Self::NoColor)
    }

    /// What there is to choose from, where nothing is typed.
    fn choices(self, cx: &MemberContext) -> Option<[Choice; 3]> {
        match self {
            Self::Appearance => Some(Appearance::ALL.map(|one| Choice {
                value: one.as_str(),
                word: appearance(one).to(cx),
                meaning: match one {
                    Appearance::Auto => text!(cx, "profile-appearance-auto-meaning"),
                    Appearance::Dark => text!(cx, "profile-appearance-dark-meaning"),
                    Appearance::Light => text!(cx, "profile-appearance-light-meaning"),
                },
            })),
            Self::Language => Some(LanguageChoice::ALL.map(|one| match one.chosen() {
                None => Choice {
                    value: one.as_str(),
                    word: text!(cx, "profile-auto"),
                    meaning: text!(cx, "profile-language-auto-meaning"),
                },
                Some(language) => {
                    Choice { value: one.as_str(), word: language.tag(), meaning: language.name() }
                }
            })),
            _ => None,
        }
    }

    /// The heading of the meanings.
    const fn meaning_heading(self) -> Label {
        match self {
            Self::Language => label!("profile-language-name"),
            _ => label!("profile-appearance-colours"),
        }
    }

    /// What it does.
    const fn explanation(self) -> Label {
        match self {
            Self::Name => label!("profile-name-explanation"),
            Self::DisplayName => label!("profile-display-name-explanation"),
            Self::Language => label!("profile-language-explanation"),
            Self::TimeZone => label!("profile-time-zone-explanation"),
            Self::Plain => label!("profile-plain-explanation"),
            Self::NoColor => label!("profile-no-color-explanation"),
            Self::Appearance => label!("profile-appearance-explanation"),
        }
    }

    /// The rule for what is typed.
    const fn rule(self) -> Option<Label> {
        match self {
            Self::Name => Some(label!("profile-name-rule")),
            Self::DisplayName => Some(label!("profile-display-name-rule")),
            Self::TimeZone => Some(label!("profile-time-zone-rule")),
            Self::Language | Self::Plain | Self::NoColor | Self::Appearance => None,
        }
    }

    /// As the field holds it.
    fn value(self, profile: &Profile) -> &str {
        match self {
            Self::Name => &profile.name,
            Self::DisplayName => &profile.display_name,
            Self::Language => profile.language.as_str(),
            Self::TimeZone => &profile.time_zone,
            Self::Plain => tick(profile.plain),
            Self::NoColor => tick(profile.no_color),
            Self::Appearance => profile.appearance.as_str(),
        }
    }

    fn check(self, typed: &str) -> Result<(), ProfileRefusal> {
        match self {
            Self::Name => UserName::parse(typed).map(drop)?,
            Self::DisplayName => display_name::checked(typed).map(drop)?,
            Self::TimeZone => TimeZone::parse(typed).map(drop)?,
            Self::Language | Self::Plain | Self::NoColor | Self::Appearance => {}
        }
        Ok(())
    }

    fn changes(self, typed: &str) -> Changes {
        let none = Changes::default();
        let text = Some(typed.to_owned());
        match self {
            Self::Name => Changes { name: text, ..none },
            Self::DisplayName => Changes { display_name: text, ..none },
            Self::Language => Changes { language: typed.parse().ok(), ..none },
            Self::TimeZone => Changes { time_zone: text, ..none },
            Self::Plain => Changes { plain: Some(typed == TICKED), ..none },
            Self::NoColor => Changes { no_color: Some(typed == TICKED), ..none },
            Self::Appearance => Changes { appearance: typed.parse().ok(), ..none },
        }
    }
}

/// The form for one setting.
#[derive(Debug)]
pub struct ProfileSettingPage {
    pub(in crate::flow) cx: MemberContext,
    setting: ProfileField,
    field: TextField,
    /// The profile that the change is based on.
    seen: Profile,
}

impl ProfileSettingPage {
    pub(super) fn new(cx: MemberContext, setting: ProfileField, seen: Profile) -> Self {
        let field = TextField::filled(setting.value(&seen));
        Self { cx, setting, field, seen }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let ((page_id, field_id), label) = (self.setting.ids(), self.setting.label().to(&self.cx));
        let page = self.cx.page(page_id, label).intro(self.setting.explanation().to(&self.cx));
        if let Some(choices) = self.setting.choices(&self.cx) {
            let now = self.setting.value(&self.seen);
            let rows = choices.map(|Choice { value, word, meaning }| {
                [word, meaning, if value == now { text!(self.cx, "yes") } else { "" }]
            });
            let meaning = self.setting.meaning_heading().to(&self.cx);
            return page
                .table(Table::opening([label, meaning, text!(self.cx, "profile-now")], rows))
                .back(text!(self.cx, "back-to-profile"))
                .within(Section::Profile);
        }
        let field = if self.setting.is_checkbox() {
            self.field.tick(field_id, label)
        } else {
            let optional = self.setting == ProfileField::DisplayName;
            Field { hint: self.hint(), optional, ..self.field.text(field_id, label, MAX_TYPED) }
        };
        page.field(field)
            .action(Action::primary("save", text!(self.cx, "save")).active_if(self.refusal().is_none()))
            .back(text!(self.cx, "back-to-profile"))
            .within(Section::Profile)
            .unsaved(self.is_changed())
    }

    fn is_changed(&self) -> bool {
        self.field.trimmed() != self.setting.value(&self.seen)
    }

    fn refusal(&self) -> Option<ProfileRefusal> {
        self.setting.check(self.field.trimmed()).err()
    }

    fn hint(&self) -> Option<Hint<'_>> {
        match self.refusal() {
            Some(refusal) if self.is_changed() => Some(Hint {
                id: refusal.id(),
                tone: Tone::Bad,
                text: refusal.message().to(&self.cx).into(),
                meter: None,
            }),
            _ => self.setting.rule().map(|rule| Hint {
                id: "rule",
                tone: Tone::Neutral,
                text: rule.to(&self.cx).into(),
                meter: None,
            }),
        }
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field, value } if field == self.setting.ids().1 => self.field.typed(value),
            Event::Opened(row) => {
                match self.setting.choices(&self.cx).and_then(|choices| choices.get(row).copied()) {
                    Some(choice) => {
                        self.field.typed(choice.value);
                        self.save()
                    }
                    None => Step::Stay,
                }
            }
            Event::Pressed("save") if self.refusal().is_none() => self.save(),
            Event::Pressed("back") => self.cx.go(Section::Profile),
            Event::Replied(Reply::Profile(ProfileReply::Changed(member, profile))) => {
                self.cx.member = member;
                // Where the language was changed, in the new one.
                let cx = self.cx.fresh();
                let (setting, value) = (self.setting.label().to(&cx), shown(&profile, self.setting, &cx));
                let text = text!(cx, "profile-changed", setting, value);
                self.cx.go_with_toast(Section::Profile, "profile-changed", text)
            }
            Event::Replied(Reply::Profile(ProfileReply::ChangedElsewhere(profile))) => {
                self.changed_elsewhere(profile)
            }
            _ => Step::Stay,
        }
    }

    fn save(&mut self) -> Step {
        if !self.is_changed() {
            let text = text!(self.cx, "profile-unchanged");
            return self.cx.go_with_toast(Section::Profile, "unchanged", text);
        }
        let changes = Box::new(self.setting.changes(self.field.trimmed()));
        self.cx.ask(Request::Profile, ProfileRequest::Set { changes, seen: Some(self.seen.version) })
    }

    /// Another session saved first. If it changed something else, both changes are kept; if it changed this
    /// setting, its change is kept until the person saves again.
    fn changed_elsewhere(&mut self, profile: Profile) -> Step {
        let is_other = self.setting.value(&profile) == self.setting.value(&self.seen);
        self.seen = profile;
        if is_other {
            return self.save();
        }
        let value = shown(&self.seen, self.setting, &self.cx);
        let text = text!(self.cx, "profile-changed-elsewhere", value);
        self.cx.notify(Notice::bad("changed-elsewhere", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::flow::Flow;
    use crate::flow::profile::overview::tests::view;
    use crate::flow::testing::cx;
    use crate::messages::Language;

    fn flow(setting: ProfileField) -> Flow {
        Flow::ProfileSettingPage(ProfileSettingPage::new(cx(), setting, view()))
    }

    fn typed(setting: ProfileField, value: &str) -> Flow {
        let mut flow = flow(setting);
        flow.update(Event::Typed { field: setting.ids().1, value });
        flow
    }

    fn asked(step: Step) -> (Changes, Option<i64>) {
        match step {
            Step::Ask(Request::Profile(_, ProfileRequest::Set { changes, seen })) => (*changes, seen),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_is_shown_beside_the_field_and_what_was_typed_stays() {
        let pile = format!("a{}", "\u{301}".repeat(100_000));
        for (setting, value, id) in [
            (ProfileField::Name, "ada lovelace", "name-refused"),
            (ProfileField::Name, "p\u{430}ypal", "name-refused"),
            (ProfileField::Name, "ada@example.org", "name-refused"),
            (ProfileField::DisplayName, "a\u{202e}b", "display-name-refused"),
            (ProfileField::DisplayName, &pile, "display-name-refused"),
            (ProfileField::TimeZone, "Europe/Nowhere", "time-zone-refused"),
        ] {
            let mut flow = typed(setting, value);
            let page = flow.page();
            let hint = page.fields[0].hint.as_ref().unwrap();
            assert_eq!((hint.id, hint.tone), (id, Tone::Bad));
            assert_eq!(page.fields[0].value.expose(), value);
            assert!(!page.actions[0].active && page.unsaved);
            assert!(matches!(flow.update(Event::Pressed("save")), Step::Stay));
        }
    }

    #[test]
    fn only_what_is_edited_is_changed_and_on_the_version_that_was_seen() {
        let mut flow = typed(ProfileField::TimeZone, " Europe/Berlin ");
        let (changes, seen) = asked(flow.update(Event::Pressed("save")));
        assert_eq!(changes, Changes { time_zone: Some("Europe/Berlin".into()), ..Changes::default() });
        assert_eq!(seen, Some(3));
        let mut flow = typed(ProfileField::NoColor, "");
        let (changes, _) = asked(flow.update(Event::Pressed("save")));
        assert_eq!(changes, Changes { no_color: Some(false), ..Changes::default() });
        let newer = Profile { no_color: false, ..view() };
        let saved = ProfileReply::Changed(SignedIn::for_test("ada"), newer);
        let Step::Go(next) = flow.update(Event::Replied(Reply::Profile(saved))) else { panic!("it must go") };
        assert_eq!(next.page().toast.unwrap().text, "No colours is now: no");
    }

    #[test]
    fn a_language_is_chosen_from_a_list_and_the_next_page_is_in_it() {
        let mut flow = flow(ProfileField::Language);
        let page = flow.page();
        assert!(page.fields.is_empty(), "nothing is typed");
        let rows = [["auto", "as your client says", "yes"], ["en", "English", ""], ["de", "Deutsch", ""]];
        assert_eq!(page.table.unwrap().rows, rows);
        assert!(matches!(flow.update(Event::Opened(3)), Step::Stay));
        let (changes, seen) = asked(flow.update(Event::Opened(2)));
        let german = LanguageChoice::Chosen(Language::German);
        assert_eq!((changes, seen), (Changes { language: Some(german), ..Changes::default() }, Some(3)));
        let member = SignedIn::in_language_for_test("ada", Language::German);
        let saved = ProfileReply::Changed(member, Profile { language: german, ..view() });
        let Step::Go(next) = flow.update(Event::Replied(Reply::Profile(saved))) else { panic!("it must go") };
        let page = next.page();
        assert_eq!(page.language, Language::German);
        assert_eq!(page.toast.unwrap().text, "Sprache: jetzt Deutsch (de)");
    }

    #[test]
    fn an_appearance_is_chosen_from_a_list_and_not_typed() {
        let mut flow = flow(ProfileField::Appearance);
        let page = flow.page();
        assert!(page.fields.is_empty() && !page.unsaved);
        let table = page.table.unwrap();
        let words: Vec<_> = table.rows.iter().map(|row| format!("{} {}", row[0], row[2])).collect();
        assert_eq!(words, ["auto yes", "dark ", "light "]);
        let (changes, _) = asked(flow.update(Event::Opened(2)));
        assert_eq!(changes, Changes { appearance: Some(Appearance::Light), ..Changes::default() });
        assert!(matches!(flow.update(Event::Opened(3)), Step::Stay));
    }

    #[test]
    fn nothing_to_change_asks_nothing() {
        let mut flow = flow(ProfileField::Name);
        let Step::Go(next) = flow.update(Event::Pressed("save")) else { panic!("it must go") };
        assert_eq!(next.page().toast.unwrap().id, "unchanged");
    }

    #[test]
    fn a_change_of_the_same_thing_elsewhere_is_shown_and_not_silently_overwritten() {
        let mut flow = typed(ProfileField::DisplayName, "Ada");
        asked(flow.update(Event::Pressed("save")));
        let newer = Profile { display_name: "Countess".into(), version: 4, ..view() };
        flow.update(Event::Replied(Reply::Profile(ProfileReply::ChangedElsewhere(newer))));
        let page = flow.page();
        let notice = page.notice.unwrap();
        assert!(notice.id == "changed-elsewhere" && notice.text.contains("Countess"), "{notice:?}");
        assert_eq!(page.fields[0].value.expose(), "Ada");
        let (changes, seen) = asked(flow.update(Event::Pressed("save")));
        assert_eq!((changes.display_name.as_deref(), seen), (Some("Ada"), Some(4)));
    }

    #[test]
    fn a_change_of_something_else_elsewhere_goes_together_with_this_one() {
        let mut flow = typed(ProfileField::DisplayName, "Ada");
        flow.update(Event::Pressed("save"));
        let newer = Profile { time_zone: "UTC".into(), version: 4, ..view() };
        let (_, seen) =
            asked(flow.update(Event::Replied(Reply::Profile(ProfileReply::ChangedElsewhere(newer)))));
        assert_eq!(seen, Some(4));
    }

    #[test]
    fn a_display_name_can_be_cleared() {
        let named = Profile { display_name: "Ada".into(), ..view() };
        let mut flow =
            Flow::ProfileSettingPage(ProfileSettingPage::new(cx(), ProfileField::DisplayName, named));
        assert!(flow.page().fields[0].optional);
        flow.update(Event::Typed { field: "display-name", value: "" });
        let (changes, _) = asked(flow.update(Event::Pressed("save")));
        assert_eq!(changes.display_name.as_deref(), Some(""));
    }
}
