//! Terminal size, clamped before anything is allocated from it.

/// Columns and rows within 20x5 to 500x200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    cols: u16,
    rows: u16,
}

impl Size {
    /// Used when the client sends no size.
    pub const DEFAULT: Self = Self { cols: 80, rows: 24 };

    /// Clamps the size that a client sent. Zero means "not known" (RFC 4254 section 6.2).
    #[must_use]
    pub fn clamped(cols: u32, rows: u32) -> Self {
        let within = |asked: u32, unknown: u16, low: u16, high: u16| match asked {
            0 => unknown,
            n => u16::try_from(n).unwrap_or(u16::MAX).clamp(low, high),
        };
        Self { cols: within(cols, 80, 20, 500), rows: within(rows, 24, 5, 200) }
    }

    /// Columns, 20 to 500.
    #[must_use]
    pub const fn cols(self) -> u16 {
        self.cols
    }

    /// Rows, 5 to 200.
    #[must_use]
    pub const fn rows(self) -> u16 {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_size_is_clamped() {
        let of = |cols, rows| (Size::clamped(cols, rows).cols(), Size::clamped(cols, rows).rows());
        assert_eq!(of(0, 0), (80, 24));
        assert_eq!(of(u32::MAX, u32::MAX), (500, 200));
        assert_eq!(of(65_536, 1), (500, 5));
        assert_eq!(of(1, 65_536), (20, 200));
        assert_eq!(of(120, 40), (120, 40));
    }
}
