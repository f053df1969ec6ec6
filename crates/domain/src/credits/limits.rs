//! The four limits and the amounts they bound.

use crate::period::Period;

/// The most that a limit can be: 2^53 - 1, the largest whole number that a JSON reader with 64-bit floats
/// holds exactly. A larger one could be stored but not shown.
///
/// ```
/// use frontdesk_domain::credits::MAX_LIMIT;
/// assert_eq!(MAX_LIMIT, 9_007_199_254_740_991);
/// assert_eq!(MAX_LIMIT as f64 as i64, MAX_LIMIT);
/// ```
pub const MAX_LIMIT: i64 = (1 << 53) - 1;

/// How much of a text that is no number an error repeats.
const SHOWN_CHARS: usize = 40;

/// Tokens and requests. Signed because an operator's hand-made SQL may have stored anything; the
/// rules below treat whatever is there as it is.
///
/// ```
/// use frontdesk_domain::credits::Amount;
/// let one_message = Amount { tokens: 450, requests: 1 };
/// assert_eq!(one_message.plus(Amount::default()), one_message);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Tokens of prompts and completions.
    pub tokens: i64,
    /// Chat messages that a language model answered.
    pub requests: i64,
}

impl Amount {
    /// The sum, which stays at the ends of `i64` instead of wrapping.
    ///
    /// ```
    /// use frontdesk_domain::credits::Amount;
    /// let sum = Amount { tokens: 10, requests: 1 }.plus(Amount { tokens: 5, requests: 1 });
    /// assert_eq!(sum, Amount { tokens: 15, requests: 2 });
    /// ```
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_add(other.tokens),
            requests: self.requests.saturating_add(other.requests),
        }
    }

    /// True when both are zero.
    ///
    /// ```
    /// assert!(frontdesk_domain::credits::Amount::default().is_zero());
    /// ```
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

/// The most that an account may use in a day and in a month.
///
/// The fields are open, because a database may hold anything and the rules treat it as it is: a limit
/// below zero denies everything. What a person or a program sends is checked: by [`new`](Self::new), or
/// one by one by [`Limit::check`] and [`Limit::parse`].
///
/// ```
/// use frontdesk_domain::credits::{Limit, Limits};
/// let mut limits = Limits::default();
/// limits.daily.tokens = Limit::DailyTokens.parse("10000")?;
/// assert_eq!(limits.get(Limit::DailyTokens), 10_000);
/// # Ok::<(), frontdesk_domain::credits::InvalidLimit>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Per day.
    pub daily: Amount,
    /// Per month.
    pub monthly: Amount,
}

impl Default for Limits {
    /// The free allowance of the integration guide: 5,000 tokens and 100 requests a day, 100,000 tokens
    /// and 1,000 requests a month.
    ///
    /// ```
    /// use frontdesk_domain::credits::Limits;
    /// assert_eq!(Limits::default().daily.tokens, 5_000);
    /// assert_eq!(Limits::default().monthly.requests, 1_000);
    /// ```
    fn default() -> Self {
        Self {
            daily: Amount { tokens: 5_000, requests: 100 },
            monthly: Amount { tokens: 100_000, requests: 1_000 },
        }
    }
}

impl Limits {
    /// Limits that can be stored and shown: each from 0 to [`MAX_LIMIT`].
    ///
    /// # Errors
    /// [`InvalidLimit`] for the first that is not, in the order of [`Limit::ALL`]. Nothing is clamped.
    ///
    /// ```
    /// use frontdesk_domain::credits::{Amount, Limits};
    /// let daily = Amount { tokens: 10_000, requests: 200 };
    /// let monthly = Amount { tokens: 200_000, requests: 2_000 };
    /// assert_eq!(Limits::new(daily, monthly)?, Limits { daily, monthly });
    ///
    /// let error = Limits::new(daily, Amount { tokens: -1, requests: 2_000 }).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "monthly_token_limit must be a whole number from 0 to 9007199254740991, not `-1`"
    /// );
    /// # Ok::<(), frontdesk_domain::credits::InvalidLimit>(())
    /// ```
    pub fn new(daily: Amount, monthly: Amount) -> Result<Self, InvalidLimit> {
        let limits = Self { daily, monthly };
        for limit in Limit::ALL {
            limit.check(limits.get(limit))?;
        }
        Ok(limits)
    }

    /// One of the four.
    ///
    /// ```
    /// use frontdesk_domain::credits::{Limit, Limits};
    /// assert_eq!(Limits::default().get(Limit::MonthlyTokens), 100_000);
    /// ```
    pub const fn get(&self, limit: Limit) -> i64 {
        match limit {
            Limit::MonthlyRequests => self.monthly.requests,
            Limit::MonthlyTokens => self.monthly.tokens,
            Limit::DailyRequests => self.daily.requests,
            Limit::DailyTokens => self.daily.tokens,
        }
    }
}

/// A value that cannot be a limit. The text names the limit's column, the value, and what is allowed.
///
/// ```
/// use frontdesk_domain::credits::{InvalidLimit, Limit};
/// let error = Limit::DailyRequests.check(-5).unwrap_err();
/// assert_eq!(error, InvalidLimit::BelowZero { limit: Limit::DailyRequests, value: "-5".into() });
/// assert_eq!(error.limit().as_str(), "daily_request_limit");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLimit {
    /// It is negative.
    #[error("{} must be a whole number from 0 to {MAX_LIMIT}, not `{value}`", limit.as_str())]
    BelowZero {
        /// Which of the four.
        limit: Limit,
        /// As it was given.
        value: String,
    },
    /// It is above [`MAX_LIMIT`].
    #[error("{} must be a whole number from 0 to {MAX_LIMIT}, not `{value}`", limit.as_str())]
    TooLarge {
        /// Which of the four.
        limit: Limit,
        /// As it was given.
        value: String,
    },
    /// It is no whole number: a fraction, an exponent, a word, nothing.
    #[error("{} must be a whole number from 0 to {MAX_LIMIT}, not `{value}`", limit.as_str())]
    NotANumber {
        /// Which of the four.
        limit: Limit,
        /// As it was given, shortened where it is long.
        value: String,
    },
}

impl InvalidLimit {
    /// The limit that was to be set.
    ///
    /// ```
    /// use frontdesk_domain::credits::Limit;
    /// assert_eq!(Limit::DailyTokens.parse("many").unwrap_err().limit(), Limit::DailyTokens);
    /// ```
    pub const fn limit(&self) -> Limit {
        match self {
            Self::BelowZero { limit, .. } | Self::TooLarge { limit, .. } | Self::NotANumber { limit, .. } => {
                *limit
            }
        }
    }
}

/// One of the four limits.
///
/// ```
/// use frontdesk_domain::credits::{CreditAccount, Limit};
/// let account = CreditAccount::new(Default::default(), Default::default(), "2026-11-23T10:00:00Z".parse()?);
/// for limit in Limit::ALL {
///     println!("{}: {} left", limit.as_str(), account.room(limit));
/// }
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// `monthly_request_limit`.
    MonthlyRequests,
    /// `monthly_token_limit`.
    MonthlyTokens,
    /// `daily_request_limit`.
    DailyRequests,
    /// `daily_token_limit`.
    DailyTokens,
}

impl Limit {
    /// All limits, the one that resets last first: the order in which they are named where several stand
    /// in the way.
    ///
    /// ```
    /// use frontdesk_domain::{credits::Limit, period::Period};
    /// assert_eq!(Limit::ALL.map(Limit::period), [Period::Month, Period::Month, Period::Day, Period::Day]);
    /// ```
    pub const ALL: [Self; 4] =
        [Self::MonthlyRequests, Self::MonthlyTokens, Self::DailyRequests, Self::DailyTokens];

    /// The name of its column in `client_llm_usage`.
    ///
    /// ```
    /// use frontdesk_domain::credits::Limit;
    /// assert_eq!(Limit::DailyTokens.as_str(), "daily_token_limit");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MonthlyRequests => "monthly_request_limit",
            Self::MonthlyTokens => "monthly_token_limit",
            Self::DailyRequests => "daily_request_limit",
            Self::DailyTokens => "daily_token_limit",
        }
    }

    /// Whether it bounds a day or a month.
    ///
    /// ```
    /// use frontdesk_domain::{credits::Limit, period::Period};
    /// assert_eq!(Limit::DailyTokens.period(), Period::Day);
    /// ```
    pub const fn period(self) -> Period {
        match self {
            Self::MonthlyRequests | Self::MonthlyTokens => Period::Month,
            Self::DailyRequests | Self::DailyTokens => Period::Day,
        }
    }

    /// The half of `amount` that it bounds.
    pub(super) const fn part(self, amount: Amount) -> i64 {
        match self {
            Self::DailyTokens | Self::MonthlyTokens => amount.tokens,
            Self::DailyRequests | Self::MonthlyRequests => amount.requests,
        }
    }

    /// The limit with that column name.
    ///
    /// ```
    /// use frontdesk_domain::credits::Limit;
    /// assert_eq!(Limit::from_name("daily_token_limit"), Some(Limit::DailyTokens));
    /// assert_eq!(Limit::from_name("hourly"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.as_str() == name)
    }

    /// Takes a number that was sent, for example as a JSON number: every `i64` and `u64` is an `i128`.
    ///
    /// # Errors
    /// [`InvalidLimit`] outside 0 to [`MAX_LIMIT`].
    ///
    /// ```
    /// use frontdesk_domain::credits::Limit;
    /// assert_eq!(Limit::DailyTokens.check(10_000)?, 10_000);
    /// let error = Limit::DailyTokens.check(u64::MAX).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "daily_token_limit must be a whole number from 0 to 9007199254740991, not `18446744073709551615`"
    /// );
    /// # Ok::<(), frontdesk_domain::credits::InvalidLimit>(())
    /// ```
    pub fn check(self, value: impl Into<i128>) -> Result<i64, InvalidLimit> {
        let value = value.into();
        match i64::try_from(value) {
            Ok(number @ 0..=MAX_LIMIT) => Ok(number),
            _ if value < 0 => Err(InvalidLimit::BelowZero { limit: self, value: value.to_string() }),
            _ => Err(InvalidLimit::TooLarge { limit: self, value: value.to_string() }),
        }
    }

    /// Reads a number that was typed into a form or stands in a file. Blanks around it do not matter.
    ///
    /// # Errors
    /// [`InvalidLimit`] for anything but the digits of a whole number from 0 to [`MAX_LIMIT`].
    ///
    /// ```
    /// use frontdesk_domain::credits::Limit;
    /// assert_eq!(Limit::MonthlyTokens.parse(" 200000 ")?, 200_000);
    /// for wrong in ["", "-1", "1.5", "1e3", "200,000", "9007199254740992", "many"] {
    ///     assert!(Limit::MonthlyTokens.parse(wrong).is_err(), "{wrong}");
    /// }
    /// # Ok::<(), frontdesk_domain::credits::InvalidLimit>(())
    /// ```
    pub fn parse(self, text: &str) -> Result<i64, InvalidLimit> {
        let text = text.trim();
        if let Ok(value) = text.parse::<i128>() {
            return self.check(value);
        }
        let value = text.chars().take(SHOWN_CHARS).collect();
        let (below_zero, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        Err(if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            InvalidLimit::NotANumber { limit: self, value }
        } else if below_zero {
            InvalidLimit::BelowZero { limit: self, value }
        } else {
            InvalidLimit::TooLarge { limit: self, value }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_taken_up_to_its_ends_and_not_beyond() {
        for limit in Limit::ALL {
            for value in [0, 1, MAX_LIMIT] {
                assert_eq!(limit.check(value), Ok(value));
                assert_eq!(limit.parse(&value.to_string()), Ok(value));
            }
            for value in [-1, i64::MIN.into(), i128::MIN] {
                let below = InvalidLimit::BelowZero { limit, value: value.to_string() };
                assert_eq!(limit.check(value), Err(below.clone()));
                assert_eq!(limit.parse(&value.to_string()), Err(below));
            }
            for value in [i128::from(MAX_LIMIT) + 1, i64::MAX.into(), u64::MAX.into(), i128::MAX] {
                let above = InvalidLimit::TooLarge { limit, value: value.to_string() };
                assert_eq!(limit.check(value), Err(above.clone()));
                assert_eq!(limit.parse(&value.to_string()), Err(above));
            }
        }
    }

    #[test]
    fn digits_beyond_every_number_are_too_many_and_words_are_none() {
        let digits = "9".repeat(4_000);
        let shown = "9".repeat(SHOWN_CHARS);
        let limit = Limit::DailyTokens;
        assert_eq!(limit.parse(&digits), Err(InvalidLimit::TooLarge { limit, value: shown.clone() }));
        let below = format!("-{}", &shown[1..]);
        assert_eq!(limit.parse(&format!("-{digits}")), Err(InvalidLimit::BelowZero { limit, value: below }));
        for text in
            ["", "-", "+", "--1", "1.0", "1e3", "0x10", "1_000", "1 000", "NaN", "inf", "fünf", "\u{0661}"]
        {
            assert_eq!(
                limit.parse(text),
                Err(InvalidLimit::NotANumber { limit, value: text.into() }),
                "{text}"
            );
        }
    }

    #[test]
    fn of_several_wrong_limits_the_first_is_named() {
        let wrong = Amount { tokens: -1, requests: i64::MAX };
        let fine = Limits::default().daily;
        assert_eq!(Limits::new(fine, wrong).map_err(|error| error.limit()), Err(Limit::MonthlyRequests));
        assert_eq!(Limits::new(wrong, fine).map_err(|error| error.limit()), Err(Limit::DailyRequests));
    }
}
