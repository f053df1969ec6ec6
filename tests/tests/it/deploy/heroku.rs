//! Heroku's surroundings: a database that takes TLS only and gives no word of it, the port that it gives, its
//! `Procfile` and `app.json`.

use super::{assigned, text, toolchain, variables, words};
use crate::place::HOURS;
use frontdesk_tests::{Process, TempPg, TempRedis, http, psql};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;

/// What Heroku or an add-on sets by itself, or the `Procfile`.
const BY_HEROKU: [&str; 3] = ["DATABASE_URL", "HOST", "PORT"];

/// A process of the `Procfile`, as Heroku starts it.
fn start(kind: &str, environment: &[(&str, &str)]) -> Process {
    let procfile = text("Procfile");
    let line = procfile.lines().find_map(|line| line.strip_prefix(&format!("{kind}: "))).unwrap();
    let (assignments, command) = words(line);
    let program = command[0].strip_prefix("./target/release/").expect("where the buildpack leaves it");
    let arguments: Vec<&str> = command[1..].iter().map(String::as_str).collect();
    let mut all = environment.to_vec();
    all.extend(assignments.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    Process::start(program, &arguments, &all)
}

fn free_port() -> String {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port().to_string()
}

/// A database as Heroku gives it: the application owns it and has a password.
fn database(server: &TempPg, password: &str) -> String {
    let url = server.create_database();
    psql(&url, &format!("CREATE ROLE app LOGIN PASSWORD '{password}'")).unwrap();
    psql(&url, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO app', current_database()); END $$")
        .unwrap();
    server.hosted_url(&url, password)
}

#[test]
fn the_processes_run_with_what_heroku_gives_them() {
    let server = TempPg::start_with_tls().unwrap();
    let url = database(&server, "c0ffee");
    assert!(!url.contains("sslmode"), "{url}");
    let port = free_port();
    let given = [("DATABASE_URL", url.as_str()), ("PORT", port.as_str())];
    let release = start("release", &given).wait();
    assert!(release.status.success() && release.stdout.contains("migrated 001_base"), "{release:?}");
    let web = start("web", &given);
    web.wait_for_line(|line| line == format!("Frontdesk is listening on http://0.0.0.0:{port}"));
    let worker = start("worker", &given);
    worker.wait_for_line(|line| line.starts_with("accounts rolled: "));
    let base = format!("http://127.0.0.1:{port}");
    assert_eq!(http::get(&format!("{base}/health/ready")).status, 200);
    psql(
        &format!("{url}?sslmode=require"),
        "INSERT INTO widget_configs (widget_key, widget_name) VALUES ('w', 'W')",
    )
    .unwrap();
    let message = format!("{base}/api/chat-widget/public/widget/w/message");
    let answer = http::post(&message, &json!({ "message_text": HOURS }));
    assert_eq!((answer.status, &answer.json["confidence"]), (200, &json!(0.3)), "{}", answer.text);
    let sessions = "SELECT bool_and(ssl)::text || ' ' || (count(*) > 3) FROM pg_stat_ssl
        JOIN pg_stat_activity USING (pid) WHERE backend_type = 'client backend'";
    assert_eq!(psql(&format!("{url}?sslmode=require"), sessions).unwrap(), "true true");
    assert!(web.terminate().status.success() && worker.terminate().status.success());
}

#[test]
fn without_tls_such_a_database_lets_nobody_in_and_the_start_says_so() {
    let server = TempPg::start_with_tls().unwrap();
    let url = format!("{}?sslmode=disable", database(&server, "hush4711"));
    for (program, arguments) in [("api", &["serve"][..]), ("api", &["migrate"]), ("reset-worker", &[])] {
        let finished = Process::run(program, arguments, &[("DATABASE_URL", &url), ("PORT", "0")]);
        assert_eq!(finished.status.code(), Some(1), "{finished:?}");
        assert!(finished.stderr.contains("no encryption"), "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1);
    }
}

#[test]
fn a_redis_that_signs_its_certificate_itself_is_taken_only_when_told_so() {
    let server = TempRedis::start_with_tls("c0ffee");
    let (url, place) = (server.url(), crate::place::Place::sqlite());
    let provider =
        frontdesk_tests::Stub::start(|_| frontdesk_tests::stub::gemini_ok("Nine to five.", 50, 10));
    let mut environment = vec![
        ("GEMINI_API_KEY", "a-key"),
        ("GEMINI_BASE_URL", ""),
        ("PROVIDERS__GEMINI__REQUESTS_PER_MINUTE", "1"),
        ("PROVIDER_WIDGET_SHARE_PERCENT", "100"),
        ("REDIS_URL", &url),
    ];
    let base = provider.url();
    environment[1].1 = &base;
    let careful = place.demo(&environment);
    assert_eq!(crate::place::say(&careful, HOURS)["response"], "Nine to five.");
    careful.process().wait_for_line(|line| line.contains("Redis does not answer (I/O error"));
    environment.push(("REDIS_TLS_VERIFY", "false"));
    let together = [place.demo(&environment), place.demo(&environment)];
    assert_eq!(crate::place::say(&together[0], HOURS)["response"], "Nine to five.");
    // The one call of the minute is taken, as the other process knows from Redis.
    assert_ne!(crate::place::say(&together[1], HOURS)["response"], "Nine to five.");
    assert!(!together[0].process().stdout().contains("Redis does not answer"));
    assert_eq!(provider.requests().len(), 2);
}

/// What `app.json` should hold of the variables: those that can be set there, as it describes them, and new ones as
/// `.env.example` does.
fn renewed(manifest: &Value) -> Value {
    let example = text(".env.example");
    let explanation = |name: &str| {
        let above = example.lines().take_while(|line| !line.starts_with(&format!("#{name}=")));
        above.last().unwrap_or_default().trim_start_matches("# ").to_owned()
    };
    // Heroku has no files, so that neither a settings file nor keys in files are offered.
    let offered = |name: &String| {
        !BY_HEROKU.contains(&name.as_str()) && !name.ends_with("_FILE") && *name != "FRONTDESK_CONFIG"
    };
    let entry = |name: String| {
        let listed = manifest["env"].get(&name).cloned();
        let new = || json!({"description": explanation(&name), "required": false});
        let entry = listed.unwrap_or_else(new);
        (name, entry)
    };
    let mut renewed = manifest.clone();
    // Sorted, whatever the crates of other tests make of the order of JSON objects.
    let env: BTreeMap<String, Value> = variables().into_iter().filter(offered).map(entry).collect();
    renewed["env"] = json!(env);
    renewed
}

#[test]
fn the_manifest_knows_every_variable_and_no_other() {
    let written = text("app.json");
    let manifest: Value = serde_json::from_str(&written).unwrap();
    let renewed = format!("{:#}\n", renewed(&manifest));
    if written != renewed {
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("app.json");
        std::fs::write(&file, renewed).unwrap();
        panic!(
            "app.json does not list the variables of .env.example: look it through, then `cp {} app.json`",
            file.display()
        );
    }
    for (name, variable) in manifest["env"].as_object().unwrap() {
        let description = variable["description"].as_str().unwrap();
        assert!(description.ends_with('.') && description.len() > 20, "{name}: {description}");
        let generated = variable["generator"] == "secret";
        assert_eq!(generated, name == "ADMIN_API_KEY");
        assert!(generated || variable["required"] == false, "{name} would have to be filled in");
    }
}

#[test]
fn the_manifest_orders_the_database_and_the_scheduler_and_builds_as_the_manual_says() {
    let manifest: Value = serde_json::from_str(&text("app.json")).unwrap();
    let addons: Vec<_> =
        manifest["addons"].as_array().unwrap().iter().map(|addon| addon["plan"].as_str().unwrap()).collect();
    assert_eq!(addons, ["heroku-postgresql:essential-0", "scheduler:standard"]);
    let manual = text("docs/deploy/heroku.md");
    for mentioned in addons.iter().chain(&[manifest["buildpacks"][0]["url"].as_str().unwrap()]) {
        assert!(manual.contains(mentioned), "{mentioned}");
    }
    assert_eq!(assigned(&text("RustConfig"), "VERSION"), toolchain());
}
