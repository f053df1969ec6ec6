//! Something on a page that can be acted upon.

use super::page::Page;
use super::tree::Node;
use serde_json::{Value, json};
use thirtyfour::WebElement;

/// A button, a field or anything else on a page.
pub(crate) struct Element<'a> {
    page: &'a Page,
    inner: WebElement,
    node: Node,
}

impl<'a> Element<'a> {
    pub(super) fn new(page: &'a Page, inner: WebElement, node: Node) -> Self {
        Self { page, inner, node }
    }

    /// What a screen reader was told of it when it was found.
    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// Clicks its middle, scrolling there first.
    ///
    /// # Panics
    /// When it cannot be seen, or something covers it.
    #[track_caller]
    pub(crate) fn click(&self) {
        self.page.done(self.inner.click());
    }

    /// Types at its end.
    ///
    /// # Panics
    /// When nothing can be typed there.
    #[track_caller]
    pub(crate) fn write(&self, text: &str) {
        self.page.done(self.inner.send_keys(text));
    }

    /// Removes what stands in it.
    ///
    /// # Panics
    /// When it is no field.
    #[track_caller]
    pub(crate) fn clear(&self) {
        self.page.done(self.inner.clear());
    }

    /// An attribute of its tag.
    ///
    /// # Panics
    /// When it is gone.
    #[track_caller]
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        self.page.done(self.inner.attr(name))
    }

    /// A property of its styles as the browser applies it.
    ///
    /// # Panics
    /// When it is gone.
    #[track_caller]
    pub(crate) fn style(&self, property: &str) -> String {
        self.page.done(self.inner.css_value(property))
    }

    /// Where it is in the window: left, top, width and height in pixels.
    ///
    /// # Panics
    /// When it is gone.
    #[track_caller]
    pub(crate) fn bounds(&self) -> [f64; 4] {
        let script = "const b = arguments[0].getBoundingClientRect(); return [b.x, b.y, b.width, b.height];";
        let bounds = self.script(script, &[]);
        [0, 1, 2, 3].map(|at| bounds[at].as_f64().unwrap_or_default())
    }

    /// Runs the body of a function in the page, with this as `arguments[0]`.
    ///
    /// # Panics
    /// When it throws.
    #[track_caller]
    pub(crate) fn script(&self, body: &str, more: &[Value]) -> Value {
        let this = self.inner.to_json().unwrap_or_else(|error| panic!("{error}"));
        self.page.script(body, &[&[this], more].concat())
    }

    /// Gives it the focus, as a script would.
    ///
    /// # Panics
    /// When it is gone.
    #[track_caller]
    pub(crate) fn focus(&self) {
        self.script("arguments[0].focus();", &[json!(null)]);
    }
}
