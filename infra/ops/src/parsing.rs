//! What an operator types: ids, owners and times. A mistake is answered with what may have been meant.

use chrono::{DateTime, NaiveDate, Utc};
use varsling_domain::identity::{OrganizationNumber, Owner};
use varsling_domain::ids::ChainId;

/// An order's id, or that of one of its shipments or deliveries.
pub fn order(text: &str) -> Result<ChainId, String> {
    // A delivery's id is its shipment's, a hyphen and a number.
    let without_number = text.rsplit_once('-').map_or(text, |(shipment, _)| shipment);
    ChainId::named(text).or_else(|| ChainId::named(without_number)).ok_or_else(|| {
        format!(
            "`{text}` is no id of an order, a shipment or a delivery: 32 hexadecimal digits in five groups, such as \
             c2727ae6-466e-8b3f-b22a-0b0219417000"
        )
    })
}

/// An owner's organisation number.
pub fn owner(text: &str) -> Result<Owner, String> {
    let digits: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let owner = Owner::try_from(digits.as_str())
        .map_err(|_| format!("`{text}` is no organisation number: it has nine digits"))?;
    if OrganizationNumber::try_from(digits.as_str()).is_ok() {
        return Ok(owner);
    }
    Err(match with_check_digit(&digits) {
        Some(meant) => {
            format!("`{text}` is no organisation number: its last digit does not fit. Was {meant} meant?")
        }
        None => format!("`{text}` is no organisation number: no last digit fits its first eight"),
    })
}

/// The number with the same first eight digits that has the right check digit.
fn with_check_digit(digits: &str) -> Option<String> {
    let first = digits.get(..8)?;
    (0..10)
        .map(|check| format!("{first}{check}"))
        .find(|number| OrganizationNumber::try_from(number.as_str()).is_ok())
}

/// A moment, or a day, whose beginning in UTC is meant.
pub fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let day = text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    day.map(|midnight| midnight.and_utc()).ok_or_else(|| {
        format!(
            "`{text}` is no time: 2026-12-07T08:00:00Z, or 2026-12-07 for the beginning of that day in UTC"
        )
    })
}

/// A day.
pub fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| format!("`{text}` is no day: year, month and day, such as 2026-12-07"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_id_of_an_order_names_it() {
        let id = "c2727ae6-466e-8b3f-b22a-0b0219417000";
        let order_id = order(id).unwrap();
        for text in ["c2727ae6-466e-8b3f-b22a-0b0219417001", "c2727ae6-466e-8b3f-b22a-0b0219417001-0"] {
            assert_eq!(order(text).unwrap(), order_id, "{text}");
        }
        assert!(order("c2727ae6").unwrap_err().contains("is no id"));
    }

    #[test]
    fn a_wrong_digit_is_answered_with_what_was_meant() {
        assert_eq!(owner("991 825 827").unwrap().as_str(), "991825827");
        assert!(owner("991825826").unwrap_err().ends_with("Was 991825827 meant?"));
        assert!(owner("99182582").unwrap_err().contains("nine digits"));
    }

    #[test]
    fn a_day_is_its_beginning() {
        assert_eq!(moment("2026-12-07").unwrap(), moment("2026-12-07T00:00:00Z").unwrap());
        assert_eq!(moment("2026-12-07T01:00:00+01:00").unwrap(), moment("2026-12-07").unwrap());
        assert!(moment("7.12.2026").is_err() && day("2026-13-01").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*|[0-9]{9}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}") {
            let _ = (order(&text), owner(&text), moment(&text), day(&text));
        }
    }
}
