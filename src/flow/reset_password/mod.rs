//! A forgotten password: say which account, type the code from the email, choose a new password.

mod choose_address;
mod enter_code;
mod forgot_password;
mod new_password;

pub use choose_address::ChooseAddress;
pub use enter_code::EnterCode;
pub use forgot_password::ForgotPassword;
pub use new_password::NewPassword;
