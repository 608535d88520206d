//! One setting of the profile, a page each behind `settings/profile`: `name`, `display-name`, `language`,
//! `time-zone`, `plain`, `no-color`.

use crate::accounts::request::profile::{Changes, ProfileRefusal, ProfileReply, ProfileRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::display_name::{self, DISPLAY_NAME_CHARS};
use crate::domain::language::Language;
use crate::domain::name::UserName;
use crate::domain::profile::Profile;
use crate::domain::time_zone::TimeZone;

use super::context::{MemberContext, Section};
use super::field::TextField;
use super::page::{Action, Field, Hint, Notice, Page, TICKED, Tone, tick};
use super::settings_profile::{SettingsProfile, shown};
use super::{Event, Flow, Step};

/// The most characters that the fields take; more than any rule, so that a paste is refused with a reason.
const MAX_TYPED: usize = 2 * DISPLAY_NAME_CHARS;

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProfileField {
    Name,
    DisplayName,
    Language,
    TimeZone,
    Plain,
    NoColor,
}

impl ProfileField {
    pub(super) const ALL: [Self; 6] =
        [Self::Name, Self::DisplayName, Self::Language, Self::TimeZone, Self::Plain, Self::NoColor];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Name => "Username",
            Self::DisplayName => "Display name",
            Self::Language => "Language",
            Self::TimeZone => "Time zone",
            Self::Plain => "Plain prompts",
            Self::NoColor => "No colours",
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
        }
    }

    const fn is_tick(self) -> bool {
        matches!(self, Self::Plain | Self::NoColor)
    }

    /// What it is good for.
    const fn meaning(self) -> &'static str {
        match self {
            Self::Name => "A change signs out your other sessions. The old name stays yours for 30 days.",
            Self::DisplayName => "Others in your teams read it beside your username.",
            Self::Language => "Only English (en) is available so far.",
            Self::TimeZone => {
                "The pages about your profile and addresses show times in it; all others, and emails, are \
                 in UTC."
            }
            Self::Plain => {
                "Line by line instead of a screen, for screen readers and scripts. It counts from your next \
                 session on, whenever your SSH key says who comes."
            }
            Self::NoColor => {
                "Nothing is coloured. It counts from your next session on, whenever your SSH key says who comes."
            }
        }
    }

    /// What there is to know before anything is typed.
    const fn rule(self) -> Option<&'static str> {
        match self {
            Self::Name => Some("Letters, digits, dots, dashes and underscores; at most 64 characters."),
            Self::DisplayName => Some("At most 128 characters."),
            Self::TimeZone => Some("UTC, a name such as Europe/Berlin, or an offset such as +02:00."),
            Self::Language | Self::Plain | Self::NoColor => None,
        }
    }

    /// As the field holds it.
    fn value(self, view: &Profile) -> &str {
        match self {
            Self::Name => &view.name,
            Self::DisplayName => &view.display_name,
            Self::Language => &view.language,
            Self::TimeZone => &view.time_zone,
            Self::Plain => tick(view.plain),
            Self::NoColor => tick(view.no_color),
        }
    }

    fn check(self, typed: &str) -> Result<(), ProfileRefusal> {
        match self {
            Self::Name => UserName::parse(typed).map(drop)?,
            Self::DisplayName => display_name::checked(typed).map(drop)?,
            Self::Language => Language::parse(typed).map(drop)?,
            Self::TimeZone => TimeZone::parse(typed).map(drop)?,
            Self::Plain | Self::NoColor => {}
        }
        Ok(())
    }

    fn changes(self, typed: &str) -> Changes {
        let none = Changes::default();
        let text = Some(typed.to_owned());
        match self {
            Self::Name => Changes { name: text, ..none },
            Self::DisplayName => Changes { display_name: text, ..none },
            Self::Language => Changes { language: text, ..none },
            Self::TimeZone => Changes { time_zone: text, ..none },
            Self::Plain => Changes { plain: Some(typed == TICKED), ..none },
            Self::NoColor => Changes { no_color: Some(typed == TICKED), ..none },
        }
    }
}

/// A member who changes one setting.
#[derive(Debug)]
pub struct ProfileSetting {
    pub(super) cx: MemberContext,
    setting: ProfileField,
    field: TextField,
    /// The profile that the change is made on.
    seen: Profile,
}

impl ProfileSetting {
    pub(super) fn new(cx: MemberContext, setting: ProfileField, seen: Profile) -> Self {
        let field = TextField::filled(setting.value(&seen));
        Self { cx, setting, field, seen }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let (page_id, field_id) = self.setting.ids();
        let mut page = self.cx.page(page_id, self.setting.label());
        page.intro.push(self.setting.meaning().into());
        let label = self.setting.label();
        page.fields.push(if self.setting.is_tick() {
            self.field.tick(field_id, label)
        } else {
            let optional = self.setting == ProfileField::DisplayName;
            Field { hint: self.hint(), optional, ..self.field.text(field_id, label, MAX_TYPED) }
        });
        let may_save = !self.cx.waiting && self.refusal().is_none();
        page.actions.push(Action::primary("save", "Save", may_save));
        page.actions.push(Action::back("Back to your profile"));
        page.actions.extend(MemberContext::navigation(Section::Profile, false));
        page.unsaved = self.field.trimmed() != self.setting.value(&self.seen);
        page
    }

    fn refusal(&self) -> Option<ProfileRefusal> {
        self.setting.check(self.field.trimmed()).err()
    }

    fn hint(&self) -> Option<Hint<'_>> {
        match self.refusal() {
            Some(refusal) if self.field.trimmed() != self.setting.value(&self.seen) => {
                Some(Hint { id: refusal.id(), tone: Tone::Bad, text: refusal.to_string().into() })
            }
            _ => self.setting.rule().map(|rule| Hint { id: "rule", tone: Tone::Neutral, text: rule.into() }),
        }
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field, value } if field == self.setting.ids().1 => self.field.typed(value),
            Event::Pressed("save") if self.refusal().is_none() => return self.save(),
            Event::Pressed("back") => return self.cx.go(Section::Profile),
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn save(&mut self) -> Step {
        if self.field.trimmed() == self.setting.value(&self.seen) {
            return self.back_with("unchanged", "Nothing was to be changed".to_owned());
        }
        let (changes, seen) = (self.setting.changes(self.field.trimmed()), Some(self.seen.version));
        self.cx
            .ask(|member| Request::Profile(member, ProfileRequest::Set { changes: Box::new(changes), seen }))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Profile(ProfileReply::Changed(member, view)) => {
                self.cx.member = member;
                let text = format!("{} is now: {}", self.setting.label(), shown(&view, self.setting));
                self.back_with("profile-changed", text)
            }
            Reply::Profile(ProfileReply::ChangedElsewhere(view)) => self.changed_elsewhere(view),
            _ => Step::Stay,
        }
    }

    /// Another session was first. If it changed something else, both changes stand; if it changed this, its
    /// change stands until the person, who is told, saves again.
    fn changed_elsewhere(&mut self, view: Profile) -> Step {
        let is_other = self.setting.value(&view) == self.setting.value(&self.seen);
        self.seen = view;
        if is_other {
            return self.save();
        }
        let text = format!(
            "Another session of yours changed this meanwhile: it is now {}, and that stays. What you typed is \
             kept here; Save puts it in its place.",
            shown(&self.seen, self.setting)
        );
        self.cx.notice = Some(Notice { tone: Tone::Bad, id: "changed-elsewhere", text: text.into() });
        Step::Stay
    }

    fn back_with(&self, id: &'static str, text: String) -> Step {
        Step::go(Flow::SettingsProfile(SettingsProfile::new(self.cx.with_toast(id, text))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::flow::settings_profile::tests::view;
    use crate::flow::testing::cx;

    fn flow(setting: ProfileField) -> Flow {
        Flow::ProfileSetting(ProfileSetting::new(cx(), setting, view()))
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
    fn a_refusal_stands_beside_the_field_and_what_was_typed_stays() {
        let pile = format!("a{}", "\u{301}".repeat(100_000));
        for (setting, value, id) in [
            (ProfileField::Name, "ada lovelace", "name-refused"),
            (ProfileField::Name, "p\u{430}ypal", "name-refused"),
            (ProfileField::Name, "ada@example.org", "name-refused"),
            (ProfileField::DisplayName, "a\u{202e}b", "display-name-refused"),
            (ProfileField::DisplayName, &pile, "display-name-refused"),
            (ProfileField::Language, "de", "language-refused"),
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
    fn nothing_to_change_asks_nothing() {
        let mut flow = flow(ProfileField::Name);
        let Step::Go(next) = flow.update(Event::Pressed("save")) else { panic!("it must go") };
        assert_eq!(next.page().toast.unwrap().id, "unchanged");
    }

    #[test]
    fn a_change_of_the_same_thing_elsewhere_is_told_and_not_overwritten_in_silence() {
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
    fn a_display_name_can_be_given_up() {
        let named = Profile { display_name: "Ada".into(), ..view() };
        let mut flow = Flow::ProfileSetting(ProfileSetting::new(cx(), ProfileField::DisplayName, named));
        assert!(flow.page().fields[0].optional);
        flow.update(Event::Typed { field: "display-name", value: "" });
        let (changes, _) = asked(flow.update(Event::Pressed("save")));
        assert_eq!(changes.display_name.as_deref(), Some(""));
    }
}
