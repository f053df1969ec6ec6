//! Servers that speak OpenAI's Chat Completions with differences: the known ones, and what configuration changes.

use crate::error::field_variable;
use crate::registry::ConfigError;
use frontdesk_domain::ProviderName;
use reqwest::Url;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, TRANSFER_ENCODING,
};

/// How a server differs from its preset; `None` is as the preset has it, which is a plain server where there is
/// none. The texts are those of the settings `PROVIDERS__<NAME>__<FIELD>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compatibility {
    /// `PRESET`: one of the known servers. Default: the provider's name, if it is one.
    pub preset: Option<String>,
    /// `CAP_FIELD`: `max_tokens` or `max_completion_tokens`.
    pub cap_field: Option<String>,
    /// `SYSTEM_ROLE`: `system` or `developer`.
    pub system_role: Option<String>,
    /// `SEND_TEMPERATURE`: whether the server takes a temperature.
    pub send_temperature: Option<bool>,
    /// `STREAM_OPTIONS`: whether it takes `stream_options`, with which a stream tells its usage.
    pub stream_options: Option<bool>,
    /// `AUTH_HEADER`: the header that carries the key: `Authorization` as a bearer token, another as it is, or
    /// `none`.
    pub auth_header: Option<String>,
    /// `EXTRA_QUERY`: parameters of every URL, such as `api-version=2026-01-01`.
    pub extra_query: Option<String>,
}

/// The field that caps the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CapField {
    MaxTokens,
    MaxCompletionTokens,
}

/// Who the instructions come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemRole {
    System,
    Developer,
}

impl CapField {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::MaxTokens => Self::MaxCompletionTokens,
            Self::MaxCompletionTokens => Self::MaxTokens,
        }
    }
}

/// What a request to a server looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Profile {
    /// Whether the model's name says more than what follows.
    pub(crate) by_model: bool,
    pub(crate) cap_field: CapField,
    pub(crate) system_role: SystemRole,
    pub(crate) send_temperature: bool,
    pub(crate) stream_options: bool,
}

/// A server with OpenAI's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// Its address, where it is the same for everybody.
    pub(crate) base_url: Option<&'static str>,
    /// Whether it answers nobody without a key.
    pub(crate) needs_key: bool,
    /// The header for the key and what stands before it.
    pub(crate) auth: Option<(HeaderName, &'static str)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) profile: Profile,
}

/// OpenAI itself.
pub(crate) const OPENAI: Profile = Profile {
    by_model: true,
    cap_field: CapField::MaxCompletionTokens,
    system_role: SystemRole::Developer,
    send_temperature: true,
    stream_options: true,
};

/// What `ollama serve`, vLLM and most others understand.
const PLAIN: Profile = Profile {
    by_model: false,
    cap_field: CapField::MaxTokens,
    system_role: SystemRole::System,
    send_temperature: true,
    stream_options: true,
};

const BEARER: (HeaderName, &str) = (AUTHORIZATION, "Bearer ");

/// The known servers.
pub(crate) const PRESETS: [&str; 7] =
    ["ollama", "vllm", "openrouter", "mistral", "deepseek", "together", "azure"];

/// A known server; a plain one for any other name.
fn preset(name: &str) -> Server {
    let plain =
        Server { base_url: None, needs_key: false, auth: Some(BEARER), query: Vec::new(), profile: PLAIN };
    let hosted = |base_url| Server { base_url: Some(base_url), needs_key: true, ..plain.clone() };
    match name {
        "ollama" => Server { base_url: Some("http://localhost:11434/v1"), ..plain },
        "openrouter" => hosted("https://openrouter.ai/api/v1"),
        // It refuses what it does not know, and tells a stream's usage unasked.
        "mistral" => Server {
            profile: Profile { stream_options: false, ..PLAIN },
            ..hosted("https://api.mistral.ai/v1")
        },
        "deepseek" => hosted("https://api.deepseek.com"),
        "together" => hosted("https://api.together.ai/v1"),
        // The address holds the resource's name. Reasoning models refuse the older cap.
        "azure" => Server {
            needs_key: true,
            auth: Some((HeaderName::from_static("api-key"), "")),
            profile: Profile { cap_field: CapField::MaxCompletionTokens, ..PLAIN },
            ..plain
        },
        _ => plain,
    }
}

/// The server that is configured as `provider`.
pub(crate) fn server(provider: &ProviderName, own: &Compatibility) -> Result<Server, ConfigError> {
    let invalid = |field: &str, problem: String| ConfigError::InvalidField {
        variable: field_variable(provider, field),
        problem,
    };
    if let Some(name) = own.preset.as_deref().filter(|name| !PRESETS.contains(name)) {
        let problem = format!("{name:?} is not a known server ({})", PRESETS.join(", "));
        return Err(invalid("PRESET", problem));
    }
    let mut server = preset(own.preset.as_deref().unwrap_or(provider.as_str()));
    let profile = &mut server.profile;
    if let Some(field) = own.cap_field.as_deref() {
        profile.cap_field = cap_field(field).map_err(|problem| invalid("CAP_FIELD", problem))?;
    }
    if let Some(role) = own.system_role.as_deref() {
        profile.system_role = system_role(role).map_err(|problem| invalid("SYSTEM_ROLE", problem))?;
    }
    profile.send_temperature = own.send_temperature.unwrap_or(profile.send_temperature);
    profile.stream_options = own.stream_options.unwrap_or(profile.stream_options);
    if let Some(header) = own.auth_header.as_deref() {
        server.auth = auth(header).map_err(|problem| invalid("AUTH_HEADER", problem))?;
    }
    if let Some(text) = own.extra_query.as_deref() {
        server.query = query(text).map_err(|problem| invalid("EXTRA_QUERY", problem.to_owned()))?;
    }
    Ok(server)
}

fn cap_field(text: &str) -> Result<CapField, String> {
    let fields = [CapField::MaxTokens, CapField::MaxCompletionTokens];
    let named = fields.into_iter().find(|field| field.name() == text);
    named.ok_or_else(|| format!("{text:?} is neither max_tokens nor max_completion_tokens"))
}

fn system_role(text: &str) -> Result<SystemRole, String> {
    match text {
        "system" => Ok(SystemRole::System),
        "developer" => Ok(SystemRole::Developer),
        other => Err(format!("{other:?} is neither system nor developer")),
    }
}

fn auth(text: &str) -> Result<Option<(HeaderName, &'static str)>, String> {
    const TAKEN: [HeaderName; 6] =
        [ACCEPT, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING];
    if text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    if text.eq_ignore_ascii_case("authorization") || text.eq_ignore_ascii_case("authorization: bearer") {
        return Ok(Some(BEARER));
    }
    match HeaderName::try_from(text) {
        Ok(name) if !TAKEN.contains(&name) => Ok(Some((name, ""))),
        // not shown: it could be the key itself
        _ => {
            Err("is no header that could carry a key (Authorization, another name such as api-key, or none)"
                .to_owned())
        }
    }
}

/// Never shown in an error, for it could hold a key, which has no place in an address.
fn query(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let mut pairs = Vec::new();
    for part in text.trim_start_matches('?').split('&') {
        let Some((name, value)) = part.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err("has to be name=value, several joined by & (the value is not shown)");
        };
        let name_says = |word| name.to_ascii_lowercase().contains(word);
        if ["key", "token", "secret", "password", "sig"].into_iter().any(name_says) {
            return Err("seems to hold a key, which addresses give away; set KEY and AUTH_HEADER instead");
        }
        pairs.push((name.to_owned(), value.to_owned()));
    }
    Ok(pairs)
}

impl Server {
    /// The address with the server's parameters.
    pub(crate) fn with_query(&self, mut url: Url) -> Url {
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, own: Compatibility) -> Result<Server, ConfigError> {
        server(&name.parse().unwrap(), &own)
    }

    #[test]
    fn a_providers_name_is_its_preset_unless_another_is_named() {
        let mistral = named("mistral", Compatibility::default()).unwrap();
        assert_eq!(mistral.base_url, Some("https://api.mistral.ai/v1"));
        assert!(!mistral.profile.stream_options && mistral.needs_key);
        let preset = Some("mistral".to_owned());
        assert_eq!(named("spare", Compatibility { preset, ..Default::default() }).unwrap(), mistral);
        let plain = named("spare", Compatibility::default()).unwrap();
        assert_eq!((plain.base_url, plain.needs_key, plain.profile), (None, false, PLAIN));
    }

    #[test]
    fn every_preset_is_a_server_of_its_own_or_a_plain_one() {
        let addresses = PRESETS.map(|name| preset(name).base_url);
        let expected = [
            Some("http://localhost:11434/v1"),
            None,
            Some("https://openrouter.ai/api/v1"),
            Some("https://api.mistral.ai/v1"),
            Some("https://api.deepseek.com"),
            Some("https://api.together.ai/v1"),
            None,
        ];
        assert_eq!(addresses, expected);
        let open: Vec<_> = PRESETS.into_iter().filter(|name| !preset(name).needs_key).collect();
        assert_eq!(open, ["ollama", "vllm"]);
    }

    #[test]
    fn configuration_wins_over_the_preset() {
        let own = Compatibility {
            cap_field: Some("max_completion_tokens".to_owned()),
            system_role: Some("developer".to_owned()),
            send_temperature: Some(false),
            stream_options: Some(true),
            auth_header: Some("X-Key".to_owned()),
            extra_query: Some("?a=1&b=x y".to_owned()),
            ..Default::default()
        };
        let server = named("mistral", own).unwrap();
        let profile = Profile {
            by_model: false,
            cap_field: CapField::MaxCompletionTokens,
            system_role: SystemRole::Developer,
            send_temperature: false,
            stream_options: true,
        };
        assert_eq!(server.profile, profile);
        assert_eq!(server.auth, Some((HeaderName::from_static("x-key"), "")));
        let url = server.with_query(Url::parse("http://host/v1/chat/completions").unwrap());
        assert_eq!(url.as_str(), "http://host/v1/chat/completions?a=1&b=x+y");
    }

    #[test]
    fn the_header_for_the_key_is_a_bearer_token_a_bare_key_or_none() {
        for bearer in ["Authorization", "authorization", "Authorization: Bearer"] {
            assert_eq!(auth(bearer), Ok(Some(BEARER)), "{bearer}");
        }
        assert_eq!(auth("none"), Ok(None));
        assert!(auth("Content-Type").is_err() && auth("a b").is_err() && auth("").is_err());
    }

    #[test]
    fn what_cannot_be_used_is_named_with_its_variable_and_secrets_are_not_shown() {
        let text = |text: &str| Some(text.to_owned());
        let none = Compatibility::default;
        let table = [
            (
                Compatibility { preset: text("olama"), ..none() },
                r#"PROVIDERS__X__PRESET: "olama" is not a known server (ollama, vllm, openrouter, mistral, deepseek, together, azure)"#,
            ),
            (
                Compatibility { cap_field: text("max"), ..none() },
                r#"PROVIDERS__X__CAP_FIELD: "max" is neither max_tokens nor max_completion_tokens"#,
            ),
            (
                Compatibility { system_role: text("user"), ..none() },
                r#"PROVIDERS__X__SYSTEM_ROLE: "user" is neither system nor developer"#,
            ),
            (
                Compatibility { auth_header: text("Bearer hush"), ..none() },
                "PROVIDERS__X__AUTH_HEADER: is no header that could carry a key (Authorization, another name such as api-key, or none)",
            ),
            (
                Compatibility { extra_query: text("hush"), ..none() },
                "PROVIDERS__X__EXTRA_QUERY: has to be name=value, several joined by & (the value is not shown)",
            ),
            (
                Compatibility { extra_query: text("a=1&api-key=hush"), ..none() },
                "PROVIDERS__X__EXTRA_QUERY: seems to hold a key, which addresses give away; set KEY and AUTH_HEADER instead",
            ),
        ];
        for (own, message) in table {
            assert_eq!(named("x", own).unwrap_err().to_string(), message);
        }
    }
}
