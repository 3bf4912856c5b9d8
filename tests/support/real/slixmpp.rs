//! A program of slixmpp beside this file, driven line by line: orders go in, and what it tells comes out, each a JSON object.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::tandem::PATIENCE;
use super::{DOMAIN, World, eventually, password};

/// A signed-in program and everything that it told.
pub struct Slixmpp {
    child: Child,
    orders: ChildStdin,
    pub(super) told: Arc<Mutex<Vec<Value>>>,
    log: PathBuf,
}

impl Slixmpp {
    /// Signs in; `more` are arguments of the program's own.
    #[track_caller]
    pub(super) fn sign_in(world: &World, user: &str, (name, program): (&str, &str), more: &[&str]) -> Self {
        let file = world.folder().join(format!("{name}.py"));
        std::fs::write(&file, program).unwrap();
        std::fs::write(world.folder().join("peer.py"), include_str!("peer.py")).unwrap();
        // The system's own Python has the packages of the system.
        let mut child = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg(&file)
            .arg(format!("{user}@{DOMAIN}"))
            .arg(password(user))
            .arg(world.chat.starttls.to_string())
            .arg(&world.authority.ca_file)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(file.with_extension("log")).unwrap())
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
        let program = Self { child, orders, told, log: file.with_extension("log") };
        program.wait("the login (are the Python packages installed? scripts/install test)", "ready", |_| true);
        program
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
}

impl Drop for Slixmpp {
    fn drop(&mut self) {
        if thread::panicking() {
            let told = self.told.lock().unwrap();
            let last: Vec<String> = told.iter().rev().take(20).rev().map(Value::to_string).collect();
            eprintln!("--- what the program of slixmpp told last\n{}", last.join("\n"));
            eprintln!("--- its errors\n{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
