//! One page in a browser of its own.

use super::console::{Console, thrown};
use super::element::Element;
use super::tree::{Node, Tree};
use super::{LIMIT, axe};
use serde_json::{Value, json};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use thirtyfour::error::{WebDriverError, WebDriverResult};
use thirtyfour::{WebDriver, WebElement};
use tokio::runtime::Runtime;

/// How often a condition is looked at that a test waits for.
const INTERVAL: Duration = Duration::from_millis(30);

/// What a visitor looks at. Dropping it closes the browser and fails the test if the browser complained of anything
/// that was not expected.
pub(crate) struct Page {
    runtime: Runtime,
    driver: Option<WebDriver>,
    console: Mutex<Console>,
}

impl Page {
    pub(super) fn new(runtime: Runtime, driver: WebDriver) -> Self {
        Self { runtime, driver: Some(driver), console: Mutex::default() }
    }

    /// Visits a page, as a link would.
    ///
    /// # Panics
    /// When it does not load.
    pub(crate) fn go(&self, url: &str) {
        self.done(self.driver().goto(url));
    }

    /// Loads the page anew.
    ///
    /// # Panics
    /// When it does not load.
    pub(crate) fn reload(&self) {
        self.done(self.driver().refresh());
    }

    /// Runs the body of a function in the page, which the page's policy does not keep from running, and returns what
    /// it returns.
    ///
    /// # Panics
    /// When it throws.
    pub(crate) fn script(&self, body: &str, arguments: &[Value]) -> Value {
        self.done(self.driver().execute(body, arguments.to_vec())).json().clone()
    }

    /// As [`Page::script`]; the last argument is a function to call with the result.
    ///
    /// # Panics
    /// When it throws, or does not call that in time.
    pub(crate) fn script_later(&self, body: &str, arguments: &[Value]) -> Value {
        self.done(self.driver().execute_async(body, arguments.to_vec())).json().clone()
    }

    /// A command of the browser's own protocol for developers' tools.
    ///
    /// # Panics
    /// When the browser refuses it.
    pub(crate) fn cdp(&self, command: &str, parameters: &Value) -> Value {
        self.done(self.driver().cdp().send_raw(command, parameters))
    }

    /// Lets style sheets see these choices of the visitor's, and no others.
    ///
    /// # Panics
    /// When the browser refuses.
    pub(crate) fn prefer(&self, media: &[(&str, &str)]) {
        let features: Vec<Value> =
            media.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.cdp("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// What a screen reader is told now.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub(crate) fn tree(&self) -> Tree {
        Tree::read(&self.cdp("Accessibility.getFullAXTree", &json!({})))
    }

    /// Waits for the one thing of this role and name.
    ///
    /// # Panics
    /// When there is none in time, or more than one.
    #[track_caller]
    pub(crate) fn find(&self, role: &str, name: &str) -> Element<'_> {
        self.find_in(role, name, |tree| tree)
    }

    /// As [`Page::find`] in a part of the page, such as one of two dialogs.
    ///
    /// # Panics
    /// As [`Page::find`].
    #[track_caller]
    pub(crate) fn find_in(&self, role: &str, name: &str, part: impl Fn(Tree) -> Tree) -> Element<'_> {
        self.wait(&format!("one {role} {name:?}"), || {
            let tree = part(self.tree());
            match tree.named(role, name).as_slice() {
                [one] => self.element(one),
                _ => None,
            }
        })
    }

    /// Whether there is something of this role and name now.
    pub(crate) fn has(&self, role: &str, name: &str) -> bool {
        !self.tree().named(role, name).is_empty()
    }

    /// Waits until nothing is of this role and name.
    ///
    /// # Panics
    /// When something is for too long.
    #[track_caller]
    pub(crate) fn wait_until_gone(&self, role: &str, name: &str) {
        self.wait(&format!("no {role} {name:?}"), || (!self.has(role, name)).then_some(()));
    }

    /// Waits until this text can be read.
    ///
    /// # Panics
    /// When it cannot in time.
    #[track_caller]
    pub(crate) fn wait_for_text(&self, text: &str) {
        self.wait(&format!("the text {text:?}"), || self.tree().text().contains(text).then_some(()));
    }

    /// Waits until there is something, and returns it.
    ///
    /// # Panics
    /// When there is nothing in time, with what is on the page.
    #[track_caller]
    pub(crate) fn wait<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            let in_time = began.elapsed() < LIMIT;
            assert!(in_time, "waited in vain for {what}. On the page is:\n{}", self.tree());
            thread::sleep(INTERVAL);
        }
    }

    /// What the keys go to: its role and name.
    pub(crate) fn focus(&self) -> (String, String) {
        self.tree().focused().map(|node| (node.role.clone(), node.name.clone())).unwrap_or_default()
    }

    /// Presses keys one after another; `thirtyfour::Key` has those without a letter.
    ///
    /// # Panics
    /// When the browser refuses.
    pub(crate) fn press(&self, keys: &str) {
        self.done(self.driver().action_chain().send_keys(keys).perform());
    }

    /// Presses a key while another is held down.
    ///
    /// # Panics
    /// When the browser refuses.
    pub(crate) fn press_with(&self, held: char, key: char) {
        let keys = self.driver().action_chain().key_down(held).send_keys(key.to_string()).key_up(held);
        self.done(keys.perform());
    }

    /// Lets the browser complain of what contains `part`, and demands that it does, before the page is dropped.
    pub(crate) fn expect(&self, part: &str) {
        self.console().expect(part);
    }

    /// What the browser has complained of so far.
    ///
    /// # Panics
    /// When it does not tell.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let entries = self.done(self.driver().browser_log());
        let mut console = self.console();
        console.take_in(entries.into_iter().map(|entry| entry.message));
        console.all().to_vec()
    }

    /// Checks the page, or of several widgets' all, with axe-core by the rules of WCAG 2.2 AA and good practice.
    ///
    /// # Panics
    /// When there are findings, or axe-core is not installed.
    #[track_caller]
    pub(crate) fn assert_accessible(&self) {
        let findings = axe::findings(self);
        assert!(findings.is_empty(), "axe-core finds:\n{}", findings.join("\n"));
    }

    /// Takes a picture of what is seen now into `target/tmp/screenshots`, and returns its path.
    ///
    /// # Panics
    /// When it cannot be written.
    pub(crate) fn screenshot(&self, name: &str) -> PathBuf {
        self.wait("the end of all movement", || {
            let moving =
                "const roots = [...document.querySelectorAll('*')].map(element => element.shadowRoot);
                const all = [document, ...roots].flatMap(root => root?.getAnimations() ?? []);
                return all.some(one => one.effect.getComputedTiming().endTime !== Infinity);";
            (self.script(moving, &[]) == false).then_some(())
        });
        let path = screenshots().join(format!("{name}.png"));
        self.done(self.driver().screenshot(&path));
        path
    }

    /// What can be acted upon behind something that a screen reader is told of; none when it has gone meanwhile.
    pub(super) fn element(&self, node: &Node) -> Option<Element<'_>> {
        let resolved = self.try_cdp("DOM.resolveNode", &json!({"backendNodeId": node.dom})).ok()?;
        // WebDriver has no way from there to an element but through the page
        let hand_over = json!({"objectId": resolved["object"]["objectId"],
            "functionDeclaration": "function () { globalThis[Symbol.for('test')] = this; }"});
        let called = self.try_cdp("Runtime.callFunctionOn", &hand_over).ok()?;
        assert!(thrown(&called).is_none(), "{called}");
        let value = self.script(
            "const node = globalThis[Symbol.for('test')];
            delete globalThis[Symbol.for('test')];
            return node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;",
            &[],
        );
        // what the browser's tools know by a number stays in memory
        self.cdp("Runtime.releaseObject", &json!({"objectId": resolved["object"]["objectId"]}));
        let element = WebElement::from_json(value, self.driver().handle().clone()).ok()?;
        Some(Element::new(self, element, node.clone()))
    }

    fn console(&self) -> MutexGuard<'_, Console> {
        self.console.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_cdp(&self, command: &str, parameters: &Value) -> WebDriverResult<Value> {
        self.run(self.driver().cdp().send_raw(command, parameters))
    }

    pub(super) fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap_or_else(|| panic!("the browser is closed"))
    }

    pub(super) fn run<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    #[track_caller]
    pub(super) fn done<T>(&self, what: impl Future<Output = Result<T, WebDriverError>>) -> T {
        match self.run(what) {
            Ok(value) => value,
            Err(error) => panic!("{}", first_line(&error)),
        }
    }

    /// What a failed test leaves to look at.
    fn bequeath(&self) {
        let test = thread::current().name().unwrap_or("test").replace("::", ".");
        let path = screenshots().join(format!("failed.{test}.png"));
        match self.run(self.driver().screenshot(&path)) {
            Ok(()) => eprintln!("what was seen: {}", path.display()),
            Err(error) => eprintln!("no picture: {}", first_line(&error)),
        }
        match self.run(self.driver().browser_log()) {
            Ok(entries) => entries.iter().for_each(|entry| eprintln!("console: {}", entry.message)),
            Err(error) => eprintln!("no console: {}", first_line(&error)),
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let failed = thread::panicking();
        if failed {
            self.bequeath();
        } else {
            self.complaints();
        }
        let quit = self.driver.take().map_or(Ok(()), |driver| self.run(driver.quit()));
        if failed {
            return;
        }
        if let Err(error) = quit {
            panic!("the browser does not close: {}", first_line(&error));
        }
        if let Err(verdict) = self.console().verdict() {
            panic!("{verdict}");
        }
    }
}

/// Without ChromeDriver's own stack.
fn first_line(error: &WebDriverError) -> String {
    let text = error.to_string();
    text.split("\n#0").next().unwrap_or_default().to_owned()
}

/// Where pictures go: beside what cargo gives tests for such things.
fn screenshots() -> PathBuf {
    let test = env::current_exe().unwrap_or_else(|error| panic!("no path of the test: {error}"));
    let target = test.ancestors().nth(3).map(Path::to_owned).unwrap_or_default();
    let folder = target.join("tmp/screenshots");
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    folder
}
