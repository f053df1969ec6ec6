//! Every public item has an example that is compiled and run with the tests.

use super::rustdoc;
use rustdoc_types::{Attribute, Crate, Id, Impl, Item, ItemEnum, Visibility};
use std::collections::BTreeSet;

/// Fences of examples that run; `compile_fail` is checked too, the others are only shown.
fn has_example(docs: Option<&str>) -> bool {
    let mut open = false;
    for line in docs.unwrap_or_default().lines() {
        let Some(label) = line.trim_start().strip_prefix("```") else { continue };
        open = !open;
        if open && ["", "rust", "should_panic", "compile_fail"].contains(&label.trim()) {
            return true;
        }
    }
    false
}

/// The public items of the crate that an example belongs to, by path.
struct Items<'a> {
    docs: &'a Crate,
    seen: BTreeSet<Id>,
    wanted: usize,
    without: Vec<String>,
}

impl<'a> Items<'a> {
    fn get(&self, id: Id) -> &'a Item {
        self.docs.index.get(&id).unwrap_or_else(|| panic!("rustdoc left out {id:?}"))
    }

    fn want(&mut self, path: String, has_example: bool) {
        self.wanted += 1;
        if !has_example {
            self.without.push(path);
        }
    }

    /// An item and what is in it. Fields and variants are shown by the example of their type.
    fn visit(&mut self, id: Id, parent: &str) {
        let item = self.get(id);
        if item.visibility != Visibility::Public || !self.seen.insert(id) {
            return;
        }
        let path = format!("{parent}::{}", item.name.as_deref().unwrap_or_default());
        match &item.inner {
            // Of what is shown at several places one example is enough.
            ItemEnum::Use(shown) => return shown.id.iter().for_each(|id| self.visit(*id, parent)),
            ItemEnum::Module(module) => module.items.iter().for_each(|id| self.visit(*id, &path)),
            ItemEnum::Struct(item) => item.impls.iter().for_each(|id| self.visit_impl(*id, &path)),
            ItemEnum::Enum(item) => item.impls.iter().for_each(|id| self.visit_impl(*id, &path)),
            ItemEnum::Union(item) => item.impls.iter().for_each(|id| self.visit_impl(*id, &path)),
            _ => {}
        }
        self.want(path, has_example(item.docs.as_deref()));
    }

    /// A trait that was implemented by hand wants one example, an item of the type's own each its own.
    fn visit_impl(&mut self, id: Id, path: &str) {
        let item = self.get(id);
        let ItemEnum::Impl(block) = &item.inner else { return };
        let Some(implemented) = &block.trait_ else {
            block.items.iter().for_each(|id| self.visit(*id, path));
            return;
        };
        if by_hand(item, block) {
            let of_items = block.items.iter().any(|id| has_example(self.get(*id).docs.as_deref()));
            let path = format!("impl {} for {path}", implemented.path);
            self.want(path, of_items || has_example(item.docs.as_deref()));
        }
    }
}

fn by_hand(item: &Item, block: &Impl) -> bool {
    let derived = item.attrs.contains(&Attribute::AutomaticallyDerived);
    !derived && !block.is_synthetic && block.blanket_impl.is_none()
}

#[test]
fn every_public_item_has_an_example_that_runs() {
    let docs = rustdoc::read();
    let mut items = Items { docs: &docs, seen: BTreeSet::new(), wanted: 0, without: Vec::new() };
    items.visit(docs.root, "");
    assert!(items.wanted > 100, "only {} items were found", items.wanted);
    let without = items.without.join("\n");
    assert!(without.is_empty(), "give each of these a ``` block that shows its use:\n{without}");
}

#[test]
fn only_what_runs_is_an_example() {
    assert!(has_example(Some("Text.\n\n```\nassert!(true);\n```")));
    assert!(has_example(Some("```text\na\n```\n\n```rust\nassert!(true);\n```")));
    assert!(has_example(Some("```compile_fail\nx\n```")));
    for shown in
        ["", "Text.", "```text\na\n```", "```ignore\na\n```", "```no_run\na\n```", "```text\na\n```\nText."]
    {
        assert!(!has_example(Some(shown)), "{shown}");
    }
    assert!(!has_example(None));
}
