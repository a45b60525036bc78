//! The numbers that people, organisations and service owners are known by.

mod birth_date;
mod external_identity;
mod national_identity_number;
mod organization_number;
mod owner;

pub use birth_date::BirthDate;
pub use external_identity::{ExternalIdentity, InvalidExternalIdentity};
pub use national_identity_number::{InvalidNationalIdentityNumber, NationalIdentityNumber};
pub use organization_number::{InvalidOrganizationNumber, OrganizationNumber};
pub use owner::{InvalidOwner, Owner};

/// The digits of a text that consists of exactly `N` of them.
fn digits<const N: usize>(text: &str) -> Option<[u32; N]> {
    let bytes: [u8; N] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then(|| bytes.map(|byte| u32::from(byte - b'0')))
}

/// What check digits are computed from; digits beyond the weights don't count.
fn weighted_sum(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}
