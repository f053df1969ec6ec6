//! Configuration and telemetry set-up.
