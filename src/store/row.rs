//! How columns become values and rows become entities, on both drivers.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

use crate::domain::appearance::Appearance;
use crate::domain::ldap_attribute::AttributeScope;
use crate::domain::ssh_key::Fingerprint;
use crate::domain::support_case::{Author, CaseState};
use crate::domain::timestamp::Timestamp;
use crate::messages::{Language, LanguageChoice};

/// A column that is kept as `$raw`.
macro_rules! column {
    ($value:ty as $raw:ty, $decode:expr, $encode:expr) => {
        impl<DB: Database> Type<DB> for $value
        where
            $raw: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$raw>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <$raw>::compatible(ty)
            }
        }
        impl<'r, DB: Database> Decode<'r, DB> for $value
        where
            $raw: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let decode: fn($raw) -> Option<Self> = $decode;
                decode(<$raw>::decode(value)?).ok_or_else(|| concat!("not a ", stringify!($value)).into())
            }
        }
        impl<'q, DB: Database> Encode<'q, DB> for $value
        where
            $raw: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let encode: fn(&Self) -> $raw = $encode;
                encode(self).encode(buffer)
            }
        }
    };
}

column!(Timestamp as i64, |ms| Some(Self::from_epoch_ms(ms)), |at| at.epoch_ms());
column!(Fingerprint as Vec<u8>, |bytes| Self::from_bytes(&bytes), |key| key.as_bytes().to_vec());
column!(Author as String, |word| Self::of(&word), |author| author.as_str().to_owned());

column!(Appearance as String, |word| word.parse().ok(), |one| one.to_string());
column!(Language as String, |tag| tag.parse().ok(), |one| one.tag().to_owned());
column!(LanguageChoice as String, |word| word.parse().ok(), |one| one.to_string());

column!(AttributeScope as String, |text| text.parse().ok(), |scope| scope.to_string());

column!(CaseState as String, |word| Some(if word == "open" { Self::Open } else { Self::Closed }), |state| {
    state.to_string()
});

/// Reads rows into an entity, each column into the field of its name. `field: f` passes the column through `f`,
/// `field = row` makes a field that has columns of its own, `field = default` leaves it to another query.
macro_rules! row {
    ($entity:ty { $($fields:tt)* }) => {
        $crate::store::row::row!(@of sqlx::sqlite::SqliteRow, $entity { $($fields)* });
        $crate::store::row::row!(@of sqlx::postgres::PgRow, $entity { $($fields)* });
    };
    (@of $row:ty, $entity:ty { $($field:ident $(: $map:path)? $(= $how:ident)?),* $(,)? }) => {
        impl sqlx::FromRow<'_, $row> for $entity {
            fn from_row(row: &$row) -> sqlx::Result<Self> {
                Ok(Self { $($field: $crate::store::row::row!(@get row $field $(: $map)? $(= $how)?)),* })
            }
        }
    };
    (@get $row:ident $field:ident) => { sqlx::Row::try_get($row, stringify!($field))? };
    (@get $row:ident $field:ident : $map:path) => { $map(sqlx::Row::try_get($row, stringify!($field))?) };
    (@get $row:ident $field:ident = row) => { sqlx::FromRow::from_row($row)? };
    (@get $row:ident $field:ident = default) => { Default::default() };
}

pub(in crate::store) use row;

/// For a column that keeps yes and no as 1 and 0.
pub(in crate::store) fn flag(number: i64) -> bool {
    number != 0
}

/// For a column that keeps a list as lines.
pub(in crate::store) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
