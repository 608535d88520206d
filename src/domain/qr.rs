//! A QR code as lines of half blocks: each cell is two modules, one above the other, which makes the picture
//! square on a terminal, whose cells are twice as high as wide.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code. The standard asks for four; two are read by every camera that was tried, and
/// leave the picture small enough for 24 rows.
const QUIET: usize = 2;

/// `text` as a picture, dark on light; `None` when it is too long to be one.
#[must_use]
pub fn half_blocks(text: &str) -> Option<Vec<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let modules = code.to_colors();
    let is_dark = |row: usize, column: usize| {
        let within = |place: usize| place.checked_sub(QUIET).filter(|place| *place < width);
        let (Some(row), Some(column)) = (within(row), within(column)) else { return false };
        modules.get(row * width + column) == Some(&Color::Dark)
    };
    let side = width + 2 * QUIET;
    let cell = |row: usize, column: usize| match (is_dark(row, column), is_dark(row + 1, column)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let line = |row: usize| (0..side).map(|column| cell(row, column)).collect();
    Some((0..side).step_by(2).map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::Entropy;
    use crate::domain::totp::TotpSecret;

    #[test]
    fn the_largest_address_fits_nineteen_lines_of_thirty_seven_cells() {
        let uri = TotpSecret::generate(&Entropy::seeded(1))
            .uri("A very long portal", "a-very-long-name-of-a-person");
        let lines = half_blocks(uri.expose()).unwrap();
        assert_eq!(lines.len(), 19);
        assert!(lines.iter().all(|line| line.chars().count() == 37), "{lines:#?}");
    }

    #[test]
    fn a_finder_stands_in_its_corner_within_a_quiet_zone() {
        let lines = half_blocks("otpauth").unwrap();
        assert!(lines[0].trim().is_empty());
        assert!(lines[1].starts_with("  █▀▀▀▀▀█ "), "{}", lines[1]);
        assert!(lines[4].starts_with("  ▀▀▀▀▀▀▀ "), "{}", lines[4]);
    }

    #[test]
    fn what_is_too_long_is_no_picture() {
        assert_eq!(half_blocks(&"x".repeat(8_000)), None);
    }
}
