//! `api health`, which containers without a shell run.

use frontdesk_tests::{Api, Process, TempPg};

fn health(environment: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let arguments: Vec<&str> = ["health"].iter().chain(arguments).copied().collect();
    let finished = Process::run("api", &arguments, environment);
    assert_eq!(finished.stdout, "");
    (finished.status.code(), finished.stderr)
}

#[test]
fn health_is_a_yes_while_the_server_can_answer_and_says_why_when_it_cannot() {
    let server = TempPg::start().unwrap();
    let url = server.create_database();
    let api = Api::start(&[("DATABASE_URL", &url)]);
    let port = api.url().rsplit(':').next().unwrap().to_owned();
    // The health check gets the server's own environment.
    let environment = [("DATABASE_URL", url.as_str()), ("HOST", "0.0.0.0"), ("PORT", port.as_str())];
    let yes = (Some(0), String::new());
    assert_eq!(health(&environment, &[]), yes);
    assert_eq!(health(&environment, &["--live"]), yes);
    server.stop();
    let (code, problem) = health(&environment, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(problem, format!("http://127.0.0.1:{port}/health/ready: HTTP/1.1 503 Service Unavailable\n"));
    assert_eq!(health(&environment, &["--live"]), yes, "a database that is away is no reason to restart");
    assert!(api.terminate().status.success());
    let (code, problem) = health(&environment, &["--live"]);
    assert_eq!(code, Some(1));
    assert!(problem.contains("Connection refused") && problem.lines().count() == 1, "{problem}");
}
