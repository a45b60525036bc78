//! What SNS takes as the sender of an SMS.

/// Characters of the sender of an SMS.
pub const LONGEST_SENDER_ID: usize = 11;

/// Whether SNS takes this as the sender of an SMS: letters, digits and hyphens, at least one letter,
/// no hyphen at the ends.
pub fn is_sender_id(sender: &str) -> bool {
    (1..=LONGEST_SENDER_ID).contains(&sender.len())
        && sender.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && sender.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !sender.starts_with('-')
        && !sender.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_of_an_sms_is_what_sns_takes() {
        for sender in ["Kommunen", "A", "NAV-2026", "2tall", "abcdefghijk"] {
            assert!(is_sender_id(sender), "{sender}");
        }
        let refused = [
            "",
            "abcdefghijkl",
            "12345",
            "-Kommunen",
            "Kommunen-",
            "To ord",
            "Bærum",
            "+4799999999",
            "a_b",
            "a.b",
        ];
        for sender in refused {
            assert!(!is_sender_id(sender), "{sender}");
        }
    }
}
