//! The date of birth that a national identity number begins with.

use chrono::NaiveDate;

use super::{NationalIdentityNumber, digits, weighted_sum};

const FIRST_WEIGHTS: [u32; 9] = [3, 7, 6, 1, 8, 9, 4, 5, 2];

/// A date of birth. Those that cannot be told the century have none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate {
    day: u32,
    month: u32,
    /// The last two digits.
    year: u32,
    century: Option<u32>,
}

crate::parsed::hidden!(BirthDate);

impl BirthDate {
    /// The date in a number, without what D-numbers add to the day and synthetic ones to the month.
    pub fn of(number: &NationalIdentityNumber) -> Option<Self> {
        let digits: [u32; 11] = digits(number.as_str())?;
        let [day, month, year] = [0, 2, 4].map(|at| 10 * digits[at] + digits[at + 1]);
        let individual = 100 * digits[6] + 10 * digits[7] + digits[8];
        let (day, month) = (day % 40, month % 40);
        let century = century(year, individual).filter(|_| tells_century(&digits));
        // 29 February of a year that had none was born in another century.
        let century = century.filter(|century| exists(day, month, 100 * century + year));
        Some(Self { day, month, year, century })
    }

    /// The date as a pattern says, made of `yyyy`, `yy`, `mm` and `dd` and anything between them (Altinn's
    /// older service, `$reporteeBirthDay(yyyy-mm-dd)$`). A year without century has two digits.
    pub fn written(&self, pattern: &str) -> String {
        let year = self
            .century
            .map_or_else(|| format!("{:02}", self.year), |c| format!("{:04}", 100 * c + self.year));
        let parts = [
            ("yyyy", year),
            ("yy", format!("{:02}", self.year)),
            ("mm", format!("{:02}", self.month)),
            ("dd", format!("{:02}", self.day)),
        ];
        let (mut written, mut rest) = (String::new(), pattern);
        while let Some(c) = rest.chars().next() {
            let part =
                parts.iter().find_map(|(name, value)| Some((value.as_str(), rest.strip_prefix(name)?)));
            let (text, after) = part.unwrap_or_else(|| rest.split_at(c.len_utf8()));
            written.push_str(text);
            rest = after;
        }
        written
    }
}

/// The century by the series of individual numbers that were used until 2032 (the tax administration's
/// rules for birth numbers).
fn century(year: u32, individual: u32) -> Option<u32> {
    match (individual, year) {
        (0..=499, _) | (900..=999, 40..=99) => Some(19),
        (500..=749, 54..=99) => Some(18),
        (500..=999, 0..=39) => Some(20),
        _ => None,
    }
}

/// Numbers with the first check digit of the rules of 2032 are given out without regard to the century. One
/// of them in four has the older check digit by chance, and cannot be told from an older number.
fn tells_century(digits: &[u32; 11]) -> bool {
    (weighted_sum(digits, &FIRST_WEIGHTS) + digits[9]).is_multiple_of(11)
}

fn exists(day: u32, month: u32, year: u32) -> bool {
    i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A valid number with a date, an individual number and any check digits by the older rule.
    fn number(date: &str, individual: u32) -> Option<NationalIdentityNumber> {
        let all = (0..100).map(|check| format!("{date}{individual:03}{check:02}"));
        let mut valid = all.filter_map(|text| NationalIdentityNumber::try_from(text.as_str()).ok());
        valid.find(|number| tells_century(&digits(number.as_str()).unwrap()))
    }

    fn first(date: &str, series: std::ops::Range<u32>) -> BirthDate {
        BirthDate::of(&series.into_iter().find_map(|individual| number(date, individual)).unwrap()).unwrap()
    }

    #[test]
    fn the_individual_number_tells_the_century() {
        let cases = [
            ("010154", 500..750, "1854"),
            ("311299", 500..750, "1899"),
            ("010100", 0..500, "1900"),
            ("311299", 0..500, "1999"),
            ("010140", 900..1000, "1940"),
            ("311299", 900..1000, "1999"),
            ("010100", 500..1000, "2000"),
            ("311239", 500..1000, "2039"),
            ("290200", 500..1000, "2000"),
            // Series that were never given out, and a day that 1900 had not.
            ("010145", 500..750, "45"),
            ("010160", 750..900, "60"),
            ("290200", 0..500, "00"),
        ];
        for (date, series, year) in cases {
            assert_eq!(first(date, series.clone()).written("yyyy"), year, "{date} {series:?}");
        }
    }

    #[test]
    fn numbers_of_every_kind_have_their_date() {
        let cases = [
            // Synthetic (month + 80), D-number (day + 40), both, and by the rules of 2032.
            ("20914695016", "20.11.1946"),
            ("11876995923", "11.07.1969"),
            ("54928201018", "14.12.1982"),
            ("50846202355", "10.04.1962"),
            ("02013299903", "02.01.32"),
            ("30108299939", "30.10.82"),
        ];
        for (text, date) in cases {
            let number = NationalIdentityNumber::try_from(text).unwrap();
            assert_eq!(BirthDate::of(&number).unwrap().written("dd.mm.yyyy"), date, "{text}");
        }
        assert_eq!(format!("{:?}", first("010100", 0..500)), "…");
    }

    #[test]
    fn a_date_is_written_as_the_pattern_says() {
        let date = first("231177", 0..500);
        let cases = [
            ("yyyy-mm-dd", "1977-11-23"),
            ("dd/mm/yy", "23/11/77"),
            ("yy/dd/mm", "77/23/11"),
            ("dd.mm", "23.11"),
            ("yyyymmdd", "19771123"),
            ("yyyyyy", "197777"),
            ("d m y", "d m y"),
            ("født dd. æ", "født 23. æ"),
            ("", ""),
        ];
        for (pattern, written) in cases {
            assert_eq!(date.written(pattern), written, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn every_number_has_a_date_that_exists(text in "[0-7][0-9][0-9]{9}") {
            if let Ok(number) = NationalIdentityNumber::try_from(text.as_str()) {
                let date = BirthDate::of(&number).unwrap();
                let in_2000s = format!("20{}", date.written("yy-mm-dd"));
                prop_assert!(NaiveDate::parse_from_str(&in_2000s, "%Y-%m-%d").is_ok());
            }
        }

        #[test]
        fn no_pattern_makes_it_panic(pattern in ".*") {
            first("231177", 0..500).written(&pattern);
        }
    }
}
