//! Which row of the table an address belongs to, told before the app is asked: whoever leaves early is in the log,
//! too. The app's own answer takes as long as finding the handler does, for it tries one expression after the other.

use super::calls;
use std::sync::LazyLock;

/// The path of the row that `path` belongs to, with its parameters in braces.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    static PATTERNS: LazyLock<Vec<String>> =
        LazyLock::new(|| calls().into_iter().map(|call| call.path).collect());
    PATTERNS.iter().map(String::as_str).find(|pattern| fits(pattern, path))
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(own)) if part == own || (part.starts_with('{') && !own.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_the_first_row_that_fits() {
        let message = "/api/chat-widget/public/widget/{key}/message";
        assert_eq!(pattern("/api/chat-widget/public/widget/demo/message"), Some(message));
        let bulk = "/api/chat-widget/widgets/{widget}/knowledge/bulk";
        assert_eq!(pattern("/api/chat-widget/widgets/1/knowledge/bulk"), Some(bulk));
        let entry = "/api/chat-widget/widgets/{widget}/knowledge/{entry}";
        assert_eq!(pattern("/api/chat-widget/widgets/1/knowledge/2"), Some(entry));
        assert_eq!(pattern("/"), Some("/"));
        for unknown in
            ["", "//", "/api/chat-widget/widgets/", "/api/chat-widget/widgets/1/knowledge/2/x", "/docs/"]
        {
            assert_eq!(pattern(unknown), None, "{unknown}");
        }
    }
}
