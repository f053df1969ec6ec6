//! What a screen reader is told of a page.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// One thing on the page.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Its role, such as `button`, `textbox` or `dialog`.
    pub(crate) role: String,
    /// What it is called.
    pub(crate) name: String,
    /// What more is said of it.
    pub(crate) description: String,
    /// What stands in it, for a field.
    pub(crate) value: String,
    /// Its states, such as `focused`, `disabled`, `expanded`, `pressed`, `invalid`.
    pub(crate) states: BTreeMap<String, Value>,
    pub(super) dom: i64,
    id: String,
    depth: usize,
}

impl Node {
    /// Whether a state holds: `true`, or a word other than `false`.
    pub(crate) fn is(&self, state: &str) -> bool {
        match self.states.get(state) {
            Some(Value::Bool(holds)) => *holds,
            Some(Value::String(word)) => word != "false",
            _ => false,
        }
    }
}

/// All that a screen reader is told, in the order of reading.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Reads what `Accessibility.getFullAXTree` answers.
    pub(super) fn read(answer: &Value) -> Self {
        let all: Vec<&Value> =
            answer["nodes"].as_array().map(|nodes| nodes.iter().collect()).unwrap_or_default();
        let by_id: BTreeMap<&str, &Value> = all.iter().map(|node| (text(&node["nodeId"]), *node)).collect();
        let mut nodes = Vec::new();
        let mut open: Vec<(&str, usize)> =
            all.first().map(|root| (text(&root["nodeId"]), 0)).into_iter().collect();
        while let Some((id, depth)) = open.pop() {
            let Some(node) = by_id.get(id) else { continue };
            let is_told = node["ignored"] != true;
            if is_told {
                nodes.push(read(node, depth));
            }
            let children = node["childIds"].as_array().into_iter().flatten();
            open.extend(children.rev().map(|child| (text(child), depth + usize::from(is_told))));
        }
        Self { nodes }
    }

    /// Everything in the order of reading.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All of a role, in their order.
    pub(crate) fn all(&self, role: &str) -> Vec<&Node> {
        self.nodes.iter().filter(|node| node.role == role).collect()
    }

    /// All of a role and a name, in their order.
    pub(crate) fn named(&self, role: &str, name: &str) -> Vec<&Node> {
        self.nodes.iter().filter(|node| node.role == role && node.name == name).collect()
    }

    /// What is in this one, without itself.
    #[must_use]
    pub(crate) fn within(&self, node: &Node) -> Self {
        let at = self.nodes.iter().position(|other| other.id == node.id);
        let after = self.nodes[at.map_or(self.nodes.len(), |at| at + 1)..].iter();
        Self { nodes: after.take_while(|other| other.depth > node.depth).cloned().collect() }
    }

    /// What is in the one of this role and name; nothing where there is none.
    #[must_use]
    pub(crate) fn inside(&self, role: &str, name: &str) -> Self {
        self.named(role, name).first().map_or(Self { nodes: Vec::new() }, |node| self.within(node))
    }

    /// All text, without breaks.
    pub(crate) fn text(&self) -> String {
        self.all("StaticText").iter().map(|node| node.name.as_str()).collect()
    }

    /// What the keys go to.
    pub(crate) fn focused(&self) -> Option<&Node> {
        // the page itself has the focus, too, while something in it has
        self.nodes.iter().rfind(|node| node.is("focused"))
    }
}

fn read(node: &Value, depth: usize) -> Node {
    let property =
        |property: &Value| (text(&property["name"]).to_owned(), property["value"]["value"].clone());
    let states = node["properties"].as_array().into_iter().flatten().map(property).collect();
    let of = |field: &str| text(&node[field]["value"]).to_owned();
    Node {
        role: of("role"),
        name: of("name"),
        description: of("description"),
        value: node["value"]["value"].as_str().map(str::to_owned).unwrap_or_default(),
        states,
        dom: node["backendDOMNodeId"].as_i64().unwrap_or_default(),
        id: text(&node["nodeId"]).to_owned(),
        depth,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for node in self.nodes.iter().filter(|node| node.role != "InlineTextBox") {
            let Node { role, name, value, depth, .. } = node;
            write!(f, "{:1$}{role} {name:?}", "", 2 * depth)?;
            if !value.is_empty() {
                write!(f, " = {value:?}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
