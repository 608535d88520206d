//! Checksums of tables: the same rows give the same checksum, in whatever order an engine hands them out.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    /// A mark for the type, and the content. With its length before it, no two rows are written the same.
    fn feed(&self, context: &mut Context) {
        let mut part = |mark: u8, content: &[u8]| {
            context.update(&[mark]);
            context.update(&content.len().to_le_bytes());
            context.update(content);
        };
        match self {
            Self::Null => part(0, &[]),
            Self::Integer(number) => part(1, &number.to_le_bytes()),
            Self::Text(text) => part(2, text.as_bytes()),
            Self::Bytes(bytes) => part(3, bytes),
        }
    }
}

/// How many rows there are, and the sum of their SHA-256 hashes (the first 128 bits, modulo 2^128). Against faults,
/// not against forgers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checksum {
    rows: u64,
    sum: u128,
}

impl Checksum {
    /// Adds a row.
    pub fn add(&mut self, row: &[Value]) {
        let mut context = Context::new(&SHA256);
        for value in row {
            value.feed(&mut context);
        }
        let hash = context.finish();
        let first = hash.as_ref().iter().take(16).fold(0, |sum: u128, byte| sum << 8 | u128::from(*byte));
        self.rows += 1;
        self.sum = self.sum.wrapping_add(first);
    }

    /// How many rows there are.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[&[Value]]) -> Checksum {
        let mut checksum = Checksum::default();
        for row in rows {
            checksum.add(row);
        }
        checksum
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        let text = |text: &str| Value::Text(text.to_owned());
        let (ada, grace) = ([text("ada"), Value::Integer(1)], [text("grace"), Value::Null]);
        assert_eq!(of(&[&ada, &grace]), of(&[&grace, &ada]));
        assert_eq!(of(&[&ada, &grace]).rows(), 2);
        let others: [&[Value]; 6] = [
            &[text("ada"), Value::Integer(2)],
            &[Value::Integer(1), text("ada")],
            &[text("ad"), text("a"), Value::Integer(1)],
            &[Value::Bytes(b"ada".to_vec()), Value::Integer(1)],
            &[text("ada"), Value::Null],
            &[text("ada"), text("1")],
        ];
        for other in others {
            assert_ne!(of(&[&ada]).to_string(), of(&[other]).to_string(), "{other:?}");
        }
        // A row that came twice does not cancel itself out.
        assert_ne!(of(&[&ada, &ada]).to_string(), of(&[]).to_string());
    }
}
