//! When a day and a month begin: at midnight and on the 1st, in the account's own time zone.
//!
//! ```
//! use frontdesk_domain::period::{Period, ResetZone};
//! let zone: ResetZone = "America/New_York".parse()?;
//! let today = zone.day("2026-11-30T23:00:00Z".parse()?);
//! let next_month = zone.start_of(Period::Month.next_start(today));
//! assert_eq!(next_month.to_string(), "2026-12-01T05:00:00Z");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::fmt;
use std::str::FromStr;

/// The time zone in which an account's days and months begin (`client_llm_usage.reset_timezone`).
/// UTC unless set. The zone data is built in, so a rule does not depend on the machine it runs on.
///
/// ```
/// use frontdesk_domain::period::ResetZone;
/// let zone: ResetZone = "Asia/Kolkata".parse()?;
/// assert_eq!(zone.day("2026-11-23T18:30:00Z".parse()?), jiff::civil::date(2026, 11, 24));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ResetZone(TimeZone);

impl Default for ResetZone {
    /// UTC.
    ///
    /// ```
    /// use frontdesk_domain::period::ResetZone;
    /// assert_eq!(ResetZone::default().to_string(), "UTC");
    /// ```
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

/// A time zone that the IANA database does not have.
///
/// ```
/// use frontdesk_domain::period::ResetZone;
/// let error = "Mars/Olympus".parse::<ResetZone>().unwrap_err();
/// assert!(error.to_string().starts_with("unknown time zone `Mars/Olympus`"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{0}`: use an IANA name such as `UTC` or `Europe/Berlin`")]
pub struct UnknownZone(pub String);

/// Names that would be taken for UTC.
const NOT_CHOSEN: [&str; 2] = ["Etc/Unknown", "Factory"];

impl FromStr for ResetZone {
    type Err = UnknownZone;

    /// Takes an IANA name, in upper or lower case. Those that stand for "none was chosen" (`Factory`,
    /// `Etc/Unknown`) are none.
    ///
    /// ```
    /// use frontdesk_domain::period::{ResetZone, UnknownZone};
    /// assert_eq!("europe/berlin".parse::<ResetZone>()?.to_string(), "Europe/Berlin");
    /// assert_eq!("CEST".parse::<ResetZone>(), Err(UnknownZone("CEST".into())));
    /// # Ok::<(), UnknownZone>(())
    /// ```
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownZone(name.to_owned());
        if NOT_CHOSEN.iter().any(|none| none.eq_ignore_ascii_case(name)) {
            return Err(unknown());
        }
        TimeZone::get(name).map(Self).map_err(|_| unknown())
    }
}

impl fmt::Display for ResetZone {
    /// The IANA name, to be stored and read back.
    ///
    /// ```
    /// use frontdesk_domain::period::ResetZone;
    /// let zone: ResetZone = "Pacific/Kiritimati".parse()?;
    /// assert_eq!(zone.to_string().parse(), Ok(zone));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl ResetZone {
    /// The local date at `now`.
    ///
    /// ```
    /// use frontdesk_domain::period::ResetZone;
    /// let zone: ResetZone = "America/New_York".parse()?;
    /// assert_eq!(zone.day("2026-11-24T04:59:59Z".parse()?), jiff::civil::date(2026, 11, 23));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn day(&self, now: Timestamp) -> Date {
        now.to_zoned_datetime(self.0.clone()).date()
    }

    /// The instant at which `day` begins. Where clocks are set forward over midnight the day begins
    /// at the first instant that exists.
    ///
    /// ```
    /// use frontdesk_domain::period::ResetZone;
    /// let zone: ResetZone = "Europe/Berlin".parse()?;
    /// let start = zone.start_of(jiff::civil::date(2026, 7, 1));
    /// assert_eq!(start.to_string(), "2026-06-30T22:00:00Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start_of(&self, day: Date) -> Timestamp {
        // Only dates at the very ends of the calendar have no such instant.
        day.to_zoned_datetime(self.0.clone())
            .and_then(|zoned| zoned.start_of_day())
            .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }
}

/// Whether a closed period was a day or a month.
///
/// ```
/// use frontdesk_domain::credits::CreditAccount;
/// use frontdesk_domain::period::Period;
/// let account = CreditAccount::new(Default::default(), Default::default(), "2026-11-23T10:00:00Z".parse()?);
/// for period in [Period::Day, Period::Month] {
///     println!("a new {} begins at {}", period.as_str(), account.resets_at(period));
/// }
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From the 1st to the 1st.
    Month,
}

impl Period {
    /// As it stands in `llm_usage_history.period`.
    ///
    /// ```
    /// use frontdesk_domain::period::Period;
    /// assert_eq!(Period::Month.as_str(), "month");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The first day of the period that holds `day`.
    ///
    /// ```
    /// use frontdesk_domain::period::Period;
    /// use jiff::civil::date;
    /// assert_eq!(Period::Month.start(date(2028, 2, 29)), date(2028, 2, 1));
    /// assert_eq!(Period::Day.start(date(2028, 2, 29)), date(2028, 2, 29));
    /// ```
    pub fn start(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Month => day.first_of_month(),
        }
    }

    /// The first day of the period after the one that holds `day`.
    ///
    /// ```
    /// use frontdesk_domain::period::Period;
    /// use jiff::civil::date;
    /// assert_eq!(Period::Month.next_start(date(2026, 12, 31)), date(2027, 1, 1));
    /// assert_eq!(Period::Day.next_start(date(2028, 2, 28)), date(2028, 2, 29));
    /// ```
    pub fn next_start(self, day: Date) -> Date {
        match self {
            Self::Day => day.saturating_add(1.day()),
            Self::Month => day.first_of_month().saturating_add(1.month()),
        }
    }

    /// The first day of the period before the one that holds `day`.
    ///
    /// ```
    /// use frontdesk_domain::period::Period;
    /// use jiff::civil::date;
    /// assert_eq!(Period::Month.previous_start(date(2026, 3, 31)), date(2026, 2, 1));
    /// ```
    pub fn previous_start(self, day: Date) -> Date {
        match self {
            Self::Day => day.saturating_sub(1.day()),
            Self::Month => day.first_of_month().saturating_sub(1.month()),
        }
    }
}
