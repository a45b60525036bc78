//! The text of an SMS as the network counts it.

mod gsm;
mod nearest;
mod segments;

pub use nearest::nearest;
pub use segments::{Encoding, Segments};

/// Calling codes of countries whose networks show no sender ids of letters: the United States, Canada and
/// the Caribbean (+1), and China. SNS then sends from a number of its own (AWS End User Messaging SMS user
/// guide, "Sender IDs").
const WITHOUT_SENDER_IDS: [&str; 2] = ["+1", "+86"];

/// Whether a number in E.164 is in a country that shows sender ids.
pub fn shows_sender_id(number: &str) -> bool {
    !WITHOUT_SENDER_IDS.iter().any(|code| number.starts_with(code))
}

#[cfg(test)]
mod tests {
    #[test]
    fn sender_ids_are_shown_where_networks_allow_them() {
        for (number, shown) in [("+4790000001", true), ("+8613812345678", false), ("+12025550123", false)] {
            assert_eq!(super::shows_sender_id(number), shown, "{number}");
        }
    }
}
