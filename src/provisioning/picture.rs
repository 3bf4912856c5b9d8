//! A picture of a QR code (ISO/IEC 18004): a link, or the document itself.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};

/// Pixels of each edge. When larger: refused before any memory is taken for them.
const LONGEST_EDGE: u32 = 4096;
/// Memory that decoding may take, in bytes. When more: refused.
const MOST_BYTES: u64 = 96 * 1024 * 1024;
/// Codes of one picture that are looked at. When more: the rest does not count.
const MOST_CODES: usize = 8;

/// Why a picture tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Neither PNG nor JPEG, damaged, or too large.
    #[error("The picture cannot be read: it has to be a PNG or JPEG of at most 4096 by 4096 pixels.")]
    Unreadable,
    /// There is no code in it, or none that can be read.
    #[error("There is no code in the picture that can be read.")]
    NoCode,
    /// Several codes say different things.
    #[error("There are several codes in the picture: show the right one alone.")]
    Several,
}

/// Whether bytes begin as a picture does.
pub fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff")
}

/// The text of the code in a picture. Takes a moment: not for a thread with a deadline.
pub fn read(bytes: &[u8]) -> Result<String, PictureError> {
    let format = if bytes.starts_with(b"\xff\xd8") { ImageFormat::Jpeg } else { ImageFormat::Png };
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_EDGE);
    limits.max_image_height = Some(LONGEST_EDGE);
    limits.max_alloc = Some(MOST_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let grey = reader.decode().map_err(|_| PictureError::Unreadable)?.to_luma8();
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let pixels = grey.into_raw();
    let at = |x: usize, y: usize| pixels.get(y * width + x).copied().unwrap_or(255);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, at);
    let mut found: Option<String> = None;
    for grid in prepared.detect_grids().iter().take(MOST_CODES) {
        let Ok((_, text)) = grid.decode() else { continue };
        match &found {
            Some(known) if *known != text => return Err(PictureError::Several),
            Some(_) | None => found = Some(text),
        }
    }
    found.ok_or(PictureError::NoCode)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code that says `https://example.com/setup#ed25519=…`, made by another program.
    const CODE: &[u8] = include_bytes!("../../tests/data/provisioning/link.png");

    #[test]
    fn c03_a_picture_of_a_code_gives_its_text() {
        assert!(is_picture(CODE));
        assert_eq!(read(CODE).as_deref(), Ok("https://tandem.example/settings/alice.json"));
        let picture = image::load_from_memory(CODE).expect("a picture").to_rgb8();
        let mut jpeg = Cursor::new(Vec::new());
        picture.write_to(&mut jpeg, ImageFormat::Jpeg).expect("written");
        assert_eq!(read(jpeg.get_ref()).as_deref(), Ok("https://tandem.example/settings/alice.json"));
    }

    #[test]
    fn x26_pictures_that_are_too_large_damaged_or_empty_say_so() {
        assert_eq!(read(b""), Err(PictureError::Unreadable));
        assert_eq!(read(&CODE[..CODE.len() / 2]), Err(PictureError::Unreadable));
        assert_eq!(read(b"GIF89a"), Err(PictureError::Unreadable));
        let encode = |width, height| {
            let mut png = Cursor::new(Vec::new());
            image::GrayImage::from_pixel(width, height, image::Luma([255]))
                .write_to(&mut png, ImageFormat::Png)
                .expect("written");
            png.into_inner()
        };
        assert_eq!(read(&encode(64, 64)), Err(PictureError::NoCode));
        assert_eq!(read(&encode(1, 1)), Err(PictureError::NoCode));
        assert_eq!(read(&encode(LONGEST_EDGE + 1, 2)), Err(PictureError::Unreadable));
    }

    #[test]
    fn x26_noise_is_looked_at_without_harm() {
        use rand::{RngCore as _, SeedableRng as _};
        for seed in 0..8 {
            let mut rng = rand::rngs::StdRng::seed_from_u64(seed);
            let mut pixels = vec![0; 200 * 200];
            rng.fill_bytes(&mut pixels);
            let mut png = Cursor::new(Vec::new());
            image::GrayImage::from_raw(200, 200, pixels)
                .expect("enough")
                .write_to(&mut png, ImageFormat::Png)
                .expect("written");
            assert!(read(png.get_ref()).is_err());
        }
    }
}
