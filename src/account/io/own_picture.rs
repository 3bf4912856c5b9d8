//! The user's own picture from a file or the clipboard: read within limits, cut to a square, made small, off every thread that
//! has a deadline.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat};
use tokio::sync::{Semaphore, mpsc};

use super::super::PictureFrom;
use super::super::decoding::{self, Undecodable};
use super::super::effect::Input;
use crate::model::OwnPicture;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;
/// The edges that are tried, in pixels: the first that makes a small enough file is taken. 192 is sharp in the largest place that
/// programs give it, and 96 is what XEP-0153 section 2.1 has in mind.
const EDGES: [u32; 3] = [192, 128, 96];
/// The largest file that is published, in bytes: every contact fetches it.
const MOST_BYTES: usize = 64 * 1024;

/// One at a time: a picture of the largest size takes 256 MiB while it is decoded.
static DECODER: Semaphore = Semaphore::const_new(1);

/// Makes a picture ready to be published; the answer is [`Input::OwnPicture`].
pub(super) fn prepare(number: u64, from: PictureFrom, inputs: mpsc::Sender<Input>) {
    tokio::spawn(async move {
        // Never closed.
        let permit = DECODER.acquire().await;
        let made = tokio::task::spawn_blocking(move || made(&from)).await;
        drop(permit);
        let made = made.unwrap_or_else(|_| Err("The picture cannot be read.".into()));
        // The receiver is gone only when the program ends.
        let _ = inputs.send(Input::OwnPicture(number, made)).await;
    });
}

fn made(from: &PictureFrom) -> Result<OwnPicture, Arc<str>> {
    match from {
        PictureFrom::File(path) => own_picture(&read(path)?),
        PictureFrom::Bytes(bytes) => own_picture(bytes),
    }
}

fn own_picture(bytes: &[u8]) -> Result<OwnPicture, Arc<str>> {
    let (whole, _) = decoding::first(bytes).map_err(|why| match why {
        Undecodable::Unknown => "This is not a picture that can be used here. Choose a PNG, JPEG, WebP or GIF file.",
        Undecodable::TooLarge => "The picture has too many pixels to be used here. Choose a smaller one.",
        Undecodable::Damaged => "The picture is damaged and cannot be used.",
    })?;
    let (png, edge) = square(&whole).ok_or("The picture cannot be made small enough. Choose another one.")?;
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &png);
    let hash: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(OwnPicture { png: png.into(), hash: hash.into(), edge })
}

/// The middle of it as a PNG, and its edge; a small picture is not made larger.
fn square(whole: &DynamicImage) -> Option<(Vec<u8>, u32)> {
    let side = whole.width().min(whole.height());
    let middle = whole.crop_imm((whole.width() - side) / 2, (whole.height() - side) / 2, side, side);
    EDGES.into_iter().find_map(|edge| {
        let edge = edge.min(side);
        // Without what a camera or a program wrote beside the pixels: where and when it was taken is nobody's business.
        let small = middle.resize_exact(edge, edge, FilterType::Lanczos3).into_rgba8();
        let opaque = small.pixels().all(|pixel| pixel.0[3] == u8::MAX);
        let small = DynamicImage::ImageRgba8(small);
        let small = if opaque { DynamicImage::ImageRgb8(small.into_rgb8()) } else { small };
        let mut bytes = std::io::Cursor::new(Vec::new());
        small.write_to(&mut bytes, ImageFormat::Png).ok()?;
        let bytes = bytes.into_inner();
        (bytes.len() <= MOST_BYTES).then_some((bytes, edge))
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Arc<str>> {
    let failed = |error: std::io::Error| -> Arc<str> {
        match error.kind() {
            std::io::ErrorKind::NotFound => "There is no file of this name.".into(),
            std::io::ErrorKind::PermissionDenied => "You may not read this file.".into(),
            _ => format!("The picture's file cannot be read: {error}.").into(),
        }
    };
    // A pipe or a device would never end; what is not a file is not opened.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err("This is a folder or a device, not a file.".into());
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err("The file is too large for a picture of you: more than 32 MiB. Choose a smaller one.".into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let picture = image::RgbaImage::from_fn(width, height, |x, y| {
            // Noise does not become small by being packed.
            let n = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
            image::Rgba([(n >> 24) as u8, (n >> 16) as u8, (n >> 8) as u8, 255])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::DynamicImage::ImageRgba8(picture).write_to(&mut bytes, image::ImageFormat::Png).expect("written");
        bytes.into_inner()
    }

    #[test]
    fn a_picture_becomes_a_small_square_from_its_middle_whatever_its_shape() {
        for (width, height) in [(800, 600), (600, 800), (3000, 500), (192, 192)] {
            let made = own_picture(&png(width, height)).expect("a picture");
            let read = image::load_from_memory(&made.png).expect("a PNG");
            assert_eq!((read.width(), read.height()), (made.edge, made.edge), "{width}x{height}");
            assert!(made.png.len() <= MOST_BYTES && made.edge >= 64, "{} bytes", made.png.len());
            assert_eq!(made.hash.len(), 40);
        }
        // A small one is not made larger.
        assert_eq!(own_picture(&png(50, 80)).expect("a picture").edge, 50);
        let wide = image::RgbaImage::from_fn(300, 100, |x, _| {
            image::Rgba(if (100..200).contains(&x) { [9, 9, 9, 255] } else { [255, 0, 0, 255] })
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::DynamicImage::ImageRgba8(wide).write_to(&mut bytes, image::ImageFormat::Png).expect("written");
        let made = own_picture(&bytes.into_inner()).expect("a picture");
        let read = image::load_from_memory(&made.png).expect("a PNG").into_rgba8();
        assert!(read.pixels().all(|pixel| pixel.0 == [9, 9, 9, 255]), "the middle, and nothing of the sides");
    }

    #[test]
    fn what_is_no_picture_is_refused_with_a_sentence_and_never_opened_as_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("text.png"), b"hello").expect("written");
        std::fs::write(path("cut.png"), &png(300, 300)[..200]).expect("written");
        let said = |path: &Path| made(&PictureFrom::File(path.to_owned())).expect_err("refused").to_string();
        assert!(said(&path("text.png")).contains("not a picture"), "{}", said(&path("text.png")));
        assert!(said(&path("cut.png")).contains("damaged"));
        assert!(said(&path("none.png")).contains("no file of this name"));
        assert!(said(folder.path()).contains("not a file"));
        assert!(said(Path::new("/dev/zero")).contains("not a file"));
        let large = File::create(path("large.png")).expect("made");
        large.set_len(LARGEST + 1).expect("made");
        assert!(said(&path("large.png")).contains("too large"));
        // As many pixels as a bomb has, in a few bytes: its size is believed before anything is unpacked (X25).
        let mut bomb = png(1, 1);
        bomb[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&100_000_u32.to_be_bytes());
        assert!(own_picture(&bomb).is_err());
    }
}
