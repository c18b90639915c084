//! Calendar days, for ignores that end: `2027-03-31`. Time zones and times of day do not exist
//! here; today is a day in UTC.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day of the Gregorian calendar. The order is that of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// The first day of 1970.
impl Default for Date {
    fn default() -> Date {
        Date::from_seconds(0)
    }
}

impl Date {
    /// Reads `YYYY-MM-DD`; `None` for another form and for days that do not exist.
    pub fn parse(text: &str) -> Option<Date> {
        let form = |(at, byte): (usize, u8)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        if text.len() != 10 || !text.bytes().enumerate().all(form) {
            return None;
        }
        let year: u16 = text[..4].parse().ok()?;
        let (month, day): (u8, u8) = (text[5..7].parse().ok()?, text[8..].parse().ok()?);
        let exists = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        exists.then_some(Date { year, month, day })
    }

    /// Today in UTC, or the day of `SOURCE_DATE_EPOCH` where that is set, so that a run can be
    /// repeated (<https://reproducible-builds.org/specs/source-date-epoch/>).
    ///
    /// # Errors
    ///
    /// The variable holds something other than seconds since 1970.
    pub fn today() -> Result<Date, String> {
        match std::env::var_os("SOURCE_DATE_EPOCH") {
            Some(value) => value.to_str().and_then(|text| text.parse().ok()).map_or_else(
                || Err("`SOURCE_DATE_EPOCH` is not a number of seconds since 1970".to_owned()),
                |seconds| Ok(Date::from_seconds(seconds)),
            ),
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Ok(Date::from_seconds(since.as_secs()))
            }
        }
    }

    /// The same day of the next year; of the 29th of February, the day after what would be it.
    pub fn a_year_later(self) -> Date {
        let year = self.year.saturating_add(1);
        match self.day <= days_in(year, self.month) {
            true => Date { year, ..self },
            false => Date { year, month: self.month + 1, day: 1 },
        }
    }

    /// The day in UTC, from seconds since 1970; what lies beyond the year 9999 is its last day.
    pub fn from_seconds(seconds: u64) -> Date {
        // Days since 0000-03-01 by eras of 400 years, each of 146,097 days:
        // https://howardhinnant.github.io/date_algorithms.html#civil_from_days
        let days = (seconds / 86_400).min(LAST_DAY) + 719_468;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = days / 146_097 * 400 + year_of_era + u64::from(month <= 2);
        Date { year: year as u16, month: month as u8, day: day as u8 }
    }
}

/// 9999-12-31 in days since 1970.
const LAST_DAY: u64 = 2_932_896;

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_dates() {
        for text in ["2027-03-31", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(text).map(|date| date.to_string()).as_deref(), Some(text));
        }
        let none = [
            "2027-3-31",
            "2027-13-01",
            "2027-00-01",
            "2027-04-31",
            "2023-02-29",
            "1900-02-29",
            "2027/03/31",
            "31-03-2027",
            "2027-03-31T",
            "+027-03-31",
            "2027-03-3é",
            "",
        ];
        for text in none {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_year_later_is_a_day_that_exists() {
        let later = |text: &str| Date::parse(text).expect("a day").a_year_later().to_string();
        assert_eq!(later("2026-11-20"), "2027-11-20");
        assert_eq!(later("2024-02-29"), "2025-03-01");
        assert_eq!(later("2024-12-31"), "2025-12-31");
    }

    #[test]
    fn seconds_become_days() {
        let table = [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (86_400, "1970-01-02"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_735_689_599, "2024-12-31"),
            (1_735_689_600, "2025-01-01"),
            (253_402_300_799, "9999-12-31"),
            (u64::MAX, "9999-12-31"),
        ];
        for (seconds, day) in table {
            assert_eq!(Date::from_seconds(seconds).to_string(), day, "{seconds}");
        }
    }

    #[test]
    fn days_are_ordered_by_time() {
        let date = |text| Date::parse(text).expect("a date");
        assert!(date("2026-12-31") < date("2027-01-01"));
        assert!(date("2027-01-31") < date("2027-02-01"));
    }
}
