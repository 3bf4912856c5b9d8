//! Sockets of calls: opened, joined by the search for paths, and moved to another address.

use std::net::IpAddr;

use super::call::Call;
use super::engine::{Engine, MOST_CALLS};
use super::sockets::Sockets;
use super::text;
use super::ways::Ways;
use crate::media::Event;
use crate::media::ice::Wish;
use crate::model::{CallId, Now};

impl Engine {
    pub(super) fn open(&mut self, call: CallId, address: IpAddr) {
        let failed = |reason: String| Event::OpenFailed { call, reason: reason.into() };
        let event = if let Some(live) = self.calls.iter().find(|live| live.id == call) {
            // Asked twice: the sockets stay.
            Event::Opened { call, rtp: live.sockets.address() }
        } else if self.calls.len() >= MOST_CALLS {
            failed("There are too many calls.".into())
        } else {
            match Sockets::bind(address, &self.ports, &mut self.random) {
                Ok(sockets) => {
                    let rtp = sockets.address();
                    let mut live = Call::new(call, sockets, self.identity.clone());
                    live.text.set_socket(self.texts.take(call));
                    self.calls.push(live);
                    Event::Opened { call, rtp }
                }
                Err(error) => failed(format!("No network port for the sound: {error}.")),
            }
        };
        self.backlog.push_back(event);
    }

    pub(super) fn open_text(&mut self, call: CallId, address: IpAddr) {
        let socket = text::bind(address, &self.ports, &mut self.random).ok();
        let port = socket.as_ref().and_then(|socket| socket.local_addr().ok()).map(|local| local.port());
        match (self.calls.iter_mut().find(|live| live.id == call), socket) {
            (Some(live), socket) => live.text.set_socket(socket),
            (None, Some(socket)) => self.texts.keep(call, socket),
            (None, None) => {}
        }
        self.backlog.push_back(Event::TextOpened { call, port });
    }

    pub(super) fn gather(&mut self, call: CallId, address: IpAddr, wish: Wish, now: Now) {
        self.open(call, address);
        if self.call(call).is_some_and(|live| live.ways.is_none()) {
            // What was opened is told when the paths are known.
            self.backlog.retain(|event| !matches!(event, Event::Opened { call: opened, .. } if *opened == call));
            self.look_for_paths(call, wish, now);
        }
    }

    fn look_for_paths(&mut self, call: CallId, wish: Wish, now: Now) {
        let Some(live) = self.calls.iter_mut().find(|live| live.id == call) else { return };
        live.ways = Some(Ways::new(wish, &live.sockets, &self.ports, self.opener.clone(), &mut self.random, now));
        live.drain(&mut self.backlog);
    }

    /// F07: other sockets for a call that lives; the session keeps its keys, counters and clocks.
    pub(super) fn move_to(&mut self, call: CallId, address: IpAddr, now: Now) {
        let Some(at) = self.calls.iter().position(|live| live.id == call) else { return };
        let event = match (Sockets::bind(address, &self.ports, &mut self.random), self.calls.get_mut(at)) {
            (Ok(sockets), Some(live)) => {
                let rtp = sockets.address();
                live.sockets = sockets;
                if live.text.socket().is_some() {
                    // Told before the rest, so that one offer names both.
                    self.open_text(call, address);
                }
                let Some(live) = self.calls.get_mut(at) else { return };
                if let Some(wish) = live.ways.take().map(|ways| ways.wish) {
                    self.look_for_paths(call, wish, now);
                    return;
                }
                Event::Opened { call, rtp }
            }
            (Ok(_), None) => return,
            (Err(error), _) => {
                tracing::warn!(%call, kind = ?error.kind(), "the sound cannot move to the new address yet");
                Event::MoveFailed { call }
            }
        };
        self.backlog.push_back(event);
    }
}
