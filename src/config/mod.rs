//! Settings: defaults < file < environment < flags. They are declared once, in `sections`;
//! reading, error messages, printing and the sample file are derived from it.

mod derived;
mod fault;
pub mod hooks;
pub mod keys;
pub mod keys_in_use;
mod print;
mod private;
mod read;
mod sections;
mod value;

pub use derived::CertificateFiles;
pub use fault::{ConfigError, ConfigProblem, Origin};
pub use print::{page_users, reference, sample};
pub use read::DEFAULT_FILE;
pub use sections::{
    AccountSettings, CodeSettings, HookSettings, KeySettings, LdapSettings, LogSettings, MailSettings,
    MetricsSettings, PasswordSettings, PortalSettings, Settings, SshSettings, StoreSettings, TeamSettings,
    VerifySettings,
};
pub use value::{
    AfterReset, DirectoryKind, DirectoryPasswordChange, DirectoryResetAs, LogFormat, LogLevel, MailTransport,
    SignUp, TeamCreation,
};
