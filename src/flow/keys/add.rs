//! Adding an SSH key: pasted, or picked from those that the client has offered on this connection. Page
//! `settings/keys/add`.

use crate::accounts::request::keys::{KeysReply, KeysRequest, OfferedKey};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::ssh_key::{KeyRefusal, SshKey};
use crate::flow::context::MemberContext;
use crate::flow::field::TextField;
use crate::flow::page::{Action, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};
use crate::text;

/// The most that can be pasted: more than any public key, so that a private one is recognised.
const MAX_TYPED: usize = 20_000;

/// The form for a public key.
#[derive(Debug)]
pub struct AddKey {
    pub(in crate::flow) cx: MemberContext,
    offered: Vec<OfferedKey>,
    line: TextField,
}

impl AddKey {
    pub(super) fn new(cx: MemberContext, offered: Vec<OfferedKey>) -> Self {
        Self { cx, offered, line: TextField::default() }
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let page = self.cx.page("settings/keys/add", text!(self.cx, "add-key-title"));
        let page = if self.offered.is_empty() {
            page.intro(text!(self.cx, "add-key-intro"))
        } else {
            page.intro(text!(self.cx, "add-key-intro-offered")).table(table(&self.offered, &self.cx))
        };
        page.field(self.line.folded("key", text!(self.cx, "add-key-public-key"), MAX_TYPED))
            .action(Action::primary("add", text!(self.cx, "add-key")))
            .back(text!(self.cx, "back-to-keys"))
            .within(Section::Keys)
            .unsaved(!self.line.is_blank())
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Typed { field: "key", value } => self.line.typed(value),
            Event::Opened(row) => {
                let Some(offered) = self.offered.get(row) else { return Step::Stay };
                self.line.set(&offered.line);
                self.add()
            }
            Event::Pressed("add") => self.add(),
            Event::Pressed("back") => self.cx.go(Section::Keys),
            Event::Replied(Reply::Keys(KeysReply::Added(key))) => {
                let text = if key.may_sign_in() {
                    text!(self.cx, "key-added")
                } else {
                    text!(self.cx, "key-added-for-servers")
                };
                self.cx.go_with_toast(Section::Keys, "key-added", text)
            }
            _ => Step::Stay,
        }
    }

    /// An invalid key is refused here: nobody should reauthenticate for it.
    fn add(&mut self) -> Step {
        let line = self.line.trimmed().to_owned();
        let Err(refusal) = SshKey::parse(&line) else {
            return self.cx.ask(Request::Keys, KeysRequest::Add { line });
        };
        if refusal.is_private() {
            // It should not stay on the screen longer than it has to.
            self.line.set("");
        }
        self.cx.toast = None;
        match refusal {
            KeyRefusal::Empty => self.cx.missing(refusal.message().to(&self.cx)),
            _ => self.cx.notify(wording::refusal(&Refusal::Key(refusal), &self.cx.portal)),
        }
    }
}

fn table<'a>(offered: &'a [OfferedKey], cx: &MemberContext) -> Table<'a> {
    let row = |key: &'_ OfferedKey| [key.fingerprint.clone(), key.algorithm.clone()];
    Table::opening([text!(cx, "keys-fingerprint"), text!(cx, "keys-kind")], offered.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::super::list::tests::key;
    use super::*;
    use crate::domain::registered_key::RegisteredKey;
    use crate::flow::Flow;
    use crate::flow::testing::cx;

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW";

    fn with(offered: Vec<OfferedKey>) -> Flow {
        Flow::AddKey(AddKey::new(cx(), offered))
    }

    #[test]
    fn a_pasted_line_is_added() {
        let mut flow = with(vec![]);
        assert!(flow.page().table.is_none());
        flow.update(Event::Typed { field: "key", value: &format!(" {ED25519} ada@laptop\n") });
        let step = flow.update(Event::Pressed("add"));
        assert!(matches!(
            step,
            Step::Ask(Request::Keys(_, KeysRequest::Add { line })) if line == format!("{ED25519} ada@laptop")
        ));
        let Step::Go(next) = flow.update(Event::Replied(Reply::Keys(KeysReply::Added(key("x"))))) else {
            panic!("it must go")
        };
        let page = next.page();
        assert_eq!((page.id, page.toast.unwrap().id), ("settings/keys", "key-added"));
    }

    #[test]
    fn a_security_key_is_told_to_be_for_servers_unless_it_needs_no_touch() {
        for (no_touch_required, word) in [(false, "for your servers"), (true, "Sign in with it")] {
            let algorithm = "sk-ssh-ed25519@openssh.com".to_owned();
            let key = RegisteredKey { algorithm, no_touch_required, ..key("x") };
            let Step::Go(next) = with(vec![]).update(Event::Replied(Reply::Keys(KeysReply::Added(key))))
            else {
                panic!("it must go")
            };
            assert!(next.page().toast.unwrap().text.contains(word), "{word}");
        }
    }

    #[test]
    fn a_key_that_was_shown_is_added_by_picking_it() {
        let fingerprint = "SHA256:x".to_owned();
        let offered = OfferedKey { fingerprint, algorithm: "ssh-ed25519".into(), line: ED25519.into() };
        let mut flow = with(vec![offered]);
        assert_eq!(flow.page().table.unwrap().rows, [["SHA256:x", "ssh-ed25519"]]);
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay));
        let step = flow.update(Event::Opened(0));
        assert!(matches!(step, Step::Ask(Request::Keys(_, KeysRequest::Add { line })) if line == ED25519));
    }

    #[test]
    fn an_invalid_key_is_refused_with_the_reason_and_stays() {
        let mut flow = with(vec![]);
        for (typed, id, word) in [
            ("", "missing", "There is no key"),
            ("hello", "key-refused", "not a public key"),
            ("ssh-dss AAAA", "key-refused", "DSA"),
        ] {
            flow.update(Event::Typed { field: "key", value: typed });
            assert!(matches!(flow.update(Event::Pressed("add")), Step::Stay));
            let page = flow.page();
            assert_eq!(page.fields[0].value.expose(), typed);
            let notice = page.notice.unwrap();
            assert!(notice.id == id && notice.text.contains(word), "{}", notice.text);
        }
    }

    #[test]
    fn a_private_key_does_not_stay_on_the_screen() {
        let mut flow = with(vec![]);
        flow.update(Event::Typed { field: "key", value: "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl" });
        let before = flow.page().fields[0].revision;
        flow.update(Event::Pressed("add"));
        let page = flow.page();
        assert_eq!((page.fields[0].value.expose(), page.fields[0].revision), ("", before + 1));
        assert!(page.notice.unwrap().text.contains("private key"));
    }
}
