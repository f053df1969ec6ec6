//! axe-core, the most used checker of accessibility.

use super::page::Page;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// All of its rules that are law or good practice; what is only an experiment is not asked for.
const RUN: &str = r"
    const done = arguments[0];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const told = rule => rule.nodes.map(node => `${rule.id}: ${rule.help}\n    ${node.html}\n    ${node.failureSummary}`);
    axe.run(document, { runOnly: tags, resultTypes: ['violations'] })
        .then(result => done(result.violations.flatMap(told)), error => done([`axe-core failed: ${error}`]));
";

/// What it finds on the page as it is, with what is in shadow trees.
pub(super) fn findings(page: &Page) -> Vec<String> {
    if page.script("return typeof axe === 'undefined';", &[]) == Value::Bool(true) {
        page.script(source(), &[]);
    }
    let told = page.script_later(RUN, &[]);
    let texts = told.as_array().into_iter().flatten();
    texts.map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}

fn source() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/node_modules/axe-core/axe.min.js");
        fs::read_to_string(path)
            .unwrap_or_else(|_| panic!("axe-core is not installed: run tests/run --prepare"))
    })
}
