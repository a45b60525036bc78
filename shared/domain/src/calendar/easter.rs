//! Easter Sunday, from which seven of the holidays are counted.

use chrono::NaiveDate;

/// Easter Sunday of a year by the Gregorian calendar, by the anonymous algorithm that Meeus gives
/// (Astronomical Algorithms, chapter 8). None in years that dates don't reach.
pub fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let solar = century.div_euclid(4) + (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let epact = (19 * golden + century - solar + 15).rem_euclid(30);
    let weekday =
        (32 + 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4) - epact - of_century.rem_euclid(4))
            .rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday).div_euclid(451);
    let days = epact + weekday - 7 * late + 114;
    let (month, day) =
        (u32::try_from(days.div_euclid(31)).ok()?, u32::try_from(days.rem_euclid(31) + 1).ok()?);
    NaiveDate::from_ymd_opt(year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, Weekday};
    use proptest::prelude::*;

    #[test]
    fn easter_is_where_the_almanacs_have_it() {
        let known = [
            "1818-03-22",
            "1943-04-25",
            "2000-04-23",
            "2019-04-21",
            "2020-04-12",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2028-04-16",
            "2029-04-01",
            "2030-04-21",
            "2031-04-13",
            "2032-03-28",
            "2035-03-25",
            "2038-04-25",
            "2285-03-22",
        ];
        for date in known {
            let date: NaiveDate = date.parse().unwrap();
            assert_eq!(easter(date.year()), Some(date));
        }
    }

    proptest! {
        #[test]
        fn easter_is_a_sunday_from_22_march_to_25_april(year in 1583..9_999) {
            let date = easter(year).unwrap();
            prop_assert_eq!(date.weekday(), Weekday::Sun);
            prop_assert!((322..=425).contains(&(date.month() * 100 + date.day())));
        }

        /// After the first full moon of spring, by the church's table of epacts (another way to count).
        #[test]
        fn easter_is_the_sunday_after_the_paschal_full_moon(year in 1900..2_200) {
            let golden = year % 19;
            let shift = if year < 2_200 { 24 } else { 25 };
            let moon = (19 * golden + shift) % 30;
            let moon = if moon == 29 || (moon == 28 && golden > 10) { moon - 1 } else { moon };
            let full = NaiveDate::from_ymd_opt(year, 3, 21).unwrap() + chrono::Days::new(u64::try_from(moon).unwrap());
            let wait = (easter(year).unwrap() - full).num_days();
            prop_assert!((1..=7).contains(&wait), "{wait}");
        }

        #[test]
        fn no_year_makes_it_panic(year in -260_000..260_000) {
            prop_assert!(easter(year).is_some());
        }
    }
}
