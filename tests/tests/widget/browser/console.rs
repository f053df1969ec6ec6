//! What the browser complains of: errors that nobody catches, what a policy forbids, requests that fail.

use serde_json::Value;
use std::collections::BTreeSet;

/// The complaints of one page, and which of them the test has asked for.
#[derive(Debug, Default)]
pub(super) struct Console {
    complaints: Vec<String>,
    expected: Vec<String>,
}

impl Console {
    /// Takes in what `POST /session/{id}/se/log` or its like has answered.
    pub(super) fn take_in(&mut self, entries: impl IntoIterator<Item = String>) {
        self.complaints.extend(entries);
    }

    pub(super) fn expect(&mut self, part: &str) {
        self.expected.push(part.to_owned());
    }

    /// All complaints so far.
    pub(super) fn all(&self) -> &[String] {
        &self.complaints
    }

    /// What nobody has expected, and what was expected in vain.
    pub(super) fn verdict(&self) -> Result<(), String> {
        let is_expected = |complaint: &&String| self.expected.iter().any(|part| complaint.contains(part));
        let beyond: Vec<&String> =
            self.complaints.iter().filter(|complaint| !is_expected(complaint)).collect();
        let in_vain: BTreeSet<&String> = self
            .expected
            .iter()
            .filter(|part| !self.complaints.iter().any(|complaint| complaint.contains(*part)))
            .collect();
        if beyond.is_empty() && in_vain.is_empty() {
            return Ok(());
        }
        Err(format!("the browser complains of {beyond:#?}, and not, as expected, of {in_vain:?}"))
    }
}

/// What a script of a test threw, where it did.
pub(super) fn thrown(value: &Value) -> Option<&str> {
    value["exceptionDetails"]["exception"]["description"].as_str()
}

#[cfg(test)]
mod tests {
    use super::Console;

    fn verdict(complaints: &[&str], expected: &[&str]) -> bool {
        let mut console = Console::default();
        console.take_in(complaints.iter().map(|complaint| (*complaint).to_owned()));
        for part in expected {
            console.expect(part);
        }
        console.verdict().is_ok()
    }

    #[test]
    fn each_complaint_has_to_be_expected_and_each_expectation_to_be_met() {
        assert!(verdict(&[], &[]));
        assert!(verdict(&["a status of 429", "a status of 429"], &["429"]));
        assert!(!verdict(&["a status of 429", "Uncaught Error"], &["429"]));
        assert!(!verdict(&[], &["429"]));
    }
}
