//! Pictures from bytes that somebody sent: how large one may be is known before any memory is taken for it (X25).

use std::io::Cursor;
use std::sync::Arc;

use image::{DynamicImage, ImageDecoder as _, ImageReader, RgbaImage};

use crate::model::{OpenedPicture, PictureFrame, Thumb};

/// The largest picture that is decoded, in pixels.
pub(super) const MOST_PIXELS: u64 = 64 * 1024 * 1024;
/// Memory that decoding one picture may take, in bytes.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
/// The box that a small form fits into, in pixels: twice what the screen gives it.
const THUMB: (u32, u32) = (560, 440);
/// The longest edge of a picture that is looked at, in pixels.
const OPENED: u32 = 2048;
/// The longest edge of one that moves.
const MOVING: u32 = 640;
/// Frames of a moving picture that are kept. When there are more: it starts again after these.
const MOST_FRAMES: usize = 150;
/// Memory of all its frames, in bytes; beyond that it starts again earlier.
const MOST_FRAME_BYTES: usize = 64 * 1024 * 1024;
/// Pixels that are decoded for all its frames together.
const MOST_FRAME_PIXELS: u64 = 256 * 1024 * 1024;
/// A frame that is said to stand shorter than this is taken not to mean it, as everywhere; milliseconds.
const SHORTEST_STAND: u32 = 20;
/// So long such a frame stands.
const USUAL_STAND: u32 = 100;

/// Why bytes are no picture that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Undecodable {
    /// Another format, or none.
    #[error("This is not a picture that can be shown here. Download the file to open it with another program.")]
    Unknown,
    /// Too many pixels.
    #[error("The picture is too large to be shown here. Download the file to open it with another program.")]
    TooLarge,
    /// Not what the format says.
    #[error("The picture is damaged and cannot be shown.")]
    Damaged,
}

/// The formats, by how their files begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Jpeg,
    Png,
    Gif,
    Webp,
}

fn format(bytes: &[u8]) -> Result<Format, Undecodable> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::Webp),
        _ => Err(Undecodable::Unknown),
    }
}

/// The picture, or the first of one that moves, and whether it does.
pub(super) fn first(bytes: &[u8]) -> Result<(DynamicImage, bool), Undecodable> {
    Ok(match format(bytes)? {
        Format::Jpeg | Format::Png => (still(bytes)?, false),
        Format::Gif => {
            let mut film = Film::new(bytes)?;
            let first = film.next()?.ok_or(Undecodable::Damaged)?.0;
            (DynamicImage::ImageRgba8(first), film.has_more())
        }
        Format::Webp => {
            let mut decoder = webp(bytes)?;
            let animated = decoder.is_animated() && decoder.num_frames() > 1;
            let size = decoder.dimensions();
            let mut buffer = vec![0; decoder.output_buffer_size().ok_or(Undecodable::TooLarge)?];
            if decoder.is_animated() {
                decoder.read_frame(&mut buffer).map_err(|_| Undecodable::Damaged)?;
            } else {
                decoder.read_image(&mut buffer).map_err(|_| Undecodable::Damaged)?;
            }
            (from_webp(size, decoder.has_alpha(), buffer)?, animated)
        }
    })
}

/// The small form.
pub(super) fn thumb(bytes: &[u8]) -> Result<Thumb, Undecodable> {
    let (picture, animated) = first(bytes)?;
    let (width, height) = (picture.width(), picture.height());
    let small = fitted(picture, THUMB.0, THUMB.1);
    let (thumb_width, thumb_height) = small.dimensions();
    Ok(Thumb { width, height, animated, thumb_width, thumb_height, rgba: small.into_raw().into() })
}

/// As it is looked at.
pub(super) fn opened(bytes: &[u8]) -> Result<OpenedPicture, Undecodable> {
    let alone = |picture: DynamicImage| {
        let whole = (picture.width(), picture.height());
        let shown = fitted(picture, OPENED, OPENED);
        let (width, height) = shown.dimensions();
        let frame = PictureFrame { stands_ms: 0, rgba: shown.into_raw().into() };
        OpenedPicture { width, height, frames: vec![frame], whole_width: whole.0, whole_height: whole.1 }
    };
    match format(bytes)? {
        Format::Jpeg | Format::Png => Ok(alone(still(bytes)?)),
        Format::Gif => {
            let mut film = Film::new(bytes)?;
            if !film.moves_within_limits() {
                let first = film.next()?.ok_or(Undecodable::Damaged)?.0;
                return Ok(alone(DynamicImage::ImageRgba8(first)));
            }
            let size = film.size();
            let mut frames = Frames::new(size);
            while let Some((canvas, stands)) = film.next()? {
                if !frames.take(DynamicImage::ImageRgba8(canvas), stands) {
                    break;
                }
            }
            frames.finish()
        }
        Format::Webp => {
            let mut decoder = webp(bytes)?;
            let size = decoder.dimensions();
            let length = decoder.output_buffer_size().ok_or(Undecodable::TooLarge)?;
            if !decoder.is_animated() {
                let mut buffer = vec![0; length];
                decoder.read_image(&mut buffer).map_err(|_| Undecodable::Damaged)?;
                return Ok(alone(from_webp(size, decoder.has_alpha(), buffer)?));
            }
            let mut frames = Frames::new(size);
            for _ in 0..decoder.num_frames() {
                let mut buffer = vec![0; length];
                // What came until it broke is shown.
                let Ok(stands) = decoder.read_frame(&mut buffer) else { break };
                if !frames.take(from_webp(size, decoder.has_alpha(), buffer)?, stands) {
                    break;
                }
            }
            frames.finish()
        }
    }
}

/// The frames of a moving picture, as many as the limits let.
struct Frames {
    whole: (u32, u32),
    size: (u32, u32),
    frames: Vec<PictureFrame>,
    bytes: usize,
    pixels: u64,
}

impl Frames {
    fn new(whole: (u32, u32)) -> Self {
        Self { whole, size: (0, 0), frames: Vec::new(), bytes: 0, pixels: 0 }
    }

    /// False: no more are wanted.
    fn take(&mut self, frame: DynamicImage, stands: u32) -> bool {
        let shown = fitted(frame, MOVING, MOVING);
        self.size = shown.dimensions();
        let rgba = shown.into_raw();
        self.bytes += rgba.len();
        self.pixels += u64::from(self.whole.0) * u64::from(self.whole.1);
        let stands_ms = if stands < SHORTEST_STAND { USUAL_STAND } else { stands };
        self.frames.push(PictureFrame { stands_ms, rgba: rgba.into() });
        self.frames.len() < MOST_FRAMES && self.bytes < MOST_FRAME_BYTES && self.pixels < MOST_FRAME_PIXELS
    }

    fn finish(self) -> Result<OpenedPicture, Undecodable> {
        if self.frames.is_empty() {
            return Err(Undecodable::Damaged);
        }
        let (whole_width, whole_height) = self.whole;
        let (width, height) = self.size;
        Ok(OpenedPicture { width, height, frames: self.frames, whole_width, whole_height })
    }
}

fn within(width: u32, height: u32) -> Result<(), Undecodable> {
    if width == 0 || height == 0 {
        return Err(Undecodable::Damaged);
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS { Err(Undecodable::TooLarge) } else { Ok(()) }
}

/// A JPEG or a PNG, turned as the camera was held.
fn still(bytes: &[u8]) -> Result<DynamicImage, Undecodable> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Undecodable::Damaged)?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let unreadable = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => Undecodable::TooLarge,
        _ => Undecodable::Damaged,
    };
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    within(width, height)?;
    if decoder.total_bytes() > MOST_MEMORY {
        return Err(Undecodable::TooLarge);
    }
    let turned = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

fn webp(bytes: &[u8]) -> Result<image_webp::WebPDecoder<Cursor<&[u8]>>, Undecodable> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(|_| Undecodable::Damaged)?;
    let (width, height) = decoder.dimensions();
    within(width, height)?;
    decoder.set_memory_limit(usize::try_from(MOST_MEMORY).unwrap_or(usize::MAX));
    Ok(decoder)
}

fn from_webp(size: (u32, u32), alpha: bool, buffer: Vec<u8>) -> Result<DynamicImage, Undecodable> {
    let picture = if alpha {
        RgbaImage::from_raw(size.0, size.1, buffer).map(DynamicImage::ImageRgba8)
    } else {
        image::RgbImage::from_raw(size.0, size.1, buffer).map(DynamicImage::ImageRgb8)
    };
    picture.ok_or(Undecodable::Damaged)
}

/// Not larger than the box, and never made larger.
fn fitted(picture: DynamicImage, width: u32, height: u32) -> RgbaImage {
    if picture.width() <= width && picture.height() <= height {
        return picture.into_rgba8();
    }
    picture.thumbnail(width, height).into_rgba8()
}

/// A GIF: frames are painted over one another as each says.
struct Film<'a> {
    decoder: gif::Decoder<Cursor<&'a [u8]>>,
    canvas: RgbaImage,
    /// What is undone before the next frame.
    after: After,
}

enum After {
    Keep,
    /// This part becomes transparent: left, top, width, height.
    Clear(u32, u32, u32, u32),
    /// The canvas is again what it was.
    Restore(RgbaImage),
}

impl<'a> Film<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, Undecodable> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        // One frame at once, and what the unpacking needs.
        let limit = std::num::NonZeroU64::new(MOST_MEMORY).ok_or(Undecodable::TooLarge)?;
        options.set_memory_limit(gif::MemoryLimit::Bytes(limit));
        let decoder = options.read_info(Cursor::new(bytes)).map_err(|_| Undecodable::Damaged)?;
        let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
        within(width, height)?;
        Ok(Self { decoder, canvas: RgbaImage::new(width, height), after: After::Keep })
    }

    fn size(&self) -> (u32, u32) {
        self.canvas.dimensions()
    }

    /// Two frames of it, and a copy to go back to, must fit.
    fn moves_within_limits(&self) -> bool {
        let (width, height) = self.size();
        u64::from(width) * u64::from(height) * 4 * 3 <= MOST_MEMORY
    }

    fn has_more(&mut self) -> bool {
        matches!(self.decoder.next_frame_info(), Ok(Some(_)))
    }

    /// The next canvas, and how long it stands in milliseconds.
    fn next(&mut self) -> Result<Option<(RgbaImage, u32)>, Undecodable> {
        match std::mem::replace(&mut self.after, After::Keep) {
            After::Keep => {}
            After::Clear(left, top, width, height) => {
                for y in top..(top + height).min(self.canvas.height()) {
                    for x in left..(left + width).min(self.canvas.width()) {
                        self.canvas.put_pixel(x, y, image::Rgba([0; 4]));
                    }
                }
            }
            After::Restore(canvas) => self.canvas = canvas,
        }
        let frame = match self.decoder.read_next_frame() {
            Ok(Some(frame)) => frame,
            // A film that breaks off ends there.
            Ok(None) | Err(_) => return Ok(None),
        };
        let (left, top) = (u32::from(frame.left), u32::from(frame.top));
        let (width, height) = (u32::from(frame.width), u32::from(frame.height));
        self.after = match frame.dispose {
            gif::DisposalMethod::Any | gif::DisposalMethod::Keep => After::Keep,
            gif::DisposalMethod::Background => After::Clear(left, top, width, height),
            gif::DisposalMethod::Previous => After::Restore(self.canvas.clone()),
        };
        for (at, pixel) in frame.buffer.chunks_exact(4).enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            let (x, y) = (left + at % width.max(1), top + at / width.max(1));
            if pixel[3] != 0 && x < self.canvas.width() && y < self.canvas.height() {
                self.canvas.put_pixel(x, y, image::Rgba([pixel[0], pixel[1], pixel[2], pixel[3]]));
            }
        }
        Ok(Some((self.canvas.clone(), u32::from(frame.delay) * 10)))
    }
}

/// The small form as a file: what the whole one is like, and the pixels as a PNG.
pub(super) fn write_thumb(thumb: &Thumb) -> Option<Vec<u8>> {
    let mut bytes = THUMB_FILE.to_vec();
    bytes.push(u8::from(thumb.animated));
    bytes.extend(thumb.width.to_be_bytes());
    bytes.extend(thumb.height.to_be_bytes());
    let picture = RgbaImage::from_raw(thumb.thumb_width, thumb.thumb_height, thumb.rgba.to_vec())?;
    bytes.extend(png(&picture)?);
    Some(bytes)
}

/// Pixels as a PNG.
fn png(picture: &RgbaImage) -> Option<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).ok()?;
    Some(bytes.into_inner())
}

/// How the file of a small form begins.
const THUMB_FILE: &[u8; 4] = b"TTH1";

/// Reads what [`write_thumb`] wrote; anything else is as if there were nothing.
pub(super) fn read_thumb(bytes: &[u8]) -> Option<Thumb> {
    let rest = bytes.strip_prefix(THUMB_FILE)?;
    let (animated, rest) = rest.split_first()?;
    let (width, rest) = rest.split_first_chunk::<4>()?;
    let (height, rest) = rest.split_first_chunk::<4>()?;
    let picture = still(rest).ok()?;
    if picture.width() > THUMB.0 || picture.height() > THUMB.1 {
        return None;
    }
    let picture: RgbaImage = picture.into_rgba8();
    let (thumb_width, thumb_height) = picture.dimensions();
    Some(Thumb {
        width: u32::from_be_bytes(*width),
        height: u32::from_be_bytes(*height),
        animated: *animated == 1,
        thumb_width,
        thumb_height,
        rgba: Arc::from(picture.into_raw()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, y| image::Rgba([x as u8, y as u8, 9, 255]));
        png(&picture).expect("encoded")
    }

    /// A PNG whose header says other sizes than it has.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = png_of(1, 1);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        // The checksum of the header counts, or it would be refused for another reason.
        let mut sum = u32::MAX;
        for byte in &bytes[12..29] {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
            }
        }
        bytes[29..33].copy_from_slice(&(!sum).to_be_bytes());
        bytes
    }

    fn gif_of(width: u16, height: u16, frames: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = gif::Encoder::new(&mut bytes, width, height, &[255, 0, 0, 0, 255, 0]).expect("begun");
        for at in 0..frames {
            let mut frame = gif::Frame { width: 1, height: 1, ..gif::Frame::default() };
            frame.left = u16::try_from(at % usize::from(width)).unwrap_or_default();
            frame.delay = 5;
            frame.dispose = gif::DisposalMethod::Background;
            frame.buffer = vec![u8::from(at % 2 == 1)].into();
            encoder.write_frame(&frame).expect("written");
        }
        drop(encoder);
        bytes
    }

    #[test]
    fn a_picture_is_made_small_keeps_its_form_and_is_never_made_larger() {
        let small = thumb(&png_of(1200, 300)).expect("a picture");
        assert_eq!((small.width, small.height, small.thumb_width, small.thumb_height), (1200, 300, 560, 140));
        assert_eq!(small.rgba.len(), 560 * 140 * 4);
        let tiny = thumb(&png_of(3, 2)).expect("a picture");
        assert_eq!((tiny.thumb_width, tiny.thumb_height, tiny.animated), (3, 2, false));
        let kept = read_thumb(&write_thumb(&small).expect("written")).expect("read");
        assert_eq!(kept, small, "what is kept is what was made");
        assert_eq!(read_thumb(b"TTH1"), None);
        assert_eq!(read_thumb(&png_of(1, 1)), None, "a file of somebody else's");
    }

    #[test]
    fn x25_a_small_file_that_says_it_is_huge_costs_nothing() {
        for (width, height) in [(30_000, 30_000), (u32::MAX >> 1, u32::MAX >> 1), (64 * 1024 * 1024 + 1, 1)] {
            assert_eq!(thumb(&bomb(width, height)).expect_err("refused"), Undecodable::TooLarge, "{width} x {height}");
            assert_eq!(opened(&bomb(width, height)).expect_err("refused"), Undecodable::TooLarge);
        }
        assert_eq!(thumb(&bomb(9, 9)).expect_err("it is not what it says"), Undecodable::Damaged);
        // 65,535 x 65,535 pixels in a few bytes.
        assert_eq!(thumb(&gif_of(65_535, 65_535, 1)).expect_err("refused"), Undecodable::TooLarge);
    }

    #[test]
    fn x25_drawings_and_everything_that_is_no_picture_are_refused_by_their_bytes() {
        for bytes in [
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".as_slice(),
            b"<!DOCTYPE svg [<!ENTITY a \"b\">]>",
            b"%PDF-1.7",
            b"",
            b"\x00\x00\x00\x0cftypavif",
        ] {
            assert_eq!(thumb(bytes).expect_err("refused"), Undecodable::Unknown);
        }
    }

    #[test]
    fn x25_a_film_is_still_until_it_is_opened_and_its_frames_are_counted() {
        let film = gif_of(4, 1, 3);
        let still = thumb(&film).expect("its first picture");
        assert!(still.animated);
        assert_eq!((still.rgba[0], still.rgba[1], still.rgba[3], still.rgba[7]), (255, 0, 255, 0));
        let opened_film = opened(&film).expect("it moves");
        assert_eq!(opened_film.frames.len(), 3);
        assert_eq!(opened_film.frames[0].stands_ms, 50);
        let second = &opened_film.frames[1].rgba;
        assert_eq!((second[3], second[5], second[7]), (0, 255, 255), "the first was taken away, the second drawn");
        let endless = opened(&gif_of(2, 2, 20_000)).expect("as far as the limit");
        assert_eq!(endless.frames.len(), MOST_FRAMES);
        assert!(!thumb(&gif_of(2, 2, 1)).expect("a picture").animated);
    }

    #[test]
    fn x25_a_picture_cut_anywhere_or_with_any_byte_changed_does_no_harm() {
        for whole in [png_of(40, 30), gif_of(20, 20, 4)] {
            for end in 0..whole.len() {
                let _ = thumb(&whole[..end]);
                let _ = opened(&whole[..end]);
            }
            for at in 0..whole.len() {
                let mut changed = whole.clone();
                changed[at] ^= 0x55;
                let _ = thumb(&changed);
                let _ = opened(&changed);
            }
        }
    }
}
