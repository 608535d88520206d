//! Exit codes of sessions, commands and the operator's program, as sysexits(3) numbers them. 255 is ssh's own and never
//! comes from here.

/// Writes out the constants and the list of them with their meaning.
macro_rules! exit_codes {
    ($( $(#[doc = $meaning:literal])+ $name:ident = $code:literal; )*) => {
        $( $(#[doc = $meaning])+ pub const $name: u32 = $code; )*

        /// Every code with its meaning.
        pub const ALL: &[(u32, &str)] = &[$( ($code, concat!($($meaning),+).trim_ascii()) ),*];
    };
}

exit_codes! {
    /// Success, or the person left by choice.
    DONE = 0;
    /// The answer is no: there is no such thing, or the person left in the middle.
    NO = 1;
    /// `EX_USAGE`: not a command, or one that cannot be understood.
    USAGE = 64;
    /// `EX_DATAERR`: understood, and refused by a rule (password policy, kind of key).
    POLICY = 65;
    /// `EX_NOINPUT`: an input file cannot be read.
    NO_INPUT = 66;
    /// `EX_UNAVAILABLE`: the database or another backend is down, or the connection is gone.
    UNAVAILABLE = 69;
    /// `EX_SOFTWARE`: a bug in this program.
    INTERNAL = 70;
    /// `EX_TEMPFAIL`: the same may work later; `retry_after_s` in the JSON says when.
    LATER = 75;
    /// `EX_NOPERM`: not authenticated, or not allowed.
    DENIED = 77;
    /// `EX_CONFIG`: a setting, a key file or the store is wrong.
    CONFIG = 78;
}
