//! Where a notice can be sent: e-mail addresses and mobile numbers.

mod email_address;
mod mobile_number;

pub use email_address::{EmailAddress, InvalidEmailAddress};
pub use mobile_number::{InvalidMobileNumber, MobileNumber};
