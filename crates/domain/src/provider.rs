//! Names of language-model providers.
//!
//! ```
//! use frontdesk_domain::ProviderName;
//! assert_eq!("groq".parse(), Ok(ProviderName::GROQ));
//! ```

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A provider's name as it stands in `widget_configs.llm_provider` and in the request log: lower case,
/// 1 to 50 characters of `a-z`, `0-9`, `-` and `_`. Not an enum: any OpenAI-compatible server can be
/// given a name by configuration.
///
/// ```
/// use frontdesk_domain::ProviderName;
/// let own_server: ProviderName = "llama_on-premises".parse()?;
/// assert_eq!(own_server.to_string(), "llama_on-premises");
/// # Ok::<(), frontdesk_domain::provider::InvalidProviderName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderName(Cow<'static, str>);

impl ProviderName {
    /// Google Gemini, the default of the guide.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ProviderName::GEMINI.as_str(), "gemini");
    /// ```
    pub const GEMINI: Self = Self(Cow::Borrowed("gemini"));
    /// Groq.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ProviderName::GROQ.as_str(), "groq");
    /// ```
    pub const GROQ: Self = Self(Cow::Borrowed("groq"));
    /// OpenAI.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ProviderName::OPENAI.as_str(), "openai");
    /// ```
    pub const OPENAI: Self = Self(Cow::Borrowed("openai"));
    /// Anthropic Claude.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ProviderName::CLAUDE.as_str(), "claude");
    /// ```
    pub const CLAUDE: Self = Self(Cow::Borrowed("claude"));

    /// The name as text.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// assert_eq!(ProviderName::CLAUDE.as_str(), "claude");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    /// The name as text.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ProviderName::GROQ.to_string(), "groq");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot be a provider's name.
///
/// ```
/// use frontdesk_domain::ProviderName;
/// let error = "Gemini Pro".parse::<ProviderName>().unwrap_err();
/// assert_eq!(error.to_string(), "`Gemini Pro` is not a provider's name: use 1 to 50 of a-z, 0-9, - and _");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a provider's name: use 1 to 50 of a-z, 0-9, - and _")]
pub struct InvalidProviderName(pub String);

impl FromStr for ProviderName {
    type Err = InvalidProviderName;

    /// Takes what can be stored, and nothing else.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// assert_eq!("claude".parse(), Ok(ProviderName::CLAUDE));
    /// assert!("Claude".parse::<ProviderName>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if text.is_empty() || text.len() > 50 || !text.bytes().all(valid) {
            return Err(InvalidProviderName(text.to_owned()));
        }
        Ok(Self(Cow::Owned(text.to_owned())))
    }
}

impl TryFrom<String> for ProviderName {
    type Error = InvalidProviderName;

    /// As [`FromStr`]; this is how serde reads it.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// assert_eq!(ProviderName::try_from("openai".to_owned()), Ok(ProviderName::OPENAI));
    /// ```
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ProviderName> for String {
    /// The name as text; this is how serde writes it.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// assert_eq!(String::from(ProviderName::GEMINI), "gemini");
    /// ```
    fn from(name: ProviderName) -> Self {
        name.0.into_owned()
    }
}
