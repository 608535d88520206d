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

    /// The picture in pixels, as a camera sees it: each module is a square of four by four.
    fn read(lines: &[String]) -> String {
        const SCALE: usize = 4;
        let cells: Vec<Vec<char>> = lines.iter().map(|line| line.chars().collect()).collect();
        let is_dark = |x: usize, y: usize| match cells[y / 2][x] {
            '█' => true,
            '▀' => y % 2 == 0,
            '▄' => y % 2 == 1,
            _ => false,
        };
        let (width, height) = (cells[0].len() * SCALE, cells.len() * 2 * SCALE);
        let shade = |x: usize, y: usize| if is_dark(x / SCALE, y / SCALE) { 0 } else { 255 };
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, shade);
        picture.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn a_camera_reads_the_address_and_the_picture_grows_with_it() {
        let secret = TotpSecret::generate(&Entropy::seeded(1));
        let mut widths = Vec::new();
        for (portal, name) in [
            ("Doorkey", "ada"),
            ("Doorkey", "maria.schneider.admin"),
            ("ACME: Systems", "владимир"),
            ("Ärztekammer für Berlin-Brandenburg, Süd", "渡辺渡辺渡辺渡辺渡辺渡辺渡辺渡辺"),
        ] {
            let uri = secret.uri(portal, name);
            let lines = half_blocks(uri.expose()).unwrap();
            let width = lines[0].chars().count();
            assert!(
                lines.iter().all(|line| line.chars().count() == width) && lines.len() == width.div_ceil(2)
            );
            assert_eq!(read(&lines), uri.expose());
            widths.push(width);
        }
        // What fits a terminal of 80x24 beside the page is 41 wide.
        assert!(widths[1] <= 41 && widths.is_sorted(), "{widths:?}");
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
