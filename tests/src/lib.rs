//! Servers and processes that the tests need.
