//! The SSH keys of the account. Page `settings/keys`; Enter opens one as page `settings/keys/key`.

use crate::accounts::request::keys::{KeysReply, KeysRequest, ShownKey};
use crate::accounts::request::{Reply, Request};
use crate::domain::registered_key::RegisteredKey;
use crate::domain::timestamp::Timestamp;

use super::add_key::AddKey;
use super::context::{MemberContext, Section};
use super::page::{Action, Page, Table};
use super::settings_key::SettingsKey;
use super::{Event, Flow, Step};

/// A member looking after their SSH keys.
#[derive(Debug)]
pub struct SettingsKeys {
    pub(super) cx: MemberContext,
    /// `None` until it has come.
    list: Option<Vec<RegisteredKey>>,
    shown: Vec<ShownKey>,
}

impl SettingsKeys {
    /// The page, before anything has come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, list: None, shown: Vec::new() }
    }

    pub(super) fn begin(&mut self) -> Step {
        self.cx.begin(|member| Request::Keys(member, KeysRequest::List))
    }

    pub(super) fn page(&self) -> Page<'_> {
        let mut page = self.cx.page("settings/keys", "SSH keys");
        page.table = self.list.as_deref().map(table);
        // Before the list has come there is nothing to choose, so that the list gets the keys first.
        if self.list.is_some() || !self.cx.waiting {
            page.actions.push(Action::link("add-key", "Add a key"));
            page.actions.extend(MemberContext::navigation(Section::Keys, true));
        }
        page
    }

    pub(super) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => self.open(row),
            Event::Pressed("add-key") => {
                Step::go(Flow::AddKey(AddKey::new(self.cx.fresh(), self.shown.clone())))
            }
            Event::Replied(Reply::Keys(KeysReply::List(keys, shown))) => {
                (self.list, self.shown) = (Some(keys), shown);
                Step::Stay
            }
            _ => Step::Stay,
        }
    }

    fn open(&mut self, row: usize) -> Step {
        let Some(key) = self.list.as_ref().and_then(|keys| keys.get(row)) else { return Step::Stay };
        Step::go(Flow::SettingsKey(SettingsKey::new(self.cx.fresh(), key.clone())))
    }
}

/// What a key is called in a list: its comment, or its kind when it has none.
fn name(key: &RegisteredKey) -> &str {
    if key.comment.is_empty() { &key.algorithm } else { &key.comment }
}

fn table(keys: &[RegisteredKey]) -> Table<'_> {
    let row = |key: &'_ RegisteredKey| {
        let used = key.last_used_at.map_or_else(|| "never".to_owned(), Timestamp::date);
        let proven = if key.verified_at.is_some() { "yes" } else { "not yet" };
        // The whole of it stands on the key's own page.
        let fingerprint: String = key.fingerprint.to_string().chars().take(17).collect();
        [name(key).to_owned(), fingerprint, key.added_at.date(), used, proven.to_owned()]
            .map(Into::into)
            .to_vec()
    };
    Table {
        columns: vec!["Comment", "Fingerprint", "Added", "Last used", "Proven"],
        rows: keys.iter().map(row).collect(),
        opens: true,
        empty: "You have no SSH key here. A key lets your scripts in without a password: add one below."
            .into(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::ssh_key::SshKey;
    use crate::flow::testing::cx;

    pub(in crate::flow) fn key(comment: &str) -> RegisteredKey {
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW";
        RegisteredKey {
            id: "key-1".into(),
            fingerprint: SshKey::parse(line).unwrap().fingerprint(),
            algorithm: "ssh-ed25519".into(),
            comment: comment.into(),
            added_at: Timestamp::from_epoch_ms(1_795_356_309_000),
            last_used_at: None,
            verified_at: None,
        }
    }

    fn with_keys(keys: Vec<RegisteredKey>) -> Flow {
        let mut flow = Flow::SettingsKeys(SettingsKeys::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Keys(_, KeysRequest::List))));
        assert!(flow.page().actions.is_empty(), "nothing to choose before the list has come");
        flow.update(Event::Replied(Reply::Keys(KeysReply::List(keys, Vec::new()))));
        flow
    }

    #[test]
    fn a_key_without_a_comment_is_called_by_its_kind() {
        let flow = with_keys(vec![key("ada@laptop"), key("")]);
        let rows = flow.page().table.unwrap().rows;
        assert_eq!(rows[0], ["ada@laptop", "SHA256:xYil3VoVw+", "2026-11-22", "never", "not yet"]);
        assert_eq!(rows[1][0], "ssh-ed25519");
    }

    #[test]
    fn enter_opens_the_key_of_that_row() {
        let mut flow = with_keys(vec![key("ada@laptop")]);
        assert!(matches!(flow.update(Event::Opened(1)), Step::Stay));
        let Step::Go(next) = flow.update(Event::Opened(0)) else { panic!("it must open") };
        assert_eq!(next.page().id, "settings/keys/key");
    }

    #[test]
    fn no_key_says_what_to_do_and_the_way_leads_there() {
        let mut flow = with_keys(vec![]);
        assert!(flow.page().table.unwrap().empty.contains("add one below"));
        let Step::Go(next) = flow.update(Event::Pressed("add-key")) else { panic!("it must open") };
        assert_eq!(next.page().id, "settings/keys/add");
    }
}
