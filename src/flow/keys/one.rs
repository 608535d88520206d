//! One SSH key of the account: edit its comment, or remove it; one that a reset has suspended is kept or removed.
//! Page `settings/keys/key`.

use crate::accounts::request::keys::{KeysReply, KeysRequest};
use crate::accounts::request::{Reply, Request};
use crate::domain::portal::PortalInfo;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::ssh_key::COMMENT_CHARS;
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Notice, Page};
use crate::flow::review::ReviewPage;
use crate::flow::section::Section;
use crate::flow::{Event, Step};
use crate::text;

use super::list::facts;

/// The key.
#[derive(Debug)]
pub struct KeyPage {
    pub(in crate::flow) cx: MemberContext,
    key: RegisteredKey,
    comment: TextField,
    /// Somebody came here from the review, and goes back there.
    is_reviewed: bool,
}

impl KeyPage {
    pub(super) fn new(cx: MemberContext, key: RegisteredKey) -> Self {
        let comment = TextField::filled(&key.comment);
        Self { cx, key, comment, is_reviewed: false }
    }

    /// The page as the review opens it.
    pub(in crate::flow) fn reviewed(cx: MemberContext, key: RegisteredKey) -> Self {
        Self { is_reviewed: true, ..Self::new(cx, key) }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let key = &self.key;
        let says_from = self.is_reviewed || key.suspended_at.is_some();
        let page = self.cx.page("settings/keys/key", text!(self.cx, "ssh-key"));
        let page = page.facts(facts(key, says_from, &self.cx));
        let back =
            if self.is_reviewed { text!(self.cx, "back-to-review") } else { text!(self.cx, "back-to-keys") };
        if key.suspended_at.is_some() {
            return page
                .intro(text!(self.cx, "key-suspended"))
                .link("keep", text!(self.cx, "key-keep"))
                .action(Action::destructive("remove", text!(self.cx, "key-remove")))
                .back(back)
                .within(Section::Keys);
        }
        let page = match unverified(key, self.cx.member.name(), &self.cx.portal) {
            Some(text) => page.intro(text),
            None => page,
        };
        page.field(self.comment.text("comment", text!(self.cx, "keys-comment"), COMMENT_CHARS).optional())
            .action(Action::primary("rename", text!(self.cx, "key-save-comment")))
            .action(Action::destructive("remove", text!(self.cx, "key-remove")))
            .back(back)
            .within(Section::Keys)
            .outro(text!(self.cx, "key-remove-hint"))
            .unsaved(self.comment.trimmed() != key.comment)
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "comment", value } => self.comment.typed(value),
            Event::Pressed("rename") => {
                let (key, seen) = (self.key.id.clone(), Some(self.key.comment.clone()));
                let comment = self.comment.trimmed().to_owned();
                self.cx.ask(Request::Keys, KeysRequest::Rename { key, seen, comment })
            }
            Event::Pressed("remove") => self.cx.confirm_first(
                ("remove", text!(self.cx, "key-remove")),
                text!(self.cx, "key-remove-title"),
                [
                    format!("{} {}", self.key.fingerprint, self.key.comment).trim_end().to_owned().into(),
                    text!(self.cx, "key-remove-follows").into(),
                ],
            ),
            Event::Confirmed("remove") => {
                self.cx.ask(Request::Keys, KeysRequest::Remove { key: self.key.id.clone() })
            }
            Event::Pressed("keep") => {
                self.cx.ask(Request::Keys, KeysRequest::Keep { key: self.key.id.clone() })
            }
            Event::Pressed("back") => self.go_back(self.cx.fresh()),
            Event::Replied(Reply::Keys(reply)) => self.replied(reply),
            _ => Step::Stay,
        }
    }

    fn replied(&mut self, reply: KeysReply) -> Step {
        match reply {
            KeysReply::Renamed(key) => {
                self.comment.set(&key.comment);
                self.key = key;
                self.cx.toast("key-renamed", text!(self.cx, "key-comment-saved"))
            }
            KeysReply::RenamedElsewhere(key) => {
                let text = text!(self.cx, "key-comment-changed-elsewhere", comment = &key.comment);
                self.key = key;
                self.cx.notify(Notice::bad("key-renamed-elsewhere", text))
            }
            KeysReply::Removed(member, _) => {
                self.cx.member = member;
                self.go_back(self.cx.with_toast("key-removed", text!(self.cx, "key-removed")))
            }
            KeysReply::Kept(_) => self.go_back(self.cx.with_toast("key-kept", text!(self.cx, "key-kept"))),
            _ => Step::Stay,
        }
    }

    fn go_back(&self, cx: MemberContext) -> Step {
        if self.is_reviewed { Step::go(ReviewPage::new(cx)) } else { Step::go(Section::Keys.flow(cx)) }
    }
}

/// How the member proves to hold the key, as long as nobody has.
fn unverified(key: &RegisteredKey, name: &str, portal: &PortalInfo) -> Option<String> {
    if !key.may_sign_in() {
        return Some(text!(portal, "key-needs-touch").to_owned());
    }
    let command = format!("{} whoami", portal.ssh("", name));
    key.verified_at.is_none().then(|| text!(portal, "key-not-verified", command))
}

#[cfg(test)]
mod tests {
    use super::super::list::tests::key;
    use super::*;
    use crate::accounts::request::SignedIn;
    use crate::flow::Flow;
    use crate::flow::page::Fact;
    use crate::flow::testing::{cx, portal};

    fn opened() -> Flow {
        Flow::KeyPage(KeyPage::new(cx(), key("ada@laptop")))
    }

    #[test]
    fn a_portal_with_an_address_names_the_command_that_verifies_a_key() {
        let key = RegisteredKey { verified_at: None, ..key("ada@laptop") };
        let there = PortalInfo { address: "portal.example.org:2222".parse().ok(), ..portal() };
        let text = unverified(&key, "ada", &there).unwrap();
        assert!(text.ends_with("run: ssh -p 2222 ada@portal.example.org whoami"), "{text}");
        assert!(unverified(&key, "ada", &portal()).unwrap().ends_with("run: ssh ada@HOST whoami"));
    }

    #[test]
    fn a_security_key_that_needs_a_touch_does_not_claim_to_sign_in() {
        let algorithm = "sk-ecdsa-sha2-nistp256@openssh.com".to_owned();
        let key = RegisteredKey { algorithm, ..key("blue one") };
        assert!(unverified(&key, "ada", &portal()).unwrap().contains("does not sign you in here"));
        let key = RegisteredKey { no_touch_required: true, ..key };
        assert!(unverified(&key, "ada", &portal()).unwrap().starts_with("Not verified yet."));
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
    fn the_later_session_sees_the_other_comment_and_keeps_what_was_typed() {
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
        assert!(matches!(flow.update(Event::Pressed("remove")), Step::ConfirmFirst(_)));
        assert!(matches!(
            flow.update(Event::Confirmed("remove")),
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
    fn a_key_says_how_to_verify_it_until_it_is() {
        assert!(opened().page().intro[0].contains("run: ssh ada@HOST whoami"));
        let mut key = key("x");
        key.verified_at = Some(key.added_at);
        let flow = Flow::KeyPage(KeyPage::new(cx(), key));
        let page = flow.page();
        assert_eq!(page.facts.last(), Some(&Fact::new("Verified", "2026-11-22 14:05 UTC")));
        assert!(page.intro.is_empty(), "{:?}", page.intro);
    }
}
