//! The answer flow of a visitor's message.
