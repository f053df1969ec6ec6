//! Log lines go to standard output, where Heroku and containers collect them.

use crate::{LogFormat, TelemetrySettings};
use std::io::{self, IsTerminal};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// The target of the spans that traces are made of.
pub const SPANS: &str = "frontdesk::spans";

/// What hears of spans beside the log.
pub type SpanLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Why log lines cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is none; settings from [`crate::Settings`] are never refused for it.
    #[error("RUST_LOG: {0}")]
    Filter(#[from] ParseError),
    /// This process has set up its log before.
    #[error("the log is set up already: {0}")]
    Twice(#[from] TryInitError),
}

/// Sets up the process's log, to be called once at its start. Colours only on a terminal.
///
/// # Errors
/// [`TelemetryError::Twice`] when called again; the first set-up stays.
pub fn init(settings: &TelemetrySettings) -> Result<(), TelemetryError> {
    Ok(subscriber(settings, io::stdout, io::stdout().is_terminal())?.try_init()?)
}

/// As [`init`], with something else that hears of spans.
///
/// # Errors
/// As [`init`].
pub fn init_with(settings: &TelemetrySettings, spans: SpanLayer) -> Result<(), TelemetryError> {
    let filter = filter(settings)?;
    let lines =
        tracing_subscriber::fmt::layer().with_writer(io::stdout).with_ansi(io::stdout().is_terminal());
    let registry = Registry::default().with(spans);
    match settings.format {
        LogFormat::Text => registry.with(lines.compact().with_filter(filter)).try_init()?,
        LogFormat::Json => registry.with(lines.json().flatten_event(true).with_filter(filter)).try_init()?,
    }
    Ok(())
}

/// The lines that are wanted. Spans are for traces: in front of each line they would only repeat its fields.
fn filter(settings: &TelemetrySettings) -> Result<EnvFilter, ParseError> {
    Ok(EnvFilter::try_new(&settings.filter)?.add_directive(format!("{SPANS}=off").parse()?))
}

fn subscriber<W>(
    settings: &TelemetrySettings,
    writer: W,
    colours: bool,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, ParseError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = filter(settings)?;
    let lines = fmt().with_env_filter(filter).with_writer(writer).with_ansi(colours);
    Ok(match settings.format {
        LogFormat::Text => Box::new(lines.compact().finish()),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).finish()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(filter: &str, format: LogFormat) -> String {
        let written = Written::default();
        let writer = written.clone();
        let settings = TelemetrySettings { filter: filter.to_owned(), format };
        let subscriber = subscriber(&settings, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(widget = 123, "🤖 LLM enabled for widget 123 - Attempting AI response...");
            tracing::debug!("not at info");
        });
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn text_puts_the_message_right_after_its_origin_on_one_plain_line() {
        let line = written("info", LogFormat::Text);
        let message = ": 🤖 LLM enabled for widget 123 - Attempting AI response...";
        assert!(line.contains(message), "{line}");
        assert!(line.contains(" INFO ") && line.ends_with("widget=123\n"), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }

    #[test]
    fn json_is_one_object_a_line_with_the_fields_at_its_top() {
        let line = written("info", LogFormat::Json);
        assert!(line.starts_with('{') && line.ends_with("}\n") && line.lines().count() == 1, "{line}");
        assert!(line.contains(r#""message":"🤖 LLM enabled"#) && line.contains(r#""widget":123"#), "{line}");
    }

    #[test]
    fn the_filter_decides() {
        assert_eq!(written("warn", LogFormat::Text), "");
        assert_eq!(written("debug", LogFormat::Text).lines().count(), 2);
    }

    #[test]
    fn spans_are_in_no_line_whatever_the_filter() {
        let written = Written::default();
        let writer = written.clone();
        let settings = TelemetrySettings { filter: "trace".to_owned(), format: LogFormat::Text };
        let subscriber = subscriber(&settings, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!(target: SPANS, "answer message", widget = 123);
            assert!(span.is_disabled());
            span.in_scope(|| tracing::info!("answered"));
        });
        let line = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert!(line.ends_with("answered\n") && !line.contains("123"), "{line}");
    }

    #[test]
    fn a_second_set_up_is_an_error_and_no_panic() {
        let settings = TelemetrySettings { filter: "off".to_owned(), format: LogFormat::Text };
        init(&settings).unwrap();
        assert!(matches!(init(&settings), Err(TelemetryError::Twice(_))));
    }
}
