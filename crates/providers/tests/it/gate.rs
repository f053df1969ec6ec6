//! Which calls a provider's gate lets through, with which key, and what it learns from them.

mod breakers;
mod keys;
mod quotas;
mod shared;

use crate::scripted::{Clock, Say, Scripted};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::QuotaSettings;
use frontdesk_providers::{
    Call, ChatModel, ChatReply, ChatRequest, Permit, ProviderError, Providers, Resilience,
};
use std::sync::Arc;
use std::time::Duration;

const MODEL: &str = "openai/gpt-oss-20b";

/// A provider whose keys answer as each list says, and its clock.
struct World {
    providers: Providers,
    keys: Vec<Arc<Scripted>>,
    clock: Clock,
}

impl World {
    fn new(resilience: Resilience, keys: impl IntoIterator<Item = Vec<Say>>) -> Self {
        Self::of(&ProviderName::GROQ, resilience, keys)
    }

    fn of(name: &ProviderName, resilience: Resilience, keys: impl IntoIterator<Item = Vec<Say>>) -> Self {
        let keys: Vec<_> = keys.into_iter().map(|says| Scripted::new(name.clone(), says)).collect();
        let clock = Clock::default();
        let models = keys.iter().map(|key| Arc::clone(key) as Arc<dyn ChatModel>);
        Self { providers: Providers::guarded(models, resilience, &clock.now()), keys, clock }
    }

    /// A provider without a quota.
    fn unlimited(keys: impl IntoIterator<Item = Vec<Say>>) -> Self {
        Self::new(Resilience { free_tier: false, ..Resilience::default() }, keys)
    }

    fn name(&self) -> &ProviderName {
        self.keys[0].provider()
    }

    fn call(&self) -> Call<'_> {
        Call { provider: self.name(), model: MODEL, tenant: 1, tokens: 1_000, is_retry: false }
    }

    async fn admit(&self) -> Result<Permit, ProviderError> {
        self.providers.admit(&self.call()).await
    }

    async fn ask(&self) -> Result<ChatReply, ProviderError> {
        self.ask_with(self.call()).await
    }

    async fn ask_with(&self, call: Call<'_>) -> Result<ChatReply, ProviderError> {
        self.providers.admit(&call).await?.complete(&request()).await
    }

    /// Asks for another tenant, whose share of the minute is whole.
    async fn ask_for(&self, tenant: i32, tokens: u32) -> Result<ChatReply, ProviderError> {
        self.ask_with(Call { tenant, tokens, ..self.call() }).await
    }

    fn calls(&self) -> Vec<usize> {
        self.keys.iter().map(|key| key.calls()).collect()
    }
}

fn request() -> ChatRequest {
    ChatRequest {
        model: MODEL.to_owned(),
        system: String::new(),
        turns: Vec::new(),
        reply_tokens: 64,
        temperature: None,
        timeout: Duration::from_secs(1),
        stream_timeout: Duration::from_secs(1),
    }
}

fn failure<T: std::fmt::Debug>(result: Result<T, ProviderError>) -> Failure {
    result.unwrap_err().failure
}

fn settings() -> QuotaSettings {
    QuotaSettings { tenant_share_percent: 100, ..QuotaSettings::default() }
}
