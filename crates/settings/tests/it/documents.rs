use frontdesk_settings::{PROVIDER_FIELDS, Settings, VARIABLES, Variable};

const EXAMPLE: &str = include_str!("../../../../.env.example");
const PROVIDERS: &str = include_str!("../../../../docs/providers.md");
const MANUAL: &str = include_str!("../../../../docs/configuration.md");

/// What the example calls any provider.
const ANY_PROVIDER: &str = "PROVIDERS__MYSERVER__";
/// What stands above the manual's table of the fields of single providers.
const FIELDS: &str = "\n## Single providers\n";

fn with_default(variable: &'static Variable) -> (&'static str, &'static str) {
    (variable.name, variable.default.unwrap_or_default())
}

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
    let (providers, fixed): (Vec<_>, Vec<_>) =
        examples().into_iter().partition(|(name, _)| name.starts_with("PROVIDERS__"));
    assert_eq!(fixed, VARIABLES.iter().map(with_default).collect::<Vec<_>>());
    let field = |(name, value): &(&'static str, &'static str)| {
        (name.strip_prefix(ANY_PROVIDER).unwrap_or_else(|| panic!("{name}")), *value)
    };
    let fields: Vec<_> = providers.iter().map(field).collect();
    assert_eq!(fields, PROVIDER_FIELDS.iter().map(with_default).collect::<Vec<_>>());
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

/// The first cells of a table's rows with the third, sorted.
fn rows(text: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut rows = Vec::new();
    for row in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let default = cells[3].trim_matches('`');
        let default = if default == "none" { "" } else { default };
        rows.extend(cells[1].split(", ").map(|name| (name.trim_matches('`'), default)));
    }
    rows.sort_unstable();
    rows
}

fn sorted(variables: &'static [Variable]) -> Vec<(&'static str, &'static str)> {
    let mut read: Vec<_> = variables.iter().map(with_default).collect();
    read.sort_unstable();
    read
}

#[test]
fn the_manual_has_a_row_for_exactly_the_variables_that_are_read_with_their_defaults() {
    let (fixed, fields) = MANUAL.split_once(FIELDS).unwrap();
    assert_eq!(rows(fixed), sorted(VARIABLES));
    assert_eq!(rows(fields), sorted(PROVIDER_FIELDS));
}

#[test]
fn the_manuals_file_is_a_valid_one() {
    let file = MANUAL.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let settings = super::load(&[], Some(file)).unwrap();
    assert_eq!(super::provider(&settings, "ollama").models, ["llama3.2", "qwen3:8b"]);
}

#[test]
fn the_recipes_for_providers_are_valid_environments() {
    let mut recipes = 0;
    for block in PROVIDERS.split("```").skip(1).step_by(2) {
        let pairs = block.lines().filter_map(|line| line.split_once('='));
        // there is no such file here
        let pairs = pairs.filter(|(name, _)| !name.starts_with('#') && !name.ends_with("_KEY_FILE"));
        let environment: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert!(!environment.is_empty(), "{block}");
        Settings::from_sources(environment, None).unwrap_or_else(|error| panic!("{error}: {block}"));
        recipes += 1;
    }
    assert_eq!(recipes, 7);
}
