//! Exit codes of sessions, commands and the operator's program, as sysexits(3) numbers them. 255 is ssh's own and never
//! comes from here.

/// What an exit code means.
#[derive(Clone, Copy, Debug)]
pub struct ExitCode {
    pub code: u32,
    /// For lists of codes: a few words. Empty for what only the operator's program exits with.
    pub summary: &'static str,
    /// One sentence.
    pub meaning: &'static str,
}

/// Writes out the constants and the list of them with their meaning.
macro_rules! exit_codes {
    ($( $(#[doc = $meaning:literal])+ $name:ident = $code:literal, $summary:literal; )*) => {
        $( $(#[doc = $meaning])+ pub const $name: u32 = $code; )*

        /// Every code with its meaning.
        pub const ALL: &[ExitCode] = &[$(
            ExitCode { code: $code, summary: $summary, meaning: concat!($($meaning),+).trim_ascii() }
        ),*];
    };
}

exit_codes! {
    /// Success, or the person left by choice.
    DONE = 0, "done";
    /// The answer is no: there is no such thing, or the person left in the middle.
    NO = 1, "not found or not finished";
    /// `EX_USAGE`: not a command, or one that cannot be understood.
    USAGE = 64, "usage";
    /// `EX_DATAERR`: understood, and refused by a rule (password policy, kind of key).
    POLICY = 65, "refused by a rule";
    /// `EX_NOINPUT`: an input file cannot be read.
    NO_INPUT = 66, "";
    /// `EX_UNAVAILABLE`: the database or another backend is down, or the connection is gone.
    UNAVAILABLE = 69, "unavailable";
    /// `EX_SOFTWARE`: a bug in this program.
    INTERNAL = 70, "internal error";
    /// `EX_TEMPFAIL`: the same may work later; `retry_after_s` in the JSON says when.
    LATER = 75, "try later";
    /// `EX_NOPERM`: not authenticated, or not allowed.
    DENIED = 77, "not signed in or not allowed";
    /// `EX_CONFIG`: a setting, a key file or the store is wrong.
    CONFIG = 78, "";
    /// Whoever read standard output has left, as `head` does; what was done stays done. It is what a shell says of a program
    /// that `SIGPIPE` ends.
    READER_LEFT = 141, "";
}
