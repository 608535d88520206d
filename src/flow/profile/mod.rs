//! Who you are here and what you prefer.

mod overview;
mod setting;

pub use overview::ProfilePage;
pub use setting::ProfileSettingPage;
