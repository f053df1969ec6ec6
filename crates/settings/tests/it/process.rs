//! What a process reads of its surroundings. Each test starts this test binary again, in a folder and with an
//! environment of its own: changing those of the running process would change them for the other tests.

use frontdesk_settings::Settings;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, io};

#[test]
#[ignore = "the part of the other tests here that runs in a process of its own"]
fn loads() {
    match Settings::load() {
        Ok(settings) => {
            let keys: usize = settings.providers.list.iter().map(|provider| provider.api_keys.len()).sum();
            println!("LOADED port {}, {keys} keys", settings.server.port);
        }
        Err(error) => println!("LOADED {error}"),
    }
}

/// What [`loads`] prints in a folder with these files and with this environment.
fn loaded(name: &str, files: &[(&str, &str)], environment: &[(&str, &OsStr)]) -> io::Result<String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder)?;
    for (file, text) in files {
        fs::write(folder.join(file), text)?;
    }
    let mut test = Command::new(std::env::current_exe()?);
    test.args(["--exact", "process::loads", "--ignored", "--nocapture"]);
    let output = test.current_dir(&folder).env_clear().envs(environment.iter().copied()).output()?;
    fs::remove_dir_all(&folder)?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let line = printed.lines().find_map(|line| line.split_once("LOADED "));
    line.map(|(_, loaded)| loaded.to_owned()).ok_or_else(|| io::Error::other(printed))
}

#[test]
fn without_a_file_the_environment_and_the_defaults_count() {
    assert_eq!(loaded("bare", &[], &[]).unwrap(), "port 8080, 0 keys");
    assert_eq!(loaded("environment", &[], &[("PORT", OsStr::new("81"))]).unwrap(), "port 81, 0 keys");
}

#[test]
fn the_file_in_the_working_directory_is_read_unless_another_is_named() {
    let files = [("frontdesk.toml", "port = 82"), ("other.toml", "port = 83")];
    assert_eq!(loaded("default-file", &files, &[]).unwrap(), "port 82, 0 keys");
    assert_eq!(
        loaded("named-file", &files, &[("FRONTDESK_CONFIG", OsStr::new("other.toml"))]).unwrap(),
        "port 83, 0 keys"
    );
}

#[test]
fn a_named_file_has_to_exist() {
    let message = loaded("no-file", &[], &[("FRONTDESK_CONFIG", OsStr::new("none.toml"))]).unwrap();
    assert!(message.starts_with("FRONTDESK_CONFIG: \"none.toml\" cannot be read: "), "{message}");
}

#[test]
fn text_that_is_not_utf_8_matters_in_our_variables_only() {
    let broken = OsStr::from_bytes(b"\xff");
    assert_eq!(loaded("others-bytes", &[], &[("ANYTHING", broken)]).unwrap(), "port 8080, 0 keys");
    assert_eq!(loaded("our-bytes", &[], &[("HOST", broken)]).unwrap(), "HOST: is not UTF-8 text");
}

#[test]
fn keys_are_read_from_the_files_that_the_environment_names() {
    let files = [("one", " hush-1,hush-2\n"), ("two.key", "hush-3")];
    let environment =
        [("GEMINI_API_KEY_FILE", OsStr::new("./one")), ("PROVIDERS__VLLM__KEY_FILE", OsStr::new("two.key"))];
    assert_eq!(loaded("key-files", &files, &environment).unwrap(), "port 8080, 3 keys");
    let empty = loaded("empty-key-file", &[("none", " ,\n")], &[("GROQ_API_KEY_FILE", OsStr::new("./none"))]);
    assert_eq!(empty.unwrap(), "GROQ_API_KEY_FILE: \"./none\" holds no key");
    let broken =
        loaded("bad-key-file", &[("bad", "hush\nhush")], &[("GROQ_API_KEY_FILE", OsStr::new("bad"))]);
    let broken = broken.unwrap();
    assert!(broken.starts_with("GROQ_API_KEY_FILE: holds a space or a character"), "{broken}");
    assert!(!broken.contains("hush"), "{broken}");
}

#[test]
fn variables_of_single_providers_are_found_in_the_environment() {
    let typo =
        loaded("typo", &[], &[("PROVIDERS__OLLAMA__BASEURL", OsStr::new("http://localhost"))]).unwrap();
    assert!(typo.starts_with("PROVIDERS__OLLAMA__BASEURL: there is no such setting"), "{typo}");
    let broken = OsStr::from_bytes(b"\xff");
    let bytes = loaded("provider-bytes", &[], &[("PROVIDERS__OLLAMA__KEY", broken)]).unwrap();
    assert_eq!(bytes, "PROVIDERS__OLLAMA__KEY: is not UTF-8 text");
}
