//! What stops a start: always one line, never a secret.

use crate::variables::Variable;

/// A setting that cannot be used. Its text is one line that names the variable or the file, says what is
/// wrong and what is allowed; the values of secrets and of URLs are left out of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A variable's value is not allowed. A value from the file is reported under its variable's name too.
    #[error("{variable}: {problem}")]
    Invalid {
        /// The environment variable's name.
        variable: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// The settings file cannot be read or is not TOML.
    #[error("{file}: {problem}")]
    File {
        /// The file's path as it was given.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// The settings file has a key that no setting is called by.
    #[error("{file}: unknown key `{key}`; keys are the names of the variables in lower case, such as `port`")]
    UnknownKey {
        /// The file's path as it was given.
        file: String,
        /// The key.
        key: String,
    },
}

impl SettingsError {
    pub(crate) fn invalid(variable: &Variable, problem: impl Into<String>) -> Self {
        Self::named(variable.name, problem)
    }

    pub(crate) fn named(variable: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { variable: variable.into(), problem: problem.into() }
    }
}
