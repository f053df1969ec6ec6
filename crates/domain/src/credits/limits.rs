//! The four limits and the amounts they bound.

use crate::period::Period;

/// Tokens and requests. Signed because an operator's hand-made SQL may have stored anything; the
/// rules below treat whatever is there as it is.
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

/// One of the four limits.
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
    /// All limits, the one that resets last first.
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
}
