//! Pictures of people, decoded off every thread that has a deadline (X26).

use std::io::Cursor;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use super::super::effect::Input;
use crate::model::{Avatar, Jid};

/// Pictures larger than this are refused before any memory is taken for them.
const MOST_PIXELS: u32 = 1024;
/// Memory that decoding one picture may take.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// The edge of what is kept: twice the largest size on the screen.
const EDGE: u32 = 96;

/// Pictures that are decoded at the same time: scrolling must not take every core and all memory.
static DECODERS: Semaphore = Semaphore::const_new(2);

/// Decodes a picture; the answer is [`Input::Decoded`].
pub(super) fn decode(jid: Jid, picture: Arc<[u8]>, inputs: mpsc::Sender<Input>) {
    tokio::spawn(async move {
        // Never closed; the permit goes when the picture is decoded.
        let permit = DECODERS.acquire().await;
        let avatar = tokio::task::spawn_blocking(move || read(&picture)).await.ok().flatten();
        drop(permit);
        // The receiver is gone only when the program ends.
        let _ = inputs.send(Input::Decoded { jid, avatar }).await;
    });
}

fn read(picture: &[u8]) -> Option<Avatar> {
    use image::ImageReader;
    let mut reader = ImageReader::new(Cursor::new(picture)).with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let image = reader.decode().ok()?;
    let square = image.resize_to_fill(EDGE, EDGE, image::imageops::FilterType::Triangle).to_rgba8();
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, picture);
    let hash: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Avatar { hash: hash.into(), size: EDGE, rgba: square.into_raw().into() })
}
