//! Settings: defaults < file < environment < flags. One list of keys (`sections`) says what there is;
//! reading, refusing, printing and the sample all follow it.

mod derived;
mod fault;
pub mod keys;
mod print;
mod private;
mod read;
mod sections;
mod value;

pub use fault::{ConfigError, ConfigProblem, Origin};
pub use print::{page_users, reference, sample};
pub use sections::{
    CodeSettings, KeySettings, LogSettings, MailSettings, PasswordSettings, PortalSettings, Settings,
    SshSettings, StoreSettings,
};
pub use value::{AfterReset, LogFormat, LogLevel, MailTransport, MaxStartups, SignUp};
