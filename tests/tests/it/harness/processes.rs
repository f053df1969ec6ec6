use frontdesk_tests::{Process, ScratchDir, process};

#[test]
fn the_binaries_are_built_and_lie_beside_the_test() {
    for name in ["api", "reset-worker"] {
        assert!(process::binary(name).is_file(), "{name}");
    }
}

#[test]
fn a_binary_runs_in_a_folder_of_its_own_that_goes_with_it() {
    let process = Process::start("api", &["--help"], &[]);
    let folder = process.folder().to_owned();
    assert!(folder.is_dir());
    let finished = process.wait();
    assert!(finished.status.success(), "{finished:?}");
    assert!(!folder.exists());
}

#[test]
fn a_scratch_folder_vanishes_with_what_it_holds() {
    let folder = ScratchDir::new();
    let path = folder.path().to_owned();
    std::fs::write(path.join("file"), "text").unwrap();
    assert!(folder.sqlite_url().starts_with("sqlite:///"));
    drop(folder);
    assert!(!path.exists());
}
