//! Which quotas are in force.

use super::{Measure, QuotaLimits, Window};
use crate::ProviderName;
use crate::period::ResetZone;

/// What an operator has set of a provider's quota.
///
/// ```
/// use frontdesk_domain::quota::QuotaSettings;
/// // A paid plan without a limit per day:
/// let paid = QuotaSettings { requests_per_minute: Some(1_000), requests_per_day: Some(0), ..Default::default() };
/// assert_eq!(paid.tenant_share_percent, 50);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaSettings {
    /// Calls in a minute; 0 is no limit, `None` the free tier's.
    pub requests_per_minute: Option<u64>,
    /// Tokens in a minute; 0 is no limit, `None` the free tier's.
    pub tokens_per_minute: Option<u64>,
    /// Calls in a day; 0 is no limit, `None` the free tier's.
    pub requests_per_day: Option<u64>,
    /// Tokens in a day; 0 is no limit, `None` the free tier's.
    pub tokens_per_day: Option<u64>,
    /// The part of a minute that one tenant may have, 1 to 100; 100 is no fair share. See [`super::Quota::take`].
    pub tenant_share_percent: u32,
}

impl Default for QuotaSettings {
    /// The free tier's limits, half a minute for one tenant.
    ///
    /// ```
    /// use frontdesk_domain::quota::QuotaSettings;
    /// assert_eq!(QuotaSettings::default().tokens_per_minute, None);
    /// ```
    fn default() -> Self {
        Self {
            requests_per_minute: None,
            tokens_per_minute: None,
            requests_per_day: None,
            tokens_per_day: None,
            tenant_share_percent: 50,
        }
    }
}

/// The rules for one provider and model.
///
/// ```
/// use frontdesk_domain::ProviderName;
/// use frontdesk_domain::quota::{QuotaRules, QuotaSettings};
/// let settings = QuotaSettings { tokens_per_day: Some(0), ..Default::default() };
/// let limits = QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-120b", settings).limits();
/// assert_eq!((limits.tokens_per_minute, limits.tokens_per_day), (8_000, 0));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaRules {
    /// The limits where nothing is set and the provider has not told others; 0 is none.
    pub assumed: QuotaLimits,
    /// What is set.
    pub settings: QuotaSettings,
    /// Where the provider's day begins at midnight.
    pub day_zone: ResetZone,
}

/// A limit in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// Switched off: nothing is counted against it, whatever the provider says.
    Off,
    /// None is known. The provider may tell what is left.
    Unknown,
    /// The provider's. What it says is left counts more than our own count.
    Known(u64),
    /// The operator's: not exceeded even where the provider would allow more.
    Chosen(u64),
}

impl QuotaRules {
    /// The free tier of the provider with `settings` on top.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::QuotaRules;
    /// let rules = QuotaRules::new(&ProviderName::GEMINI, "gemini-3.5-flash-lite", Default::default());
    /// assert_eq!(rules.limits().requests_per_day, 500);
    /// assert_eq!(rules.day_zone.to_string(), "America/Los_Angeles");
    /// ```
    pub fn new(provider: &ProviderName, model: &str, settings: QuotaSettings) -> Self {
        Self { assumed: free_tier(provider, model), settings, day_zone: day_zone(provider) }
    }

    /// The limits as long as the provider has not told others.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{QuotaLimits, QuotaRules};
    /// let rules = QuotaRules::new(&ProviderName::OPENAI, "gpt-6-luna", Default::default());
    /// assert_eq!(rules.limits(), QuotaLimits::UNLIMITED);
    /// ```
    pub fn limits(&self) -> QuotaLimits {
        let (set, assumed) = (&self.settings, &self.assumed);
        QuotaLimits {
            requests_per_minute: set.requests_per_minute.unwrap_or(assumed.requests_per_minute),
            tokens_per_minute: set.tokens_per_minute.unwrap_or(assumed.tokens_per_minute),
            requests_per_day: set.requests_per_day.unwrap_or(assumed.requests_per_day),
            tokens_per_day: set.tokens_per_day.unwrap_or(assumed.tokens_per_day),
        }
    }

    /// The limit in force where the provider has last told `reported`.
    pub(super) fn bound(&self, measure: Measure, window: Window, reported: Option<u64>) -> Bound {
        let (set, assumed) = match (measure, window) {
            (Measure::Requests, Window::Minute) => {
                (self.settings.requests_per_minute, self.assumed.requests_per_minute)
            }
            (Measure::Tokens, Window::Minute) => {
                (self.settings.tokens_per_minute, self.assumed.tokens_per_minute)
            }
            (Measure::Requests, Window::Day) => {
                (self.settings.requests_per_day, self.assumed.requests_per_day)
            }
            (Measure::Tokens, Window::Day) => (self.settings.tokens_per_day, self.assumed.tokens_per_day),
        };
        match (set, reported, assumed) {
            (Some(0), ..) => Bound::Off,
            (Some(limit), reported, _) => Bound::Chosen(reported.map_or(limit, |told| told.min(limit))),
            (None, Some(told), _) => Bound::Known(told),
            (None, None, 0) => Bound::Unknown,
            (None, None, assumed) => Bound::Known(assumed),
        }
    }

    pub(super) fn share(&self) -> u64 {
        u64::from(self.settings.tenant_share_percent.clamp(1, 100))
    }
}

/// What a free account gets of a model, as of November 2026. Gemini: third parties' readings of July 2026, since
/// Google prints no table (those of 3.5 Flash-Lite per day are 3.1's; a model that is not known here gets the
/// least, those of the Flash models). Groq: its table for gpt-oss, which other models get too. OpenAI and Claude
/// have no free tier; other servers have none that is known: no limit.
///
/// ```
/// use frontdesk_domain::ProviderName;
/// use frontdesk_domain::quota::free_tier;
/// assert_eq!(free_tier(&ProviderName::GEMINI, "gemini-2.5-flash-lite").requests_per_day, 20);
/// ```
pub fn free_tier(provider: &ProviderName, model: &str) -> QuotaLimits {
    match provider.as_str() {
        "gemini" => gemini_free_tier(model),
        "groq" => QuotaLimits {
            requests_per_minute: 30,
            tokens_per_minute: 8_000,
            requests_per_day: 1_000,
            tokens_per_day: 200_000,
        },
        _ => QuotaLimits::UNLIMITED,
    }
}

fn gemini_free_tier(model: &str) -> QuotaLimits {
    let (requests_per_minute, requests_per_day) = match model {
        "gemini-3.5-flash-lite" | "gemini-3.1-flash-lite" | "gemini-flash-lite-latest" => (15, 500),
        "gemini-2.5-flash-lite" => (10, 20),
        _ => (5, 20),
    };
    QuotaLimits { requests_per_minute, tokens_per_minute: 250_000, requests_per_day, tokens_per_day: 0 }
}

/// Where a provider's day begins at midnight: Gemini's in California, the others' in UTC.
///
/// ```
/// use frontdesk_domain::ProviderName;
/// assert_eq!(frontdesk_domain::quota::day_zone(&ProviderName::GROQ).to_string(), "UTC");
/// ```
pub fn day_zone(provider: &ProviderName) -> ResetZone {
    if *provider == ProviderName::GEMINI {
        // The zone data is built in; the tests would see it missing.
        return "America/Los_Angeles".parse().unwrap_or_default();
    }
    ResetZone::default()
}
