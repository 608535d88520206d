//! Reads a file of accounts: CSV with a header, or JSON objects, one a line or in an array. Every row keeps its line
//! number for error messages.

use std::io::{BufRead, ErrorKind, Read};

use clap::ValueEnum;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::accounts::admin::{BadRow, ImportRow};
use crate::domain::input::{self, NotText};
use crate::domain::secret::Secret;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ImportFormat {
    /// With the header `name,email,display_name,password_hash,teams`, separated by commas or semicolons
    Csv,
    /// One JSON object a line, or an array of them, with the same names; `teams` is an array
    Jsonl,
}

impl ImportFormat {
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
    #[serde(default)]
    name: String,
    email: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    password_hash: String,
    /// `ops;web:owner`, or with commas between them where semicolons separate the columns
    #[serde(default)]
    teams: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonRow {
    #[serde(default)]
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

/// Reads the rows of a file: those that can be read, and those that cannot.
pub(super) fn read(format: ImportFormat, mut input: &mut dyn BufRead) -> (Vec<ImportRow>, Vec<BadRow>) {
    let first_line = |reason: String| (Vec::new(), vec![BadRow { line: 1, reason }]);
    let mut start = Vec::new();
    if let Err(error) = Read::take(&mut input, START_BYTES).read_to_end(&mut start) {
        return first_line(error.to_string());
    }
    if input::is_utf16(&start) {
        return first_line(NotText::Utf16.to_string());
    }
    let has_crlf = start.windows(2).any(|pair| pair == b"\r\n");
    let start = input::without_byte_order_mark(&start);
    let separator = separator_of(start);
    let mut input = start.chain(input);
    let results = match format {
        ImportFormat::Csv => read_csv(&mut input, separator, has_crlf),
        ImportFormat::Jsonl => read_json(&mut input),
    };
    let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    (good.into_iter().filter_map(Result::ok).collect(), bad.into_iter().filter_map(Result::err).collect())
}

/// Spreadsheets separate columns by semicolons where a comma is the decimal point. The header tells: no name of a column
/// has either.
fn separator_of(start: &[u8]) -> u8 {
    let header = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if header.contains(&b';') && !header.contains(&b',') { b';' } else { b',' }
}

fn read_csv(input: &mut dyn BufRead, separator: u8, has_crlf: bool) -> Vec<Result<ImportRow, BadRow>> {
    // A record begins at the LF of the CR LF before it.
    let line_at = |position: Option<&csv::Position>| position.map_or(0, |at| at.line() + u64::from(has_crlf));
    let mut builder = csv::ReaderBuilder::new();
    let mut reader = builder.delimiter(separator).trim(csv::Trim::All).flexible(true).from_reader(input);
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return vec![Err(BadRow { line: 1, reason: error.to_string() })],
    };
    if let Some(reason) = wrong_header(&headers) {
        return vec![Err(BadRow { line: 1, reason })];
    }
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| BadRow { line: line_at(error.position()), reason: plain(&error) })?;
            let line = line_at(record.position());
            let record = with_whole_hash(&record, headers.len());
            if record.len() != headers.len() {
                let (found, wanted) = (record.len(), headers.len());
                let mark = if separator == b';' { "semicolon" } else { "comma" };
                let reason = if found < wanted {
                    format!("has fewer fields than the header, {found} of {wanted}")
                } else {
                    format!(
                        "has more fields than the header, {found} instead of {wanted}; a value with a {mark} in it needs \
                         quotes around it"
                    )
                };
                return Err(BadRow { line, reason });
            }
            let row: CsvRow =
                record.deserialize(Some(&headers)).map_err(|error| BadRow { line, reason: plain(&error) })?;
            let teams = row.teams.split(|c| c == ';' || c == ',' && separator == b';').map(str::trim).filter(|team| !team.is_empty());
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

/// The columns of a CSV file, as [`CsvRow`] has them; only `email` must be there.
const COLUMNS: [&str; 5] = ["name", "email", "display_name", "password_hash", "teams"];

fn wrong_header(headers: &csv::StringRecord) -> Option<String> {
    let columns = COLUMNS.join(", ");
    if let Some(unknown) = headers.iter().find(|column| !COLUMNS.contains(column)) {
        return Some(format!("the header has a column `{unknown}`; there are {columns}"));
    }
    let has_email = headers.iter().any(|column| column == "email");
    (!has_email).then(|| format!("the header has no column `email`; there are {columns}"))
}

/// The record with the pieces of a hash put together that has no quotes around its commas, if there are more fields than
/// `wanted`. Only the PHC string format has commas.
fn with_whole_hash(record: &csv::StringRecord, wanted: usize) -> csv::StringRecord {
    if record.len() <= wanted {
        return record.clone();
    }
    let mut fields: Vec<String> = Vec::new();
    for field in record {
        match fields.last_mut().filter(|hash| hash.contains('$') && continues_hash(hash, field)) {
            Some(hash) => {
                hash.push(',');
                hash.push_str(field);
            }
            None => fields.push(field.to_owned()),
        }
    }
    csv::StringRecord::from(fields)
}

/// Whether the hash ends within its parameters and `field` begins with the next one: `…$m=65536` and `t=3`.
fn continues_hash(hash: &str, field: &str) -> bool {
    let is_parameter = |text: &str| {
        text.split_once('=')
            .is_some_and(|(name, _)| ["m", "t", "p", "keyid", "data", "i", "l", "v", "r"].contains(&name))
    };
    hash.rsplit('$').next().is_some_and(is_parameter) && is_parameter(field)
}

/// The reason without the position, which [`BadRow`] has already.
fn plain(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => NotText::Encoding.to_string(),
        csv::ErrorKind::Deserialize { err, .. } => err.kind().to_string(),
        _ => error.to_string(),
    }
}

impl JsonRow {
    fn at(self, line: u64) -> ImportRow {
        ImportRow {
            line,
            name: self.name,
            email: self.email,
            display_name: self.display_name,
            password_hash: self.password_hash.filter(|hash| !hash.is_empty()).map(Secret::new),
            teams: self.teams,
        }
    }
}

/// The reason without the line, which [`BadRow`] has already.
fn plain_json(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let reason = told.rsplit_once(" at line ").map_or(told.as_str(), |(reason, _)| reason);
    match error.column() {
        0 => reason.to_owned(),
        column => format!("{reason} at column {column}"),
    }
}

fn unreadable(error: &std::io::Error) -> String {
    if error.kind() == ErrorKind::InvalidData { NotText::Encoding.to_string() } else { error.to_string() }
}

/// One object a line, or an array of objects if the first line that is not blank begins one.
fn read_json(input: &mut dyn BufRead) -> Vec<Result<ImportRow, BadRow>> {
    let (mut read, mut line) = (Vec::new(), 0);
    let mut lines = input.lines();
    while let Some(text) = lines.next() {
        line += 1;
        let bad = |reason: String| BadRow { line, reason };
        let text = match text {
            Ok(text) => Zeroizing::new(text),
            Err(error) => {
                read.push(Err(bad(unreadable(&error))));
                continue;
            }
        };
        if read.is_empty() && text.trim_start().starts_with('[') {
            let mut whole = text;
            for more in lines {
                match more {
                    Ok(more) => {
                        whole.push('\n');
                        whole.push_str(&more);
                    }
                    Err(error) => return vec![Err(bad(unreadable(&error)))],
                }
            }
            return read_array(&whole, line);
        }
        if !text.trim().is_empty() {
            let row = serde_json::from_str::<JsonRow>(&text);
            read.push(row.map(|row| row.at(line)).map_err(|error| bad(plain_json(&error))));
        }
    }
    read
}

/// The elements of the array in `text`, which begins at line `first`. A mistake in the JSON itself ends it.
fn read_array(text: &str, first: u64) -> Vec<Result<ImportRow, BadRow>> {
    let mut read = Vec::new();
    let mut rest = text.trim_start().strip_prefix('[').unwrap_or_default().trim_start();
    loop {
        let at = text.len() - rest.len();
        let breaks = text[..at].matches('\n').count();
        let line = first + u64::try_from(breaks).unwrap_or(0);
        if rest.trim_end() == "]" {
            return read;
        }
        let mut elements = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
        let element = match elements.next() {
            Some(Ok(element)) => element,
            Some(Err(error)) => {
                let line = line + u64::try_from(error.line()).unwrap_or(1).saturating_sub(1);
                read.push(Err(BadRow {
                    line,
                    reason: format!("the array of JSON objects breaks off: {}", plain_json(&error)),
                }));
                return read;
            }
            None => {
                read.push(Err(BadRow { line, reason: "the array of JSON objects has no end".to_owned() }));
                return read;
            }
        };
        let row = serde_json::from_value::<JsonRow>(element);
        read.push(row.map(|row| row.at(line)).map_err(|error| BadRow { line, reason: error.to_string() }));
        rest = rest[elements.byte_offset()..].trim_start();
        if let Some(next) = rest.strip_prefix(',') {
            rest = next.trim_start();
        } else if rest.trim_end() != "]" {
            let reason =
                "behind this object, the array of JSON objects has neither a comma nor its end".to_owned();
            read.push(Err(BadRow { line, reason }));
            return read;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: ImportFormat, input: &mut &[u8]) -> Result<Vec<ImportRow>, Vec<BadRow>> {
        let (rows, bad) = super::read(format, input);
        if bad.is_empty() { Ok(rows) } else { Err(bad) }
    }

    fn lines(format: ImportFormat, text: &str) -> Result<Vec<(u64, String)>, Vec<u64>> {
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
        assert_eq!(lines(ImportFormat::Csv, text), Ok(vec![(2, "ada".to_owned()), (4, "grace".to_owned())]));
        let rows = read(ImportFormat::Csv, &mut text.as_bytes()).unwrap();
        assert_eq!(rows[0].teams, ["ops", "web:owner"]);
        assert!(rows[0].password_hash.is_none());
    }

    #[test]
    fn a_wrong_header_and_broken_json_are_told_once_with_their_place() {
        let told = |format, text: &str| {
            let bad = read(format, &mut text.as_bytes()).err().unwrap();
            bad.iter().map(|bad| format!("{}: {}", bad.line, bad.reason)).collect::<Vec<_>>()
        };
        let columns = "there are name, email, display_name, password_hash, teams";
        assert_eq!(
            told(ImportFormat::Csv, "name,mail\nada,ada@example.org\ngrace,grace@example.org\n"),
            [format!("1: the header has a column `mail`; {columns}")]
        );
        assert_eq!(
            told(ImportFormat::Csv, "name\nada\n"),
            [format!("1: the header has no column `email`; {columns}")]
        );
        assert_eq!(told(ImportFormat::Jsonl, "\n{\"name\":\"a\",}\n"), ["2: trailing comma at column 13"]);
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_are_taken_and_utf_16_is_named() {
        let csv = "\u{feff}name,email\r\nada,ada@example.org\r\n";
        let json = "\u{feff}{\"name\":\"ada\",\"email\":\"ada@example.org\"}\r\n";
        assert_eq!(lines(ImportFormat::Csv, csv), Ok(vec![(2, "ada".to_owned())]));
        assert_eq!(lines(ImportFormat::Jsonl, json), Ok(vec![(1, "ada".to_owned())]));
        for (format, text) in [(ImportFormat::Csv, csv), (ImportFormat::Jsonl, json)] {
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
        assert_eq!(lines(ImportFormat::Csv, text), Err(vec![3, 4]));
        let text =
            "{\"name\":\"ada\",\"email\":\"a@b.org\"}\n\n{\"name\":1}\n{\"nam\":\"x\",\"email\":\"\"}\n";
        assert_eq!(lines(ImportFormat::Jsonl, text), Err(vec![3, 4]));
    }

    /// F74.
    #[test]
    fn an_array_of_objects_is_read_like_one_object_a_line() {
        let (ada, grace) = (r#"{"name":"ada","email":"a@b.org"}"#, r#"{"name":"grace","email":"g@b.org"}"#);
        let both = |lines: [u64; 2]| Ok(vec![(lines[0], "ada".to_owned()), (lines[1], "grace".to_owned())]);
        assert_eq!(lines(ImportFormat::Jsonl, &format!("[{ada},{grace}]")), both([1, 1]));
        let pretty = ada.replace('{', "{\n  ").replace(',', ",\n  ").replace('}', "\n}");
        assert_eq!(lines(ImportFormat::Jsonl, &format!("\n[\n{pretty},\n{grace}\n]\n")), both([3, 7]));
        assert_eq!(lines(ImportFormat::Jsonl, " [ ] "), Ok(vec![]));
        for (text, line) in [
            (format!("[{ada},\n{{\"name\":1}},\n{grace}]"), 2),
            (format!("[{ada},\n{grace}"), 2),
            (format!("[{ada}\n{grace}]"), 1),
            (format!("[{ada},\n{{\"name\":\n]"), 3),
            (format!("[{ada},\n"), 1),
            (format!("[{ada}] trailing"), 1),
        ] {
            assert_eq!(lines(ImportFormat::Jsonl, &text), Err(vec![line]), "{text}");
        }
    }

    /// F79.
    #[test]
    fn a_hash_without_quotes_around_its_commas_is_put_together() {
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        for scheme in ["", "{ARGON2}"] {
            let hash = format!("{scheme}{hash}");
            for hash_in_file in [hash.clone(), format!("\"{hash}\""), hash.replace(',', ", ")] {
                let text =
                    format!("name,email,password_hash,teams\nada,ada@example.org,{hash_in_file},ops\n");
                let rows =
                    read(ImportFormat::Csv, &mut text.as_bytes()).unwrap_or_else(|bad| panic!("{bad:?}"));
                assert_eq!(rows[0].password_hash.as_ref().unwrap().expose(), hash);
                assert_eq!(rows[0].teams, ["ops"]);
            }
        }
        let pbkdf2 =
            "$pbkdf2-sha256$i=1000,l=32$PWfM+V8rRYhxDkEohTBmDA$aRzVty8yTesOWbPyn6ZQh0QMCbK5ctU673WLrvrebWg";
        let bcrypt = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
        let django = "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";
        for hash in [pbkdf2, bcrypt, django, "{SSHA}2WQ+tHe17EX9C7HnaEC07jBe83fPU2lx"] {
            let text = format!("name,email,password_hash,teams\nada,ada@example.org,{hash},ops\n");
            let rows = read(ImportFormat::Csv, &mut text.as_bytes()).unwrap_or_else(|bad| panic!("{bad:?}"));
            assert_eq!(rows[0].password_hash.as_ref().unwrap().expose(), hash);
        }
        let text = "name,email,display_name\nada,ada@example.org,Lovelace, Ada\n";
        let bad = read(ImportFormat::Csv, &mut text.as_bytes()).unwrap_err();
        assert!(bad[0].reason.contains("more fields") && bad[0].reason.contains("quotes"), "{bad:?}");
        let few = read(ImportFormat::Csv, &mut "name,email,display_name\nada\n".as_bytes()).unwrap_err();
        assert_eq!((few[0].line, few[0].reason.as_str()), (2, "has fewer fields than the header, 1 of 3"));
    }

    #[test]
    fn semicolons_between_columns_are_known_by_the_header() {
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        for end in ["\n", "\r\n"] {
            let text = [
                "\u{feff}name;email;display_name;password_hash;teams".to_owned(),
                format!("ada;ada@example.org;Lovelace, Ada;{hash};ops, web:owner"),
                "grace;grace@example.org;;;\"ops;web\"".to_owned(),
                String::new(),
            ]
            .join(end);
            let rows = read(ImportFormat::Csv, &mut text.as_bytes()).unwrap_or_else(|bad| panic!("{bad:?}"));
            assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
            assert_eq!(rows[0].display_name, "Lovelace, Ada");
            assert_eq!(rows[0].password_hash.as_ref().unwrap().expose(), hash);
            assert_eq!(
                (rows[0].teams.join(" "), rows[1].teams.join(" ")),
                ("ops web:owner".into(), "ops web".into())
            );
        }
        let bad =
            read(ImportFormat::Csv, &mut "name;email\nada;ada@example.org;extra\n".as_bytes()).unwrap_err();
        assert!(bad[0].line == 2 && bad[0].reason.contains("semicolon"), "{bad:?}");
    }

    #[test]
    fn a_file_without_names_leaves_them_empty() {
        let text = "email,password_hash\nada@example.org,\n";
        assert_eq!(lines(ImportFormat::Csv, text), Ok(vec![(2, String::new())]));
        assert_eq!(
            lines(ImportFormat::Jsonl, "{\"email\":\"ada@example.org\"}"),
            Ok(vec![(1, String::new())])
        );
    }

    #[test]
    fn tabs_a_sep_line_and_another_case_are_refused_and_nothing_is_read() {
        for text in [
            "sep=;\nname;email\nada;ada@example.org\n",
            "sep=,\nname,email\nada,ada@example.org\n",
            "name\temail\nada\tada@example.org\n",
            "Name,E-Mail\nada,ada@example.org\n",
        ] {
            assert!(lines(ImportFormat::Csv, text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_format_is_known_by_the_end_of_the_files_name() {
        assert_eq!(ImportFormat::of_file("people.CSV"), Some(ImportFormat::Csv));
        assert_eq!(ImportFormat::of_file("people.jsonl"), Some(ImportFormat::Jsonl));
        assert_eq!(ImportFormat::of_file("people"), None);
    }
}
