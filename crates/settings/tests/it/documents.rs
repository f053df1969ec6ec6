use frontdesk_settings::{Settings, VARIABLES};

const EXAMPLE: &str = include_str!("../../../../.env.example");
const MANUAL: &str = include_str!("../../../../docs/configuration.md");

/// `#NAME=value` lines; the explanations have a space after the `#`.
fn examples() -> Vec<(&'static str, &'static str)> {
    let lines = EXAMPLE
        .lines()
        .filter(|line| line.starts_with(|first: char| first == '#' || first.is_ascii_uppercase()));
    let assignments = lines.map(|line| line.trim_start_matches('#')).filter(|line| !line.starts_with(' '));
    assignments.filter_map(|line| line.split_once('=')).collect()
}

#[test]
fn the_example_lists_exactly_the_variables_that_are_read_with_their_defaults() {
    let read: Vec<(&str, &str)> =
        VARIABLES.iter().map(|variable| (variable.name, variable.default.unwrap_or_default())).collect();
    assert_eq!(examples(), read);
}

#[test]
fn each_variable_of_the_example_has_one_line_of_explanation() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[1].starts_with('#') && !pair[1].starts_with("# ")) {
        assert!(pair[0].starts_with("# "), "{} has no explanation above it", pair[1]);
    }
}

#[test]
fn the_example_is_a_valid_environment() {
    let environment = examples().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Settings::from_sources(environment, None).unwrap();
}

#[test]
fn the_manual_has_a_row_for_exactly_the_variables_that_are_read_with_their_defaults() {
    let mut rows = Vec::new();
    for row in MANUAL.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let default = cells[3].trim_matches('`');
        let default = if default == "none" { "" } else { default };
        rows.extend(cells[1].split(", ").map(|name| (name.trim_matches('`'), default)));
    }
    rows.sort_unstable();
    let mut read: Vec<(&str, &str)> =
        VARIABLES.iter().map(|variable| (variable.name, variable.default.unwrap_or_default())).collect();
    read.sort_unstable();
    assert_eq!(rows, read);
}
