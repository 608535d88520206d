//! `activity`: what happened to an account.

use serde::Serialize;

use super::prelude::*;
use crate::accounts::request::activity::{
    ActivityCursor, ActivityFilter, ActivityQuery, ActivityReply, ActivityRequest, ActivityRow, EventKind,
    Group,
};
use crate::domain::since::Since;
use crate::flow::event_kind;
use crate::messages::Language;

/// What scripts read.
const ENGLISH: Language = Language::English;

/// List what happened to your account, newest first
#[derive(Debug, Args)]
pub(super) struct Activity {
    /// Only what happened since then: how long ago, such as 1h, 30m, 7d or 2w, a day such as 2026-11-22 (UTC), or RFC 3339
    /// such as 2026-11-22T14:05:09Z
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Only one kind, such as sign-in-failed, or one of sign-ins, changes, refused
    #[arg(long, value_name = "KIND", value_parser = filter)]
    kind: Option<ActivityFilter>,
    /// At most so many, up to 1000
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Only those before the row with this id
    #[arg(long, value_name = "ID")]
    before: Option<String>,
    /// Instead of the list: how many sign-ins and refusals each of the last 30 days had
    #[arg(long, conflicts_with_all = ["since", "kind", "limit", "before"])]
    summary: bool,
}

fn filter(word: &str) -> Result<ActivityFilter, &'static str> {
    match word {
        "sign-ins" => Ok(ActivityFilter::Group(Group::SignIns)),
        "changes" => Ok(ActivityFilter::Group(Group::Changes)),
        "refused" => Ok(ActivityFilter::Refusals),
        kind => kind
            .parse::<EventKind>()
            .map(ActivityFilter::Kind)
            .map_err(|_| "there is no such kind; see the kinds in your rows"),
    }
}

#[derive(Debug, Serialize)]
struct ExplainedEvent {
    #[serde(flatten)]
    row: ActivityRow,
    what: String,
    result: &'static str,
}

impl Command for Activity {
    const LIST: Option<&'static str> = Some("activity");
    const EXAMPLE: &'static str = r#"{"activity":[{"at":"2026-11-22T14:05:09Z","client":"SSH-2.0-OpenSSH_9.2","count":1,"id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","kind":"sign-in","last_at":"2026-11-22T14:05:09Z","result":"ok","ip":"192.0.2.7","what":"Signed in with password"}],"has_older":false}"#;

    async fn run(self, member: SignedIn, cx: &mut CommandContext) -> Result<Answer> {
        let query = ActivityQuery {
            which: self.kind.unwrap_or_default(),
            since: self.since.map(|since| since.moment(cx.host.now())),
            from: self.before.map_or(ActivityCursor::Newest, ActivityCursor::BelowId),
            limit: self.limit.into(),
        };
        let page =
            ask!(cx, Activity(member, ActivityRequest::Page(query)), ActivityReply::Page(page) => page);
        if self.summary {
            let summary = page.summary.unwrap_or_default();
            return Ok(Answer::new(format!("{}\n", summary.sentence()), json!(summary)));
        }
        let explain = |row: ActivityRow| {
            let (what, result) = (event_kind::of_row(&row, &ENGLISH).to_owned(), event_kind::result(&row));
            ExplainedEvent { row, what, result }
        };
        let events: Vec<_> = page.rows.into_iter().map(explain).collect();
        let rows = events.iter().map(|event| {
            let (source, client) =
                (event_kind::source(&event.row, &ENGLISH), event.row.event.client.as_str());
            let result = event_kind::counted_result(&event.row, &ENGLISH);
            [&cx.time(event.row.event.at), &event.what, &result, source, client].map(str::to_owned)
        });
        let head = ["TIME", "WHAT", "RESULT", "FROM", "CLIENT"];
        let json = json!({ "activity": events, "has_older": page.has_older });
        Ok(Answer::table(head, rows, "No activity.", json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_one_of_ours() {
        assert_eq!(filter("key-added"), Ok(ActivityFilter::Kind(EventKind::KeyAdded)));
        assert_eq!(filter("refused"), Ok(ActivityFilter::Refusals));
        assert!(filter("%").is_err());
    }
}
