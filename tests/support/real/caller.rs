//! Somebody who calls over chat with slixmpp and aiortc: `caller.py` beside this file, driven line by line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::tandem::PATIENCE;
use super::{DOMAIN, World, eventually, password};

const PROGRAM: &str = include_str!("caller.py");
/// The share of a tone in what is heard from which on it counts as heard.
const HEARD: f64 = 0.5;
/// Between two questions what is heard.
const AGAIN: Duration = Duration::from_millis(500);

/// A signed-in program and everything that it told.
pub struct Caller {
    child: Child,
    orders: ChildStdin,
    told: Arc<Mutex<Vec<Value>>>,
}

impl Caller {
    /// Signs in. It sends a tone; with `direct` it knows no messages about calls.
    #[track_caller]
    pub fn sign_in(world: &World, user: &str, hertz: f64, direct: bool) -> Self {
        let program = world.folder().join("caller.py");
        std::fs::write(&program, PROGRAM).unwrap();
        let errors = std::fs::File::create(world.folder().join("caller.log")).unwrap();
        // The system's own Python has the packages of the system.
        let mut child = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg(&program)
            .arg(format!("{user}@{DOMAIN}"))
            .arg(password(user))
            .arg(world.chat.starttls.to_string())
            .arg(&world.authority.ca_file)
            .arg(hertz.to_string())
            .args(direct.then_some("direct"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("python3 is there: scripts/install test");
        let orders = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller = told.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(value) = serde_json::from_str(&line) {
                    teller.lock().unwrap().push(value);
                }
            }
        });
        let caller = Self { child, orders, told };
        caller.wait(
            "the login (are python3-slixmpp and python3-aiortc installed? scripts/install test)",
            "ready",
            |_| true,
        );
        caller
    }

    /// Does something: see `do_…` in the program.
    pub fn order(&mut self, what: &str, mut more: Value) {
        more["do"] = what.into();
        writeln!(self.orders, "{more}").unwrap();
    }

    /// The first thing told of this kind that is right.
    #[track_caller]
    pub fn wait(&self, why: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        eventually(why, PATIENCE, || {
            let told = self.told.lock().unwrap();
            told.iter().find(|value| value["what"] == what && is(value)).cloned()
        })
    }

    /// How often something like this was told.
    pub fn count(&self, what: &str, is: impl Fn(&Value) -> bool) -> usize {
        self.told.lock().unwrap().iter().filter(|value| value["what"] == what && is(value)).count()
    }

    /// Waits until the program hears a tone.
    #[track_caller]
    pub fn hears(&mut self, hertz: f64) {
        let mut asked = Instant::now();
        self.order("heard", json!({ "hz": hertz }));
        let from = self.told.lock().unwrap().len();
        eventually("our tone at the other program", PATIENCE, || {
            if asked.elapsed() > AGAIN {
                asked = Instant::now();
                writeln!(self.orders, "{}", json!({ "do": "heard", "hz": hertz })).unwrap();
            }
            let told = self.told.lock().unwrap();
            let heard = |value: &&Value| value["what"] == "heard" && value["share"].as_f64() > Some(HEARD);
            told.iter().skip(from).find(heard).map(drop)
        });
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
