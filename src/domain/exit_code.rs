//! Exit codes of sessions, commands and the operator's program, as sysexits(3) numbers them. 255 is ssh's own and never
//! comes from here.

/// Success, or the person left by choice.
pub const DONE: u32 = 0;
/// The answer is no: there is no such thing, or the person left in the middle.
pub const NO: u32 = 1;
/// `EX_USAGE`: not a command, or one that cannot be understood.
pub const USAGE: u32 = 64;
/// `EX_DATAERR`: understood, and refused by a rule.
pub const POLICY: u32 = 65;
/// `EX_NOINPUT`: an input file cannot be read.
pub const NO_INPUT: u32 = 66;
/// `EX_UNAVAILABLE`: the database or another backend is down, or the connection is gone.
pub const UNAVAILABLE: u32 = 69;
/// `EX_SOFTWARE`: a bug in this program.
pub const INTERNAL: u32 = 70;
/// `EX_TEMPFAIL`: the same may work later.
pub const LATER: u32 = 75;
/// `EX_NOPERM`: not authenticated, or not allowed.
pub const DENIED: u32 = 77;
/// `EX_CONFIG`: a setting, a key file or the store is wrong.
pub const CONFIG: u32 = 78;
