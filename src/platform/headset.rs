//! The button of a headset, where the desktop brings it: as a media player (MPRIS, `org.mpris.MediaPlayer2.Player`),
//! because that is how desktops hand on the play button of Bluetooth and USB headsets.
//!
//! The name on the bus is taken only while a call is there, so that music players keep their keys at all other times.

use std::collections::HashMap;

use futures::channel::mpsc::{Sender, channel};
use futures::{Stream, StreamExt as _};
use zbus::Connection;
use zbus::connection::Builder;
use zbus::zvariant::Value;

const NAME: &str = "org.mpris.MediaPlayer2.tandem";
const PATH: &str = "/org/mpris/MediaPlayer2";
/// Presses under way. When full, further ones are dropped: nobody presses faster than calls can follow.
const UNDER_WAY: usize = 4;

/// What a desktop asks of every player.
struct Root;

#[zbus::interface(name = "org.mpris.MediaPlayer2")]
impl Root {
    fn raise(&self) {}
    fn quit(&self) {}
    #[zbus(property)]
    fn can_quit(&self) -> bool {
        false
    }
    #[zbus(property)]
    fn can_raise(&self) -> bool {
        false
    }
    #[zbus(property)]
    fn has_track_list(&self) -> bool {
        false
    }
    #[zbus(property)]
    fn identity(&self) -> &str {
        "Tandem"
    }
    #[zbus(property)]
    fn desktop_entry(&self) -> &str {
        "tandem"
    }
    #[zbus(property)]
    fn supported_uri_schemes(&self) -> Vec<String> {
        Vec::new()
    }
    #[zbus(property)]
    fn supported_mime_types(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The player: a call.
struct Player {
    pressed: Sender<()>,
    talking: bool,
}

impl Player {
    fn press(&mut self) {
        let _ = self.pressed.try_send(());
    }
}

#[zbus::interface(name = "org.mpris.MediaPlayer2.Player")]
impl Player {
    fn play_pause(&mut self) {
        self.press();
    }
    fn play(&mut self) {
        self.press();
    }
    fn pause(&mut self) {
        self.press();
    }
    fn stop(&mut self) {
        self.press();
    }
    fn next(&self) {}
    fn previous(&self) {}
    #[zbus(property)]
    fn playback_status(&self) -> &str {
        // What rings waits to be played.
        if self.talking { "Playing" } else { "Paused" }
    }
    // Who calls is nobody's business on the bus: every program of the session reads it.
    #[zbus(property)]
    fn metadata(&self) -> HashMap<String, Value<'_>> {
        HashMap::new()
    }
    #[zbus(property)]
    fn rate(&self) -> f64 {
        1.0
    }
    #[zbus(property)]
    fn minimum_rate(&self) -> f64 {
        1.0
    }
    #[zbus(property)]
    fn maximum_rate(&self) -> f64 {
        1.0
    }
    #[zbus(property)]
    fn volume(&self) -> f64 {
        1.0
    }
    #[zbus(property)]
    fn position(&self) -> i64 {
        0
    }
    #[zbus(property)]
    fn can_go_next(&self) -> bool {
        false
    }
    #[zbus(property)]
    fn can_go_previous(&self) -> bool {
        false
    }
    #[zbus(property)]
    fn can_play(&self) -> bool {
        true
    }
    #[zbus(property)]
    fn can_pause(&self) -> bool {
        true
    }
    #[zbus(property)]
    fn can_seek(&self) -> bool {
        false
    }
    #[zbus(property)]
    fn can_control(&self) -> bool {
        true
    }
}

/// An item for each press of the headset's button, for as long as the stream lives; `talking`: a call is connected, rather
/// than only ringing. Ends at once where there is no session bus.
pub fn headset_button(talking: bool) -> impl Stream<Item = ()> + Send + 'static {
    futures::stream::once(serve(talking)).filter_map(|served| async { served.ok() }).flatten()
}

async fn serve(talking: bool) -> zbus::Result<impl Stream<Item = ()> + Send + 'static> {
    let (pressed, presses) = channel(UNDER_WAY);
    let connection: Connection = Builder::session()?
        .serve_at(PATH, Root)?
        .serve_at(PATH, Player { pressed, talking })?
        .name(NAME)?
        .build()
        .await?;
    // The connection, and with it the name, lives as long as somebody listens.
    Ok(presses.map(move |()| {
        let _ = &connection;
    }))
}
