//! The SSH keys of the account. Page `settings/keys`; Enter opens one as page `settings/keys/key`.

use crate::accounts::request::keys::{KeysReply, KeysRequest, OfferedKey};
use crate::accounts::request::{Reply, Request};
use crate::domain::registered_key::RegisteredKey;
use crate::flow::context::MemberContext;
use crate::flow::page::{Action, Fact, Page, Table};
use crate::flow::section::Section;
use crate::flow::{Event, Step, wording};
use crate::text;

use super::{AddKey, KeyPage};

/// The list.
#[derive(Debug)]
pub struct KeyListPage {
    pub(in crate::flow) cx: MemberContext,
    keys: Option<Vec<RegisteredKey>>,
    /// Keys that the client has offered on this connection and that could be added.
    offered: Vec<OfferedKey>,
}

impl KeyListPage {
    /// The page, before its rows have come.
    #[must_use]
    pub fn new(cx: MemberContext) -> Self {
        Self { cx, keys: None, offered: Vec::new() }
    }

    pub(in crate::flow) fn begin(&mut self) -> Step {
        self.cx.begin(Request::Keys, KeysRequest::List)
    }

    pub(in crate::flow) fn page(&self) -> Page<'_> {
        let table = self.keys.as_deref().map(|keys| table(keys, &self.cx));
        let add = Action::link("add-key", text!(self.cx, "keys-add"));
        self.cx.list_page(Section::Keys, ("settings/keys", text!(self.cx, "keys-title")), table, [add])
    }

    pub(in crate::flow) fn update(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Opened(row) => {
                let Some(key) = self.keys.as_ref().and_then(|keys| keys.get(row)) else { return Step::Stay };
                Step::go(KeyPage::new(self.cx.fresh(), key.clone()))
            }
            Event::Pressed("add-key") => Step::go(AddKey::new(self.cx.fresh(), self.offered.clone())),
            Event::Replied(Reply::Keys(KeysReply::List(keys, offered))) => {
                (self.keys, self.offered) = (Some(keys), offered);
                Step::Stay
            }
            _ => Step::Stay,
        }
    }
}

/// The comment, or the algorithm of a key without one.
fn name(key: &RegisteredKey) -> &str {
    if key.comment.is_empty() { &key.algorithm } else { &key.comment }
}

fn table<'a>(keys: &'a [RegisteredKey], cx: &MemberContext) -> Table<'a> {
    let zone = cx.zone();
    let row = |key: &'_ RegisteredKey| {
        let used = key.last_used_at.map_or_else(|| text!(cx, "never").to_owned(), |at| zone.date(at));
        let verified = match (key.suspended_at, key.verified_at) {
            (Some(_), _) => text!(cx, "keys-is-suspended"),
            (None, Some(_)) => text!(cx, "yes"),
            (None, None) => text!(cx, "no"),
        };
        // The key's own page shows all of it.
        let fingerprint: String = key.fingerprint.to_string().chars().take(17).collect();
        [name(key).to_owned(), fingerprint, zone.date(key.added_at), used, verified.to_owned()]
    };
    let columns = [
        text!(cx, "keys-comment"),
        text!(cx, "keys-fingerprint"),
        text!(cx, "keys-added"),
        text!(cx, "keys-last-used"),
        text!(cx, "keys-verified"),
    ];
    Table::opening(columns, keys.iter().map(row))
        .with_details(keys.iter().map(|key| facts(key, key.suspended_at.is_some(), cx)))
        .or_empty(text!(cx, "keys-empty"))
}

/// What is known of a key, beside the list and on its own page, and from where it was added, if that is asked.
pub(super) fn facts<'a>(key: &'a RegisteredKey, says_from: bool, cx: &MemberContext) -> Vec<Fact<'a>> {
    let zone = cx.zone();
    let used = key.last_used_at.map_or_else(|| text!(cx, "never").to_owned(), |at| zone.date_minute(at));
    let mut facts = vec![
        Fact::new(text!(cx, "keys-fingerprint"), key.fingerprint.to_string()),
        Fact::new(text!(cx, "keys-kind"), key.algorithm.as_str()),
        Fact::new(text!(cx, "keys-added"), zone.date_minute(key.added_at)),
    ];
    if says_from {
        let from = wording::added_where(key.added_ip.as_deref(), key.added_client.as_deref(), cx);
        facts.push(Fact::new(text!(cx, "from"), from));
    }
    facts.push(Fact::new(text!(cx, "keys-last-used"), used));
    match (key.suspended_at, key.verified_at) {
        (Some(at), _) => facts.push(Fact::new(text!(cx, "keys-suspended"), zone.date_minute(at))),
        (None, Some(at)) => facts.push(Fact::new(text!(cx, "keys-verified"), zone.date_minute(at))),
        (None, None) => {}
    }
    facts
}

#[cfg(test)]
pub(in crate::flow) mod tests {
    use super::*;
    use crate::domain::ssh_key::SshKey;
    use crate::domain::timestamp::Timestamp;
    use crate::flow::Flow;
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
            added_ip: None,
            added_client: None,
            suspended_at: None,
            no_touch_required: false,
        }
    }

    fn with_keys(keys: Vec<RegisteredKey>) -> Flow {
        let mut flow = Flow::KeyListPage(KeyListPage::new(cx()));
        assert!(matches!(flow.begin(), Step::Ask(Request::Keys(_, KeysRequest::List))));
        assert!(flow.page().actions.is_empty(), "nothing to choose before the rows have come");
        flow.update(Event::Replied(Reply::Keys(KeysReply::List(keys, Vec::new()))));
        flow
    }

    #[test]
    fn a_key_without_a_comment_is_called_by_its_kind() {
        let flow = with_keys(vec![key("ada@laptop"), key("")]);
        let rows = flow.page().table.unwrap().rows;
        assert_eq!(rows[0], ["ada@laptop", "SHA256:xYil3VoVw+", "2026-11-22", "never", "no"]);
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
    fn an_empty_list_says_what_to_do() {
        let mut flow = with_keys(vec![]);
        assert!(flow.page().table.unwrap().empty.contains("Add one"));
        let Step::Go(next) = flow.update(Event::Pressed("add-key")) else { panic!("it must open") };
        assert_eq!(next.page().id, "settings/keys/add");
    }
}
