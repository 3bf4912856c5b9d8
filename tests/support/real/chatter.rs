//! Somebody on chat whose program is slixmpp: `chatter.py` beside this file, driven line by line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::tandem::PATIENCE;
use super::{DOMAIN, World, eventually, password};

const PROGRAM: &str = include_str!("chatter.py");

/// A signed-in program and everything that it told.
pub struct Chatter {
    child: Child,
    orders: ChildStdin,
    told: Arc<Mutex<Vec<Value>>>,
}

impl Chatter {
    /// Signs in.
    #[track_caller]
    pub fn sign_in(world: &World, user: &str) -> Self {
        let program = world.folder().join("chatter.py");
        std::fs::write(&program, PROGRAM).unwrap();
        // The system's own Python has the packages of the system.
        let mut child = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg(&program)
            .arg(format!("{user}@{DOMAIN}"))
            .arg(password(user))
            .arg(world.chat.starttls.to_string())
            .arg(&world.authority.ca_file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
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
        let chatter = Self { child, orders, told };
        chatter.wait("the login (is python3-slixmpp installed? scripts/install test)", "ready", |_| true);
        chatter
    }

    /// Does something: see `do_…` in the program.
    pub fn order(&mut self, what: &str, mut more: Value) {
        more["do"] = what.into();
        more["to"] = json!(format!("alice@{DOMAIN}"));
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

impl Drop for Chatter {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
