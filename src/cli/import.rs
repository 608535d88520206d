//! Reads a file of accounts: CSV with a header, or one JSON object a line. Every row keeps its line number for error
//! messages.

use std::io::BufRead;

use clap::ValueEnum;
use serde::Deserialize;

use crate::accounts::admin::{BadRow, ImportRow};
use crate::domain::secret::Secret;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Comma-separated with the header `name,email,display_name,password_hash,teams`
    Csv,
    /// One JSON object a line, with the same names; `teams` is an array
    Jsonl,
}

impl Format {
    /// Guesses the format from the file's name.
    pub(super) fn of_file(name: &str) -> Option<Self> {
        match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
            Some("csv") => Some(Self::Csv),
            Some("jsonl" | "ndjson" | "json") => Some(Self::Jsonl),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CsvRow {
    name: String,
    email: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    password_hash: String,
    /// `ops;web:owner`
    #[serde(default)]
    teams: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonRow {
    name: String,
    email: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    password_hash: Option<String>,
    #[serde(default)]
    teams: Vec<String>,
}

/// Reads all rows, or lists every row that cannot be read.
pub(super) fn read(format: Format, input: &mut dyn BufRead) -> Result<Vec<ImportRow>, Vec<BadRow>> {
    let results = match format {
        Format::Csv => read_csv(input),
        Format::Jsonl => read_jsonl(input),
    };
    let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    if bad.is_empty() {
        Ok(good.into_iter().filter_map(Result::ok).collect())
    } else {
        Err(bad.into_iter().filter_map(Result::err).collect())
    }
}

fn read_csv(input: &mut dyn BufRead) -> Vec<Result<ImportRow, BadRow>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return vec![Err(BadRow { line: 1, reason: error.to_string() })],
    };
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| BadRow { line: line_of(&error), reason: plain(&error) })?;
            let line = record.position().map_or(0, csv::Position::line);
            let row: CsvRow =
                record.deserialize(Some(&headers)).map_err(|error| BadRow { line, reason: plain(&error) })?;
            let teams = row.teams.split(';').map(str::trim).filter(|team| !team.is_empty());
            Ok(ImportRow {
                line,
                name: row.name,
                email: row.email,
                display_name: row.display_name,
                password_hash: (!row.password_hash.is_empty()).then(|| Secret::new(row.password_hash)),
                teams: teams.map(str::to_owned).collect(),
            })
        })
        .collect()
}

fn line_of(error: &csv::Error) -> u64 {
    error.position().map_or(0, csv::Position::line)
}

/// The reason without the position, which [`BadRow`] has already.
fn plain(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8".to_owned(),
        csv::ErrorKind::Deserialize { err, .. } => err.kind().to_string(),
        _ => error.to_string(),
    }
}

fn read_jsonl(input: &mut dyn BufRead) -> Vec<Result<ImportRow, BadRow>> {
    let numbered = (1_u64..).zip(input.lines());
    let read = numbered.map(|(line, text)| {
        let bad = |reason: String| BadRow { line, reason };
        let text = text.map_err(|error| bad(error.to_string()))?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        let row: JsonRow = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        Ok(Some(ImportRow {
            line,
            name: row.name,
            email: row.email,
            display_name: row.display_name,
            password_hash: row.password_hash.filter(|hash| !hash.is_empty()).map(Secret::new),
            teams: row.teams,
        }))
    });
    read.filter_map(Result::transpose).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(format: Format, text: &str) -> Result<Vec<(u64, String)>, Vec<u64>> {
        match read(format, &mut text.as_bytes()) {
            Ok(rows) => Ok(rows.into_iter().map(|row| (row.line, row.name)).collect()),
            Err(bad) => Err(bad.into_iter().map(|bad| bad.line).collect()),
        }
    }

    #[test]
    fn csv_rows_keep_the_number_of_their_line() {
        let text = "name,email,display_name,password_hash,teams\n\
                    ada,ada@example.org,\"Ada\nLovelace\",,ops; web:owner\n\
                    grace,grace@example.org,,,\n";
        assert_eq!(lines(Format::Csv, text), Ok(vec![(2, "ada".to_owned()), (4, "grace".to_owned())]));
        let rows = read(Format::Csv, &mut text.as_bytes()).unwrap();
        assert_eq!(rows[0].teams, ["ops", "web:owner"]);
        assert!(rows[0].password_hash.is_none());
    }

    #[test]
    fn every_unreadable_row_is_named() {
        let text = "name,email\nada,ada@example.org\ngrace\nlinus,linus@example.org,extra\n";
        assert_eq!(lines(Format::Csv, text), Err(vec![3, 4]));
        let text =
            "{\"name\":\"ada\",\"email\":\"a@b.org\"}\n\n{\"name\":1}\n{\"nam\":\"x\",\"email\":\"\"}\n";
        assert_eq!(lines(Format::Jsonl, text), Err(vec![3, 4]));
    }

    #[test]
    fn a_header_with_an_unknown_column_is_refused() {
        assert_eq!(lines(Format::Csv, "name,email,shoe_size\nada,ada@example.org,36\n"), Err(vec![2]));
    }

    #[test]
    fn semicolons_tabs_a_sep_line_and_another_case_are_refused_and_nothing_is_read() {
        for text in [
            "name;email\nada;ada@example.org\n",
            "sep=;\nname;email\nada;ada@example.org\n",
            "sep=,\nname,email\nada,ada@example.org\n",
            "name\temail\nada\tada@example.org\n",
            "Name,E-Mail\nada,ada@example.org\n",
        ] {
            assert!(lines(Format::Csv, text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_format_is_known_by_the_end_of_the_files_name() {
        assert_eq!(Format::of_file("people.CSV"), Some(Format::Csv));
        assert_eq!(Format::of_file("people.jsonl"), Some(Format::Jsonl));
        assert_eq!(Format::of_file("people"), None);
    }
}
