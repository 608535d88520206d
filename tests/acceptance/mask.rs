//! What no test can foresee in a frame, covered so that the rest of it can be compared: times, and the secrets
//! that a page shows once.

/// The frame with everything covered.
pub(crate) fn masked(frame: &str) -> String {
    let (mut covered, mut at) = (String::with_capacity(frame.len()), 0);
    let frame = without_waits(&without_secrets(frame));
    let shapes = shapes_of_times();
    while let Some(c) = frame[at..].chars().next() {
        let before =
            frame[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | ':'));
        if let Some(shape) = shapes.iter().find(|shape| !before && has_shape(&frame[at..], shape)) {
            covered.push_str(shape);
            at += shape.len();
        } else {
            covered.push(c);
            at += c.len_utf8();
        }
    }
    covered
}

/// The frame with the seconds of each wait covered, two digits as two letters.
fn without_waits(frame: &str) -> String {
    const UNITS: [&str; 2] = [" seconds", " second"];
    let mut covered = String::with_capacity(frame.len());
    let mut rest = frame;
    while let Some(c) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && covered.ends_with("in ") && UNITS.iter().any(|unit| rest[digits..].starts_with(unit))
        {
            covered.push_str(&"N".repeat(digits));
            rest = &rest[digits..];
        } else {
            covered.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    covered
}

/// Days and times of day, those that a narrow column cuts off first, then the whole ones, the longest first.
fn shapes_of_times() -> Vec<String> {
    let (whole, short) = ("YYYY-MM-DD HH:MM:SS", "MM-DD HH:MM");
    let cut = |shape: &str, from: usize| {
        (from..shape.len()).rev().map(|end| format!("{}…", &shape[..end])).collect::<Vec<_>>()
    };
    let mut shapes = [cut(whole, 5), cut(short, 4)].concat();
    shapes.extend([whole, &whole[..16], &whole[..10], short, "HH:MM"].map(str::to_owned));
    shapes
}

/// Whether `text` begins with a time of this shape, where each letter stands for a digit.
fn has_shape(text: &str, shape: &str) -> bool {
    let same = |c: char, s: char| if s.is_ascii_alphabetic() { c.is_ascii_digit() } else { c == s };
    let mut rest = text.chars();
    shape.chars().all(|s| rest.next().is_some_and(|c| same(c, s)))
        && !rest.next().is_some_and(|c| c.is_ascii_digit())
}

/// The frame with each recovery code and an authenticator's secret covered, and its picture.
fn without_secrets(frame: &str) -> String {
    let is_block = |c: char| matches!(c, '█' | '▀' | '▄');
    let cells = || frame.lines().flat_map(|line| line.chars().enumerate());
    let picture = || cells().filter(|(_, c)| is_block(*c)).map(|(col, _)| col);
    let cols = picture().min().unwrap_or(0)..=picture().max().unwrap_or(0);
    let cover = |line: &str| {
        let has_picture = line.contains(is_block);
        let cells = line.chars().chain(std::iter::repeat(' ')).take(line.chars().count().max(cols.end() + 1));
        let covered = cells.enumerate().map(|(col, c)| if cols.contains(&col) { '█' } else { c });
        let line = if has_picture { covered.collect() } else { line.to_owned() };
        cover_groups(&line) + "\n"
    };
    frame.lines().map(cover).collect()
}

/// The line with `X` for what is secret, if all that it says beside a picture is groups of four characters.
fn cover_groups(line: &str) -> String {
    let is_group =
        |group: &str| group.len() == 4 && group.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let mut words = line.split([' ', '█']).filter(|word| !word.is_empty());
    let is_secret = words.all(|word| word.split('-').all(is_group));
    line.chars().map(|c| if is_secret && c.is_ascii_alphanumeric() { 'X' } else { c }).collect()
}

#[test]
fn what_nobody_can_foresee_is_covered_and_nothing_else() {
    for (frame, expected) in [
        ("Added 2026-11-22 10:05 UTC\n", "Added YYYY-MM-DD HH:MM UTC\n"),
        ("russh_0…   2026-11…   0 min\n", "russh_0…   YYYY-MM…   0 min\n"),
        ("open   2026-11-22 1…\n", "open   YYYY-MM-DD H…\n"),
        ("case 1001, russh_0.65.1, 127.0.0.1\n", "case 1001, russh_0.65.1, 127.0.0.1\n"),
        ("  0W3K-9QTE-5XMB-72RC-DN4H-ZJ8V\n", "  XXXX-XXXX-XXXX-XXXX-XXXX-XXXX\n"),
        ("  JBSW Y3DP\n\n  type WDJB-MJHT\n", "  XXXX XXXX\n\n  type WDJB-MJHT\n"),
        (" ▀ █ x\n  ▄   JBSW\n ▀\n x\n", " ███ x\n ███  XXXX\n ███\n x\n"),
        ("an offset such as +02:00\n", "an offset such as +02:00\n"),
    ] {
        assert_eq!(masked(frame), expected);
    }
}
