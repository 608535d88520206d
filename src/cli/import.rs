//! Reads a file of accounts: CSV with a header, or one JSON object a line. Every row keeps its line number for error
//! messages.

use std::io::{BufRead, ErrorKind, Read};

use clap::ValueEnum;
use serde::Deserialize;

use crate::accounts::admin::{BadRow, ImportRow};
use crate::domain::input::{self, NotText};
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

/// Bytes that show how a file is written.
const START_BYTES: u64 = 4 * 1024;

/// Reads all rows, or lists every row that cannot be read.
pub(super) fn read(format: Format, mut input: &mut dyn BufRead) -> Result<Vec<ImportRow>, Vec<BadRow>> {
    let first_line = |reason: String| vec![BadRow { line: 1, reason }];
    let mut start = Vec::new();
    let read = Read::take(&mut input, START_BYTES).read_to_end(&mut start);
    read.map_err(|error| first_line(error.to_string()))?;
    if input::is_utf16(&start) {
        return Err(first_line(NotText::Utf16.to_string()));
    }
    let has_crlf = start.windows(2).any(|pair| pair == b"\r\n");
    let mut input = input::without_byte_order_mark(&start).chain(input);
    let results = match format {
        Format::Csv => read_csv(&mut input, has_crlf),
        Format::Jsonl => read_jsonl(&mut input),
    };
    let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    if bad.is_empty() {
        Ok(good.into_iter().filter_map(Result::ok).collect())
    } else {
        Err(bad.into_iter().filter_map(Result::err).collect())
    }
}

fn read_csv(input: &mut dyn BufRead, has_crlf: bool) -> Vec<Result<ImportRow, BadRow>> {
    // A record begins at the LF of the CR LF before it.
    let line_at = |position: Option<&csv::Position>| position.map_or(0, |at| at.line() + u64::from(has_crlf));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return vec![Err(BadRow { line: 1, reason: error.to_string() })],
    };
    reader
        .records()
        .map(|record| {
            let record =
                record.map_err(|error| BadRow { line: line_at(error.position()), reason: plain(&error) })?;
            let line = line_at(record.position());
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

/// The reason without the position, which [`BadRow`] has already.
fn plain(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => NotText::Encoding.to_string(),
        csv::ErrorKind::Deserialize { err, .. } => err.kind().to_string(),
        _ => error.to_string(),
    }
}

fn read_jsonl(input: &mut dyn BufRead) -> Vec<Result<ImportRow, BadRow>> {
    let numbered = (1_u64..).zip(input.lines());
    let read = numbered.map(|(line, text)| {
        let bad = |reason: String| BadRow { line, reason };
        let text = text.map_err(|error| match error.kind() {
            ErrorKind::InvalidData => bad(NotText::Encoding.to_string()),
            _ => bad(error.to_string()),
        })?;
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
    fn a_byte_order_mark_and_windows_line_ends_are_taken_and_utf_16_is_named() {
        let csv = "\u{feff}name,email\r\nada,ada@example.org\r\n";
        let json = "\u{feff}{\"name\":\"ada\",\"email\":\"ada@example.org\"}\r\n";
        assert_eq!(lines(Format::Csv, csv), Ok(vec![(2, "ada".to_owned())]));
        assert_eq!(lines(Format::Jsonl, json), Ok(vec![(1, "ada".to_owned())]));
        for (format, text) in [(Format::Csv, csv), (Format::Jsonl, json)] {
            for without_mark in [0, 1] {
                let wide: Vec<u8> =
                    text.encode_utf16().skip(without_mark).flat_map(u16::to_le_bytes).collect();
                let bad = read(format, &mut wide.as_slice()).err().unwrap();
                assert_eq!((bad[0].line, bad[0].reason.as_str()), (1, "is UTF-16, not UTF-8"));
            }
            let latin = text.replace("ada@", "\u{e4}da@");
            let latin = latin.chars().skip(1).map(|c| u8::try_from(c).unwrap());
            let bad = read(format, &mut latin.collect::<Vec<_>>().as_slice()).err().unwrap();
            assert_eq!(bad[0].reason, "is not UTF-8");
        }
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
    fn the_format_is_known_by_the_end_of_the_files_name() {
        assert_eq!(Format::of_file("people.CSV"), Some(Format::Csv));
        assert_eq!(Format::of_file("people.jsonl"), Some(Format::Jsonl));
        assert_eq!(Format::of_file("people"), None);
    }
}
