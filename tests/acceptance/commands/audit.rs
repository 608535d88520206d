//! `doorkey audit`: what it says, and how it exits.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::backups::text;
use crate::server::TempFolder;

fn verify(place: &TempFolder, words: &[&str]) -> (Option<i32>, String) {
    let output = place.run(&[&["audit", "verify"], words].concat(), "");
    (output.status.code(), text(&output.stdout))
}

#[test]
fn a_row_that_was_changed_in_the_file_is_named_until_it_is_accepted() {
    let place = TempFolder::new();
    for name in ["ada", "grace"] {
        let address = format!("{name}@example.org");
        assert!(place.run(&["user", "add", name, "--email", &address], "").status.success());
    }
    let (code, said) = verify(&place, &[]);
    assert_eq!(
        (code, said.starts_with("The audit log is as it was written: 2 rows.\n")),
        (Some(0), true),
        "{said}"
    );
    let head = said.lines().find_map(|line| line.strip_prefix("Head: ")).unwrap().to_owned();
    assert_eq!(verify(&place, &["--expect", &head]).0, Some(0));
    assert_eq!(verify(&place, &["--expect", "2:ab"]).0, Some(64));

    let execute = |sql: &str| {
        let (url, sql) =
            (format!("sqlite:{}", place.path("doorkey.db").display()), AssertSqlSafe(sql.to_owned()));
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    };
    execute("UPDATE activity SET kind = 'sign-in' WHERE seq = 2");
    let (code, said) = verify(&place, &[]);
    assert_eq!(code, Some(1));
    assert!(
        said.starts_with("Row 2 (of grace, ") && said.contains(") was changed after it was written.\n"),
        "{said}"
    );
    let (code, found) = verify(&place, &["--json"]);
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(
        (code, &found["faults"][0]["kind"], &found["fault_count"]),
        (Some(1), &"changed".into(), &1.into())
    );

    let (code, said) = verify(&place, &["ada"]);
    assert_eq!(
        (code, said.lines().next()),
        (Some(0), Some("The audit log of ada is as it was written: 1 rows."))
    );
    assert_eq!(verify(&place, &["grace@example.org"]).0, Some(1));

    assert_eq!(place.run(&["audit", "accept"], "").status.code(), Some(64));
    assert!(place.run(&["audit", "accept", "--yes"], "").status.success());
    assert_eq!(verify(&place, &[]).0, Some(0));
    execute("DELETE FROM activity WHERE kind = 'sign-in'");
    let (code, said) = verify(&place, &[]);
    assert_eq!((code, said.starts_with("Row 4 (")), (Some(1), true), "{said}");
    assert!(said.lines().next().unwrap().ends_with(") was deleted."), "{said}");

    let lines = text(&place.run(&["audit", "export", "--jsonl"], "").stdout);
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["account-added", "audit-log-accepted"]);
    assert_eq!((&events[0]["user"], &events[0]["seq"]), (&"ada".into(), &3.into()));
    let array = text(&place.run(&["audit", "export", "ada", "--since", "1h"], "").stdout);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&array).unwrap().len(), 1);
    assert_eq!(text(&place.run(&["audit", "export", "--until", "1h"], "").stdout), "[]\n");
    assert_eq!(place.run(&["audit", "export", "nobody"], "").status.code(), Some(1));

    std::fs::remove_file(place.path("keys/secret_keys")).unwrap();
    assert_eq!(place.run(&["audit", "verify"], "").status.code(), Some(78));
}
