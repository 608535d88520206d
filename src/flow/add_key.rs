//! Adding an SSH key: pasted, or picked from those that this connection has shown. Page `settings/keys/add`.

use crate::accounts::request::keys::{KeysReply, KeysRequest, ShownKey};
use crate::accounts::request::{Refusal, Reply, Request};
use crate::domain::ssh_key::{KeyRefusal, SshKey};

use super::context::{MemberContext, Section};
use super::field::TextField;
use super::page::{Action, Notice, Page, Table};
use super::settings_keys::SettingsKeys;
use super::{Event, Flow, Step, wording};

/// The most that can be pasted: more than any public key, so that a private one is seen for what it is.
const MAX_TYPED: usize = 20_000;

/// A member with one more key.
#[derive(Debug)]
pub struct AddKey {
    pub(super) cx: MemberContext,
    shown: Vec<ShownKey>,
    line: TextField,
}

impl AddKey {
    /// The page, with the keys that can be picked.
    pub(super) fn new(cx: MemberContext, shown: Vec<ShownKey>) -> Self {
        Self { cx, shown, line: TextField::default() }
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/keys/add", "Add an SSH key");
        if self.shown.is_empty() {
            page.intro.push("Paste the one line of a file like id_ed25519.pub.".into());
        } else {
            let text = "Paste the one line of a file like id_ed25519.pub, or pick a key below that your client has shown.";
            page.intro.push(text.into());
            page.table = Some(table(&self.shown));
        }
        page.fields = vec![self.line.folded("key", "Public key", MAX_TYPED)];
        page.actions =
            vec![Action::primary("add", "Add this key", !self.cx.waiting), Action::back("Back to your keys")];
        page.actions.extend(MemberContext::navigation(Section::Keys, false));
        page.unsaved = !self.line.trimmed().is_empty();
        page
    }

    pub(super) fn update(&mut self, event: &Event<'_>) -> Step {
        match event {
            Event::Typed { field: "key", value } => self.line.typed(value),
            Event::Opened(row) => {
                let Some(shown) = self.shown.get(*row) else { return Step::Stay };
                self.line.set(&shown.line);
                return self.add();
            }
            Event::Pressed("add") => return self.add(),
            Event::Pressed("back") => return self.cx.go(Section::Keys),
            Event::Replied(Reply::Keys(KeysReply::Added(_))) => {
                let text = "The key is added. Sign in with it to prove that it is yours.";
                let cx = self.cx.with_toast("key-added", text);
                return Step::go(Flow::SettingsKeys(SettingsKeys::new(cx)));
            }
            _ => {}
        }
        Step::Stay
    }

    /// What is no key is told at once: nobody should confirm who they are for it.
    fn add(&mut self) -> Step {
        let line = self.line.trimmed().to_owned();
        let Err(refusal) = SshKey::parse(&line) else {
            return self.cx.ask(|member| Request::Keys(member, KeysRequest::Add { line }));
        };
        if refusal == KeyRefusal::Private {
            // It should stand on no screen any longer than it has to.
            self.line.set("");
        }
        self.cx.toast = None;
        self.cx.notice = Some(match refusal {
            KeyRefusal::Empty => Notice::missing(refusal.to_string()),
            _ => wording::refusal(&Refusal::Key(refusal), &self.cx.portal),
        });
        Step::Stay
    }
}

fn table(shown: &[ShownKey]) -> Table<'_> {
    let row = |key: &'_ ShownKey| [key.fingerprint.clone(), key.algorithm.clone()].map(Into::into).to_vec();
    Table {
        columns: vec!["Fingerprint", "Kind"],
        rows: shown.iter().map(row).collect(),
        opens: true,
        ..Table::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings_keys::tests::key;
    use super::*;
    use crate::flow::testing::cx;

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW";

    fn with(shown: Vec<ShownKey>) -> Flow {
        Flow::AddKey(AddKey::new(cx(), shown))
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
    fn a_key_that_was_shown_is_added_by_picking_it() {
        let fingerprint = "SHA256:x".to_owned();
        let shown = ShownKey { fingerprint, algorithm: "ssh-ed25519".into(), line: ED25519.into() };
        let mut flow = with(vec![shown]);
        assert_eq!(flow.page().table.unwrap().rows, [["SHA256:x", "ssh-ed25519"]]);
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay));
        let step = flow.update(Event::Opened(0));
        assert!(matches!(step, Step::Ask(Request::Keys(_, KeysRequest::Add { line })) if line == ED25519));
    }

    #[test]
    fn what_is_no_key_is_refused_with_the_reason_and_stays() {
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
