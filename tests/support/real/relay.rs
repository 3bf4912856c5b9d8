//! A wire for TCP that a test cuts: at once, or after so many more bytes, whichever way they go.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Passes on what comes to a port of its own, until it is cut.
pub struct Relay {
    /// Where clients connect to.
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// After so many bytes everything is cut.
    left: Option<usize>,
    passed: usize,
    cuts: usize,
    open: Vec<TcpStream>,
}

impl State {
    fn cut(&mut self) {
        self.left = None;
        self.cuts += 1;
        for stream in self.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Relay {
    /// Leads to a port of 127.0.0.1. Its threads end with their connections.
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                let copies = [&client, &server].map(|stream| stream.try_clone().unwrap());
                shared.lock().unwrap_or_else(PoisonError::into_inner).open.extend(copies);
                for (from, into) in [
                    (client.try_clone().unwrap(), server.try_clone().unwrap()),
                    (server.try_clone().unwrap(), client.try_clone().unwrap()),
                ] {
                    let shared = shared.clone();
                    thread::spawn(move || pass(from, into, &shared));
                }
            }
        });
        Self { port, state }
    }

    /// Cuts every connection now.
    pub fn cut(&self) {
        self.state().cut();
    }

    /// Cuts every connection when so many more bytes have passed.
    pub fn cut_after(&self, bytes: usize) {
        self.state().left = Some(bytes);
    }

    /// Cuts nothing any more.
    pub fn spare(&self) {
        self.state().left = None;
    }

    /// How often it was cut.
    pub fn cuts(&self) -> usize {
        self.state().cuts
    }

    /// How many bytes have passed.
    pub fn passed(&self) -> usize {
        self.state().passed
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pass(mut from: TcpStream, mut into: TcpStream, state: &Mutex<State>) {
    let _ = into.set_nodelay(true);
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
        let (may, ends) = {
            let mut state = lock();
            let may = state.left.map_or(length, |left| left.min(length));
            let ends = state.left.is_some_and(|left| left <= length);
            state.passed += may;
            state.left = state.left.map(|left| left - may);
            (may, ends)
        };
        let written = into.write_all(&chunk[..may]).is_ok();
        if ends {
            lock().cut();
        }
        if ends || !written {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), into.shutdown(Shutdown::Both));
}
