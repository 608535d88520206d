//! One SSH key of the account: what is known of it, its comment, removing it. Page `settings/keys/key`.

use crate::accounts::request::keys::{KeysReply, KeysRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::ssh_key::COMMENT_CHARS;
use crate::domain::timestamp::Timestamp;

use super::context::{MemberContext, Section};
use super::field::TextField;
use super::page::{Action, Notice, Page, Tone};
use super::settings_keys::SettingsKeys;
use super::{Event, Flow, Step};

/// A member looking at one of their keys.
#[derive(Debug)]
pub struct SettingsKey {
    pub(super) cx: MemberContext,
    /// As it was seen last.
    key: RegisteredKey,
    comment: TextField,
}

impl SettingsKey {
    /// The page of `key`.
    pub(super) fn new(cx: MemberContext, key: RegisteredKey) -> Self {
        let comment = TextField::filled(&key.comment);
        Self { cx, key, comment }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/keys/key", "SSH key");
        let key = &self.key;
        let used = key.last_used_at.map_or_else(|| "never".to_owned(), Timestamp::date_minute);
        page.intro = vec![
            key.fingerprint.to_string().into(),
            format!("Kind: {}", key.algorithm).into(),
            format!("Added: {}", key.added_at.date_minute()).into(),
            format!("Last used: {used}").into(),
            proven(key, self.cx.member.name(), &self.cx.portal).into(),
        ];
        page.fields = vec![self.comment.text("comment", "Comment", COMMENT_CHARS).optional()];
        page.actions = vec![
            Action::primary("rename", "Save comment", !self.cx.waiting),
            Action::grave("remove", "Remove this key", true),
            Action::back("Back to your keys"),
        ];
        page.outro = vec!["Removing a key signs you out everywhere else.".into()];
        page.actions.extend(MemberContext::navigation(Section::Keys, false));
        page.unsaved = self.comment.trimmed() != key.comment;
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "comment", value } => self.comment.typed(value),
            Event::Pressed("rename") => return self.rename(),
            Event::Pressed("remove") => {
                return self.ask(KeysRequest::Remove { key: self.key.id.clone() });
            }
            Event::Pressed("back") => return self.cx.go(Section::Keys),
            Event::Replied(reply) => return self.replied(reply),
            _ => {}
        }
        Step::Stay
    }

    fn rename(&mut self) -> Step {
        let (key, seen) = (self.key.id.clone(), Some(self.key.comment.clone()));
        self.ask(KeysRequest::Rename { key, seen, comment: self.comment.trimmed().to_owned() })
    }

    fn ask(&mut self, ask: KeysRequest) -> Step {
        self.cx.ask(|member| Request::Keys(member, ask))
    }

    fn replied(&mut self, reply: Reply) -> Step {
        match reply {
            Reply::Keys(KeysReply::Renamed(key)) => {
                self.comment.set(&key.comment);
                self.key = key;
                self.cx.toast("key-renamed", "The comment is saved.");
            }
            Reply::Keys(KeysReply::RenamedElsewhere(key)) => {
                let text = format!(
                    "Another session has made it \"{}\" meanwhile. Nothing was changed. Save again to have yours.",
                    key.comment
                );
                self.cx.notice =
                    Some(Notice { tone: Tone::Bad, id: "key-renamed-elsewhere", text: text.into() });
                self.key = key;
            }
            Reply::Keys(KeysReply::Removed(member, _)) => {
                self.cx.member = member;
                let cx = self.cx.with_toast("key-removed", "The key is removed.");
                return Step::go(Flow::SettingsKeys(SettingsKeys::new(cx)));
            }
            _ => {}
        }
        Step::Stay
    }
}

/// Whether somebody has shown to hold it, and how to.
fn proven(key: &RegisteredKey, name: &str, portal: &PortalInfo) -> String {
    let ssh = portal.ssh("", name);
    match key.verified_at {
        Some(at) => format!("Proven to be yours {}.", at.date_minute()),
        None => {
            format!("Not proven to be yours yet: sign in over a connection with it, or run: {ssh} whoami")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings_keys::tests::key;
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::flow::testing::{cx, portal};

    fn opened() -> Flow {
        Flow::SettingsKey(SettingsKey::new(cx(), key("ada@laptop")))
    }

    #[test]
    fn a_portal_that_says_where_it_is_reached_names_the_command_that_proves_a_key() {
        let key = RegisteredKey { verified_at: None, ..key("ada@laptop") };
        let there = PortalInfo { address: "portal.example.org:2222".parse().ok(), ..portal() };
        let said = proven(&key, "ada", &there);
        assert!(said.ends_with("run: ssh -p 2222 ada@portal.example.org whoami"), "{said}");
        assert!(proven(&key, "ada", &portal()).ends_with("run: ssh ada@HOST whoami"));
    }

    #[test]
    fn a_comment_is_saved_against_the_one_that_was_seen() {
        let mut flow = opened();
        assert!(!flow.page().unsaved);
        flow.update(Event::Typed { field: "comment", value: " desk " });
        assert!(flow.page().unsaved);
        let Step::Ask(Request::Keys(_, KeysRequest::Rename { seen, comment, .. })) =
            flow.update(Event::Pressed("rename"))
        else {
            panic!("it must ask")
        };
        assert_eq!((seen.as_deref(), comment.as_str()), (Some("ada@laptop"), "desk"));
        flow.update(Event::Replied(Reply::Keys(KeysReply::Renamed(key("desk")))));
        let page = flow.page();
        assert_eq!((page.fields[0].value.expose(), page.unsaved), ("desk", false));
        assert_eq!(page.toast.unwrap().id, "key-renamed");
    }

    #[test]
    fn who_is_late_sees_the_other_comment_and_keeps_what_was_typed() {
        let mut flow = opened();
        flow.update(Event::Typed { field: "comment", value: "desk" });
        flow.update(Event::Pressed("rename"));
        flow.update(Event::Replied(Reply::Keys(KeysReply::RenamedElsewhere(key("tower")))));
        let page = flow.page();
        assert!(page.notice.unwrap().text.contains("\"tower\""));
        assert_eq!(page.fields[0].value.expose(), "desk");
        let step = flow.update(Event::Pressed("rename"));
        assert!(matches!(
            step,
            Step::Ask(Request::Keys(_, KeysRequest::Rename { seen: Some(seen), .. })) if seen == "tower"
        ));
    }

    #[test]
    fn removing_goes_on_with_the_newer_proof_at_the_list() {
        let mut flow = opened();
        assert!(matches!(
            flow.update(Event::Pressed("remove")),
            Step::Ask(Request::Keys(_, KeysRequest::Remove { key })) if key == "key-1"
        ));
        let newer = SignedIn::for_test("grace");
        let step = flow.update(Event::Replied(Reply::Keys(KeysReply::Removed(newer, key("x")))));
        let Step::Go(next) = step else { panic!("it must go") };
        let page = next.page();
        assert_eq!((page.id, page.signed_in_as), ("settings/keys", Some("grace")));
        assert_eq!(page.toast.unwrap().id, "key-removed");
    }

    #[test]
    fn a_key_says_how_to_prove_it_until_it_is() {
        assert!(opened().page().intro[4].contains("run: ssh ada@HOST whoami"));
        let mut proven = key("x");
        proven.verified_at = Some(proven.added_at);
        let flow = Flow::SettingsKey(SettingsKey::new(cx(), proven));
        assert_eq!(flow.page().intro[4], "Proven to be yours 2026-11-22 14:05 UTC.");
    }
}
