//! The public holidays, by rule for any year (lov om helligdager og helligdagsfred § 2; lov om 1 og 17 mai
//! som høgtidsdager § 1). None is moved when it falls on a weekend.

use chrono::{Datelike, NaiveDate};

use super::easter::easter;

/// A public holiday. Sundays are not counted among them here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holiday {
    /// 1 January.
    NewYearsDay,
    /// Three days before Easter.
    MaundyThursday,
    /// Two days before Easter.
    GoodFriday,
    /// Easter itself.
    EasterSunday,
    /// The day after Easter.
    EasterMonday,
    /// 1 May.
    LabourDay,
    /// 17 May.
    ConstitutionDay,
    /// 39 days after Easter.
    AscensionDay,
    /// 49 days after Easter.
    WhitSunday,
    /// 50 days after Easter.
    WhitMonday,
    /// 25 December.
    ChristmasDay,
    /// 26 December.
    SecondDayOfChristmas,
}

impl Holiday {
    /// The holiday that a day is. Where two fall together, the one with a date of its own.
    pub fn on(date: NaiveDate) -> Option<Self> {
        match (date.month(), date.day()) {
            (1, 1) => Some(Self::NewYearsDay),
            (5, 1) => Some(Self::LabourDay),
            (5, 17) => Some(Self::ConstitutionDay),
            (12, 25) => Some(Self::ChristmasDay),
            (12, 26) => Some(Self::SecondDayOfChristmas),
            _ => Self::around_easter(date),
        }
    }

    fn around_easter(date: NaiveDate) -> Option<Self> {
        match date.signed_duration_since(easter(date.year())?).num_days() {
            -3 => Some(Self::MaundyThursday),
            -2 => Some(Self::GoodFriday),
            0 => Some(Self::EasterSunday),
            1 => Some(Self::EasterMonday),
            39 => Some(Self::AscensionDay),
            49 => Some(Self::WhitSunday),
            50 => Some(Self::WhitMonday),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Weekday;
    use proptest::prelude::*;

    fn date(year: i32, day: u32, month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn of_year(year: i32) -> Vec<NaiveDate> {
        let days = date(year, 1, 1).iter_days().take_while(|day| day.year() == year);
        days.filter(|day| Holiday::on(*day).is_some()).collect()
    }

    /// Year; day and month of Easter, Maundy Thursday, Good Friday, Easter Monday, Ascension Day and Whit
    /// Monday; how many holidays fall on Monday to Friday. From a published table, not computed here.
    type Row = (i32, [(u32, u32); 6], usize);

    const TABLE: [Row; 8] = [
        (2025, [(20, 4), (17, 4), (18, 4), (21, 4), (29, 5), (9, 6)], 9),
        (2026, [(5, 4), (2, 4), (3, 4), (6, 4), (14, 5), (25, 5)], 8),
        (2027, [(28, 3), (25, 3), (26, 3), (29, 3), (6, 5), (17, 5)], 6),
        (2028, [(16, 4), (13, 4), (14, 4), (17, 4), (25, 5), (5, 6)], 9),
        (2029, [(1, 4), (29, 3), (30, 3), (2, 4), (10, 5), (21, 5)], 10),
        (2030, [(21, 4), (18, 4), (19, 4), (22, 4), (30, 5), (10, 6)], 10),
        (2031, [(13, 4), (10, 4), (11, 4), (14, 4), (22, 5), (2, 6)], 9),
        (2032, [(28, 3), (25, 3), (26, 3), (29, 3), (6, 5), (17, 5)], 6),
    ];

    #[test]
    fn the_table_of_2025_to_2032() {
        use Holiday::{AscensionDay, EasterMonday, EasterSunday, GoodFriday, MaundyThursday, WhitMonday};
        let names = [EasterSunday, MaundyThursday, GoodFriday, EasterMonday, AscensionDay, WhitMonday];
        for (year, movable, on_weekdays) in TABLE {
            for ((day, month), name) in movable.into_iter().zip(names) {
                let name = if (day, month) == (17, 5) { Holiday::ConstitutionDay } else { name };
                assert_eq!(Holiday::on(date(year, day, month)), Some(name), "{day}/{month} {year}");
            }
            let holidays = of_year(year);
            let weekdays =
                holidays.iter().filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
            assert_eq!(weekdays.count(), on_weekdays, "{year}");
        }
    }

    #[test]
    fn two_holidays_on_one_day_are_one_day_less() {
        for year in [2007, 2008, 2012, 2091, 2043, 2054, 2065] {
            assert_eq!(of_year(year).len(), 11, "{year}");
        }
        for year in 2025..=2032 {
            let distinct = if [2027, 2032].contains(&year) { 11 } else { 12 };
            assert_eq!(of_year(year).len(), distinct, "{year}");
        }
        assert_eq!(Holiday::on(date(2027, 17, 5)), Some(Holiday::ConstitutionDay));
        assert_eq!(Holiday::on(date(2008, 1, 5)), Some(Holiday::LabourDay));
    }

    #[test]
    fn ordinary_days_are_ordinary() {
        // Palm Sunday, Easter Eve, Christmas Eve, the Monday after a Sunday the seventeenth of May.
        for (day, month) in [(29, 3), (4, 4), (24, 12), (31, 12), (18, 5)] {
            assert_eq!(Holiday::on(date(2026, day, month)), None, "{day}/{month}");
        }
    }

    proptest! {
        #[test]
        fn every_year_has_eleven_or_twelve(year in 1600..9_999) {
            prop_assert!((11..=12).contains(&of_year(year).len()));
        }
    }
}
