//! Which model a configured name means today.
//!
//! The guide's names still stand in widget configurations, and `gemini-pro` is the database's default whatever
//! the provider. All of them are dead at their vendors. A widget must not fall silent for that, so a retired
//! name means its successor, and another provider's name means the default.

use crate::registry;
use frontdesk_domain::ProviderName;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// How many names are remembered as warned of. Past it a name is warned of each time.
const MAX_WARNED: usize = 1_024;

/// The default model of a provider: its cheapest that answers well. `None` for a provider without adapter.
///
/// ```
/// use frontdesk_domain::ProviderName;
/// use frontdesk_providers::models::default_model;
/// assert_eq!(default_model(&ProviderName::GEMINI), Some("gemini-3.5-flash-lite"));
/// ```
pub fn default_model(provider: &ProviderName) -> Option<&'static str> {
    registry::default_model(provider)
}

/// A model to ask for, and why it is not the configured one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// The model's id at the provider.
    pub model: Cow<'a, str>,
    /// `None` where it is the configured one, or none is configured.
    pub instead: Option<Instead>,
}

/// Why a configured name is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Instead {
    /// The vendor has switched it off.
    #[error("the model is retired")]
    Retired,
    /// It is another provider's.
    #[error("the model is another provider's")]
    Foreign,
    /// Configuration lists the provider's models, without it.
    #[error("the model is not among those configured for the provider")]
    NotListed,
}

/// The model that `configured` means at `provider`: itself, its successor if it is retired, the provider's
/// default if it is blank, absent or another provider's. `None` only if that leaves a provider without a model,
/// because it has no default.
///
/// ```
/// use frontdesk_domain::ProviderName;
/// use frontdesk_providers::models::resolve;
/// let model = |configured| resolve(&ProviderName::GROQ, configured).unwrap().model;
/// assert_eq!(model(Some("mixtral-8x7b-32768")), "openai/gpt-oss-20b");
/// assert_eq!(model(Some("gemini-pro")), "openai/gpt-oss-20b"); // Gemini's
/// assert_eq!(model(Some("openai/gpt-oss-120b")), "openai/gpt-oss-120b");
/// ```
pub fn resolve<'a>(provider: &ProviderName, configured: Option<&'a str>) -> Option<Resolved<'a>> {
    let default = default_model(provider).map(Cow::Borrowed);
    let Some(name) = configured.map(str::trim).filter(|name| !name.is_empty()) else {
        return default.map(|model| Resolved { model, instead: None });
    };
    if is_foreign(provider, name) {
        return default.map(|model| Resolved { model, instead: Some(Instead::Foreign) });
    }
    Some(match successor(provider, name) {
        Some(next) => Resolved { model: Cow::Borrowed(next), instead: Some(Instead::Retired) },
        None => Resolved { model: Cow::Borrowed(name), instead: None },
    })
}

/// As [`resolve`], at a provider for which `listed` models are configured: one of them, and the first where
/// nothing says better. An empty list is none.
///
/// ```
/// use frontdesk_domain::ProviderName;
/// use frontdesk_providers::models::resolve_among;
/// let ollama: ProviderName = "ollama".parse().unwrap();
/// let listed = ["llama3.2".to_owned(), "qwen3:8b".to_owned()];
/// let model = |configured| resolve_among(&ollama, &listed, configured).unwrap().model;
/// assert_eq!(model(Some("qwen3:8b")), "qwen3:8b");
/// assert_eq!(model(Some("gemini-pro")), "llama3.2");
/// assert_eq!(model(None), "llama3.2");
/// ```
pub fn resolve_among<'a>(
    provider: &ProviderName,
    listed: &'a [String],
    configured: Option<&'a str>,
) -> Option<Resolved<'a>> {
    let Some(default) = listed.first() else {
        return resolve(provider, configured);
    };
    let is_listed = |name: &str| listed.iter().any(|model| model == name);
    let instead = match configured.map(str::trim).filter(|name| !name.is_empty()) {
        None => None,
        Some(name) if is_listed(name) => return Some(Resolved { model: Cow::Borrowed(name), instead: None }),
        Some(name) => match resolve(provider, Some(name)) {
            Some(known) if is_listed(&known.model) => return Some(known),
            Some(Resolved { instead: Some(reason), .. }) => Some(reason),
            _ => Some(Instead::NotListed),
        },
    };
    Some(Resolved { model: Cow::Borrowed(default), instead })
}

/// The successor of a model that is switched off, as of 2026-11-23. Models with a date still to come are not in
/// it. Gemini 1 ended in 2025, 2.0 Flash on 2026-06-01; Groq's Llama line on 2026-08-16; OpenAI's first two
/// lines on 2026-10-23; Claude 3 Haiku on 2026-04-19.
fn successor(provider: &ProviderName, name: &str) -> Option<&'static str> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    match provider.as_str() {
        "gemini" => {
            let name = name.strip_prefix("models/").unwrap_or(name);
            let exact = matches!(name, "gemini-pro" | "gemini-pro-vision" | "gemini-ultra");
            let lines = ["gemini-1.0-", "gemini-1.5-", "gemini-2.0-flash"];
            let dead = exact || lines.iter().any(|line| name.starts_with(line));
            dead.then_some("gemini-3.5-flash-lite")
        }
        "groq" if starts(&["llama", "meta-llama/"]) && name.contains("70b") => Some("openai/gpt-oss-120b"),
        "groq" if starts(&["llama", "meta-llama/", "mixtral-"]) => Some("openai/gpt-oss-20b"),
        "openai" if starts(&["gpt-3.5-turbo"]) => Some("gpt-6-luna"),
        "openai" if name == "gpt-4" => Some("gpt-6.1-terra"),
        "claude" if name == "claude-3-haiku-20240307" => Some("claude-haiku-5-5"),
        _ => None,
    }
}

/// True where `name` is clearly not one of `provider`'s. OpenAI's address may lead to a compatible server with
/// models of any open family, so there only the closed families and the guide's names for Groq are foreign.
fn is_foreign(provider: &ProviderName, name: &str) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let google = starts(&["gemini-", "models/gemini-"]);
    let anthropic = starts(&["claude-"]);
    let openai = starts(&["gpt-3", "gpt-4", "gpt-5", "gpt-6", "chatgpt-", "o1", "o3", "o4"]);
    let open = starts(&["openai/", "qwen", "llama", "meta-llama/", "mixtral", "gpt-oss"]);
    let groqs_own = matches!(name, "mixtral-8x7b-32768" | "llama3-70b" | "llama3-70b-8192");
    match provider.as_str() {
        "gemini" => anthropic || openai || open,
        "groq" => google || anthropic || openai,
        "openai" => google || anthropic || groqs_own,
        "claude" => google || openai || open,
        // What the database holds for a widget whose owner chose no model.
        _ => name == "gemini-pro",
    }
}

/// Resolves names and warns of each that is not used as configured, once in the life of the object: one per
/// process.
#[derive(Debug, Default)]
pub struct ModelNames {
    listed: HashMap<ProviderName, Vec<String>>,
    warned: Mutex<HashSet<(ProviderName, String)>>,
}

impl ModelNames {
    /// `listed` are the models that may be asked for, the default first, of the providers for which that is
    /// configured.
    pub fn new(listed: HashMap<ProviderName, Vec<String>>) -> Self {
        Self { listed, ..Self::default() }
    }

    /// The model to ask `provider` for, on behalf of a widget that is set to `widget_provider` and
    /// `widget_model`. That setting holds for its own provider alone: another one, asked in its place, gets its
    /// default. `None` only for a provider without a default.
    pub fn model_for<'a>(
        &'a self,
        provider: &ProviderName,
        widget_provider: &ProviderName,
        widget_model: Option<&'a str>,
    ) -> Option<Cow<'a, str>> {
        let configured = widget_model.filter(|_| provider == widget_provider);
        let listed = self.listed.get(provider).map_or(&[][..], Vec::as_slice);
        let resolved = resolve_among(provider, listed, configured)?;
        if let (Some(reason), Some(name)) = (resolved.instead, configured)
            && is_news(&self.warned, provider, name)
        {
            tracing::warn!(%provider, configured = name, using = %resolved.model, "LLM model replaced: {reason}");
        }
        Some(resolved.model)
    }
}

fn is_news(warned: &Mutex<HashSet<(ProviderName, String)>>, provider: &ProviderName, name: &str) -> bool {
    let mut warned = warned.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (provider.clone(), name.to_owned());
    if warned.len() < MAX_WARNED { warned.insert(key) } else { !warned.contains(&key) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Instead::{Foreign, Retired};

    #[test]
    fn every_name_means_a_living_model() {
        let (gemini, groq) = (ProviderName::GEMINI, ProviderName::GROQ);
        let (openai, claude) = (ProviderName::OPENAI, ProviderName::CLAUDE);
        let table = [
            (&gemini, "gemini-pro", "gemini-3.5-flash-lite", Some(Retired)),
            (&gemini, "models/gemini-1.5-pro", "gemini-3.5-flash-lite", Some(Retired)),
            (&gemini, "gemini-2.0-flash-lite", "gemini-3.5-flash-lite", Some(Retired)),
            (&gemini, "gemini-2.5-flash", "gemini-2.5-flash", None),
            (&gemini, "gemini-3.8-flash", "gemini-3.8-flash", None),
            (&gemini, "gemma-4-27b", "gemma-4-27b", None),
            (&gemini, "gpt-4", "gemini-3.5-flash-lite", Some(Foreign)),
            (&gemini, "llama3-70b", "gemini-3.5-flash-lite", Some(Foreign)),
            (&groq, "mixtral-8x7b-32768", "openai/gpt-oss-20b", Some(Retired)),
            (&groq, "llama3-70b", "openai/gpt-oss-120b", Some(Retired)),
            (&groq, "llama3-70b-8192", "openai/gpt-oss-120b", Some(Retired)),
            (&groq, "llama-3.3-70b-versatile", "openai/gpt-oss-120b", Some(Retired)),
            (&groq, "llama-3.1-8b-instant", "openai/gpt-oss-20b", Some(Retired)),
            (&groq, "openai/gpt-oss-120b", "openai/gpt-oss-120b", None),
            (&groq, "qwen/qwen3.8-27b", "qwen/qwen3.8-27b", None),
            (&groq, "gemini-pro", "openai/gpt-oss-20b", Some(Foreign)),
            (&groq, "claude-3-haiku-20240307", "openai/gpt-oss-20b", Some(Foreign)),
            (&openai, "gpt-3.5-turbo", "gpt-6-luna", Some(Retired)),
            (&openai, "gpt-4", "gpt-6.1-terra", Some(Retired)),
            (&openai, "gpt-4o-mini", "gpt-4o-mini", None),
            (&openai, "llama3.2", "llama3.2", None),
            (&openai, "gemini-pro", "gpt-6-luna", Some(Foreign)),
            (&openai, "mixtral-8x7b-32768", "gpt-6-luna", Some(Foreign)),
            (&claude, "claude-3-haiku-20240307", "claude-haiku-5-5", Some(Retired)),
            (&claude, "claude-haiku-4-5", "claude-haiku-4-5", None),
            (&claude, "gemini-pro", "claude-haiku-5-5", Some(Foreign)),
            (&claude, "openai/gpt-oss-20b", "claude-haiku-5-5", Some(Foreign)),
            (&claude, "  ", "claude-haiku-5-5", None),
            (&claude, " claude-sonnet-5-5\n", "claude-sonnet-5-5", None),
        ];
        for (provider, configured, model, instead) in table {
            let expected = Resolved { model: Cow::Borrowed(model), instead };
            assert_eq!(resolve(provider, Some(configured)), Some(expected), "{provider} {configured}");
        }
    }

    #[test]
    fn a_replacement_is_never_replaced_itself() {
        for provider in registry::BUILT_IN {
            for name in ["gemini-pro", "llama3-70b", "mixtral-8x7b-32768", "gpt-4", "gpt-3.5-turbo", ""] {
                let model = resolve(&provider, Some(name)).unwrap().model;
                assert_eq!(resolve(&provider, Some(&model)).unwrap().instead, None, "{provider} {name}");
            }
        }
    }

    #[test]
    fn a_provider_without_adapter_has_no_default() {
        let other: ProviderName = "ollama".parse().unwrap();
        assert_eq!(resolve(&other, None), None);
        assert_eq!(resolve(&other, Some("gemini-pro")), None);
        assert_eq!(resolve(&other, Some("llama3.2")).unwrap().model, "llama3.2");
    }

    #[test]
    fn a_list_of_models_bounds_what_is_asked_for() {
        let listed = ["gemini-3.8-flash".to_owned(), "gemini-3.5-flash-lite".to_owned()];
        let table = [
            ("gemini-3.8-flash", "gemini-3.8-flash", None),
            (" gemini-3.5-flash-lite ", "gemini-3.5-flash-lite", None),
            ("", "gemini-3.8-flash", None),
            ("gemini-pro", "gemini-3.5-flash-lite", Some(Retired)), // its successor is listed
            ("gpt-4", "gemini-3.5-flash-lite", Some(Foreign)),
            ("gemini-2.5-flash", "gemini-3.8-flash", Some(Instead::NotListed)),
        ];
        for (configured, model, instead) in table {
            let expected = Resolved { model: Cow::Borrowed(model), instead };
            let resolved = resolve_among(&ProviderName::GEMINI, &listed, Some(configured));
            assert_eq!(resolved, Some(expected), "{configured}");
        }
        let retired = resolve_among(&ProviderName::GEMINI, &listed[..1], Some("gemini-pro")).unwrap();
        assert_eq!((retired.model.as_ref(), retired.instead), ("gemini-3.8-flash", Some(Retired)));
    }

    #[test]
    fn a_fallback_provider_is_asked_for_its_default() {
        let names = ModelNames::default();
        // A name that no rule knows, so nothing but the change of provider can replace it.
        let model = |provider| names.model_for(&provider, &ProviderName::GEMINI, Some("gemma-4-27b"));
        assert_eq!(model(ProviderName::GEMINI).as_deref(), Some("gemma-4-27b"));
        assert_eq!(model(ProviderName::GROQ).as_deref(), Some("openai/gpt-oss-20b"));
    }
}
