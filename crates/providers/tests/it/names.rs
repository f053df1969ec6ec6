//! Retired names are told once.

use crate::secrets::Log;
use frontdesk_domain::ProviderName;
use frontdesk_providers::ModelNames;

#[test]
fn a_name_that_is_not_used_is_warned_of_once() {
    let log = Log::default();
    let guard = log.catch();
    let names = ModelNames::default();
    let (gemini, groq) = (ProviderName::GEMINI, ProviderName::GROQ);
    for _ in 0..3 {
        let model = names.model_for(&gemini, &gemini, Some("gemini-pro"));
        assert_eq!(model.as_deref(), Some("gemini-3.5-flash-lite"));
        names.model_for(&groq, &groq, Some("gemini-pro"));
        names.model_for(&gemini, &gemini, Some("gemini-3.8-flash"));
        names.model_for(&groq, &gemini, Some("gemini-pro"));
    }
    drop(guard);
    let log = log.text();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 2, "{log}");
    assert!(warnings[0].contains("LLM model replaced: the model is retired"), "{log}");
    assert!(warnings[0].contains("gemini-pro") && warnings[0].contains("gemini-3.5-flash-lite"), "{log}");
    assert!(warnings[1].contains("LLM model replaced: the model is another provider's"), "{log}");
}
