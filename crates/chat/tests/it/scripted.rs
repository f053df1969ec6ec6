//! A model that answers as a test says.

use async_trait::async_trait;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::{
    ChatModel, ChatReply, ChatRequest, Finish, ProviderError, Providers, ReplyStream, WholeReply,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// What the model does next; the last one is repeated.
#[derive(Clone)]
pub(crate) enum Say {
    Text(&'static str, u32, u32),
    Fail(Failure),
    /// Fails, but was paid for.
    Billed(Failure, u32, u32),
}

pub(crate) struct Scripted {
    name: ProviderName,
    says: Mutex<VecDeque<Say>>,
    pub(crate) asked: Mutex<Vec<ChatRequest>>,
    /// Each call takes a permit before it answers.
    pub(crate) gate: Semaphore,
    /// Gets a permit for each call that has arrived.
    pub(crate) arrived: Semaphore,
}

impl Scripted {
    pub(crate) fn new(name: ProviderName, says: impl IntoIterator<Item = Say>) -> Arc<Self> {
        Self::gated(name, says, Semaphore::MAX_PERMITS / 2)
    }

    pub(crate) fn gated(name: ProviderName, says: impl IntoIterator<Item = Say>, open: usize) -> Arc<Self> {
        Arc::new(Self {
            name,
            says: Mutex::new(says.into_iter().collect()),
            asked: Mutex::default(),
            gate: Semaphore::new(open),
            arrived: Semaphore::new(0),
        })
    }

    pub(crate) fn calls(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

pub(crate) fn providers(models: &[&Arc<Scripted>]) -> Providers {
    models.iter().map(|model| Arc::clone(model) as Arc<dyn ChatModel>).collect()
}

fn usage(prompt_tokens: u32, completion_tokens: u32) -> TokenUsage {
    TokenUsage { prompt_tokens, completion_tokens, ..TokenUsage::default() }
}

#[async_trait]
impl ChatModel for Scripted {
    fn provider(&self) -> &ProviderName {
        &self.name
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        self.asked.lock().unwrap().push(request.clone());
        self.arrived.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        let say = {
            let mut says = self.says.lock().unwrap();
            if says.len() > 1 { says.pop_front().unwrap() } else { says[0].clone() }
        };
        match say {
            Say::Text(text, prompt, completion) => Ok(ChatReply {
                text: text.to_owned(),
                finish: Finish::Complete,
                usage: usage(prompt, completion),
                usage_estimated: false,
                model: request.model.clone(),
                request_id: None,
                quota: Default::default(),
            }),
            Say::Fail(Failure::NotConfigured) => Err(ProviderError::not_configured(&self.name)),
            Say::Fail(failure) => Err(ProviderError::new(failure, "as told")),
            Say::Billed(failure, prompt, completion) => {
                let mut error = ProviderError::new(failure, "as told");
                error.usage = Some(usage(prompt, completion));
                Err(error)
            }
        }
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        Ok(Box::new(WholeReply::from(self.complete(request).await?)))
    }
}
