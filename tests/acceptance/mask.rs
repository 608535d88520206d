//! What no test can foresee in a frame, covered so that the rest of it can be compared: times, and the secrets
//! that a page shows once.

/// The frame with everything covered.
pub(crate) fn masked(frame: &str) -> String {
    let (mut covered, mut at) = (String::with_capacity(frame.len()), 0);
    let frame = without_secrets(frame);
    let shapes = shapes_of_times();
    while let Some(c) = frame[at..].chars().next() {
        let before =
            frame[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'));
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

/// Days and times of day, the longest first, also those that a narrow column cuts off.
fn shapes_of_times() -> Vec<String> {
    let (whole, short) = ("YYYY-MM-DD HH:MM:SS", "MM-DD HH:MM");
    let cut = |shape: &str, from: usize| {
        (from..shape.len()).rev().map(|end| format!("{}…", &shape[..end])).collect::<Vec<_>>()
    };
    let mut shapes = [whole, &whole[..16], &whole[..10], short, "HH:MM"].map(str::to_owned).to_vec();
    shapes.extend(cut(whole, 5));
    shapes.extend(cut(short, 4));
    shapes
}

/// Whether `text` begins with a time of this shape, where each letter stands for a digit.
fn has_shape(text: &str, shape: &str) -> bool {
    let same = |c: char, s: char| if s.is_ascii_alphabetic() { c.is_ascii_digit() } else { c == s };
    let mut rest = text.chars();
    shape.chars().all(|s| rest.next().is_some_and(|c| same(c, s)))
        && !rest.next().is_some_and(|c| c.is_ascii_digit())
}

/// The frame with each saved code and each line of an authenticator's secret covered, and the picture with it.
fn without_secrets(frame: &str) -> String {
    let mut lines: Vec<String> = frame.lines().map(|line| cover_groups(line) + "\n").collect();
    let is_block = |c: char| matches!(c, '█' | '▀' | '▄');
    let columns = || frame.lines().flat_map(|line| line.chars().enumerate()).filter(|(_, c)| is_block(*c));
    let (left, right) =
        (columns().map(|(at, _)| at).min().unwrap_or(0), columns().map(|(at, _)| at).max().unwrap_or(0));
    for line in lines.iter_mut().filter(|line| line.contains(is_block)) {
        let beyond = line.chars().skip(right + 1).collect::<String>();
        let before = line.chars().take(left).collect::<String>();
        *line = before + &"█".repeat(right + 1 - left) + if beyond.is_empty() { "\n" } else { &beyond };
    }
    lines.concat()
}

/// The line with `X` for what is secret, if all that it says is groups of four characters.
fn cover_groups(line: &str) -> String {
    let is_group =
        |group: &str| group.len() == 4 && group.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let is_secret = line.split_whitespace().all(|word| word.split('-').all(is_group));
    line.chars().map(|c| if is_secret && c.is_ascii_alphanumeric() { 'X' } else { c }).collect()
}

#[test]
fn what_nobody_can_foresee_is_covered_and_nothing_else() {
    for (frame, expected) in [
        ("Added 2026-11-22 10:05 UTC\n", "Added YYYY-MM-DD HH:MM UTC\n"),
        ("russh_0…   2026-11…   0 min\n", "russh_0…   YYYY-MM…   0 min\n"),
        ("case 1001, russh_0.65.1, 127.0.0.1\n", "case 1001, russh_0.65.1, 127.0.0.1\n"),
        ("  0W3K-9QTE-5XMB-72RC-DN4H-ZJ8V\n", "  XXXX-XXXX-XXXX-XXXX-XXXX-XXXX\n"),
        ("  JBSW Y3DP\n\n  type WDJB-MJHT\n", "  XXXX XXXX\n\n  type WDJB-MJHT\n"),
        (" ▀ █ x\n  ▄\n x\n", " ███ x\n ███\n x\n"),
    ] {
        assert_eq!(masked(frame), expected);
    }
}
