//! The one clock. Everything below the binaries and the HTTP edge takes the time as an argument.

use jiff::Timestamp;

/// The machine's time, in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "time is an argument everywhere else; it has to enter somewhere"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    #[test]
    fn time_goes_on() {
        let before = super::now();
        assert!(super::now() >= before);
        assert!(before > "2025-01-01T00:00:00Z".parse().unwrap());
    }
}
