use frontdesk_tests::{TempPg, psql};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn each_test_gets_a_database_of_its_own() {
    let server = TempPg::shared();
    let (one, other) = (server.create_database(), server.create_database());
    assert_ne!(one, other);
    psql(&one, "CREATE TABLE mine (id int)").unwrap();
    let count = "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'";
    assert_eq!(psql(&one, count).unwrap(), "1");
    assert_eq!(psql(&other, count).unwrap(), "0");
}

#[test]
fn a_copy_holds_what_its_template_holds() {
    let server = TempPg::shared();
    let template = server.create_database();
    psql(&template, "CREATE TABLE greeting AS SELECT 'Grüß Gott, 你好' AS text").unwrap();
    let copy = server.create_from(&template);
    assert_eq!(psql(&copy, "SELECT text, 1 FROM greeting").unwrap(), "Grüß Gott, 你好|1");
}

#[test]
fn psql_stops_at_the_first_error_and_says_where() {
    let url = TempPg::shared().create_database();
    let error =
        psql(&url, "CREATE TABLE a (id int);\nSELECT nonsense;\nCREATE TABLE b (id int);").unwrap_err();
    assert!(error.to_string().contains("column \"nonsense\" does not exist"), "{error}");
    assert_eq!(psql(&url, "SELECT tablename FROM pg_tables WHERE tablename IN ('a', 'b')").unwrap(), "a");
}

#[test]
fn a_stopped_server_is_away_and_comes_back_with_its_data() {
    let server = TempPg::start().unwrap();
    let url = server.create_database();
    psql(&url, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7);").unwrap();
    server.stop();
    assert!(psql(&url, "SELECT 1").is_err());
    server.restart();
    assert_eq!(psql(&url, "SELECT id FROM kept").unwrap(), "7");
}

#[test]
fn over_tcp_a_server_with_tls_takes_nothing_else() {
    let server = TempPg::start_with_tls().unwrap();
    let socket = server.create_database();
    let tls = server.tls_url(&socket);
    assert!(tls.ends_with("?sslmode=require"), "{tls}");
    let used = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(psql(&tls, used).unwrap(), "t");
    assert_eq!(psql(&socket, used).unwrap(), "f");
    let error = psql(&tls.replace("require", "disable"), used).unwrap_err();
    assert!(error.to_string().contains("no encryption"), "{error}");
    let verified = format!("{tls}&sslrootcert={}", server.certificate().display());
    assert_eq!(psql(&verified.replace("require", "verify-full"), used).unwrap(), "t");
}

#[test]
fn dropping_a_server_removes_it() {
    let server = TempPg::start().unwrap();
    let folder = folder_of(&server.url("postgres")).to_owned();
    assert!(Path::new(&folder).is_dir());
    drop(server);
    assert!(!Path::new(&folder).exists());
}

/// Starts this test binary again with only [`a_server_that_waits_to_be_killed`], and kills it.
#[test]
fn a_killed_test_leaves_nothing_behind() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "harness::postgres::a_server_that_waits_to_be_killed", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let url =
        lines.map(Result::unwrap).find_map(|line| line.split_once("URL=").map(|(_, url)| url.to_owned()));
    let url = url.unwrap();
    let folder = folder_of(&url);
    assert_eq!(psql(&url, "SELECT 1").unwrap(), "1");
    child.kill().unwrap();
    child.wait().unwrap();
    let start = Instant::now();
    while Path::new(folder).exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "{folder} is still there");
        std::thread::yield_now();
    }
}

#[test]
#[ignore = "a part of a_killed_test_leaves_nothing_behind, which starts it in a process of its own"]
fn a_server_that_waits_to_be_killed() {
    println!("URL={}", TempPg::shared().url("postgres"));
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

fn folder_of(url: &str) -> &str {
    let folder = url.split(['=', '&']).nth(1);
    folder.unwrap_or_else(|| panic!("{url} names no folder"))
}
