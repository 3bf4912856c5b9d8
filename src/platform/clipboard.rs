//! What is on the clipboard: files, text, a picture.

use std::path::PathBuf;

/// The largest picture that is taken from the clipboard, in pixels.
const MOST_PIXELS: usize = 64 * 1024 * 1024;

/// What is on the clipboard.
#[derive(Clone, PartialEq, Eq)]
pub enum Clip {
    /// Files that were copied in a file manager.
    Files(Vec<PathBuf>),
    /// Text.
    Text(String),
    /// A picture.
    Picture(ClipPicture),
    /// Nothing that can be pasted.
    Nothing,
    /// It cannot be asked: the toolkit reads text all the same.
    Unknown,
}

/// A picture on the clipboard.
#[derive(Clone, PartialEq, Eq)]
pub struct ClipPicture {
    /// Written as a PNG.
    pub png: Vec<u8>,
    /// A small form: its width and height, and its pixels as red, green, blue and opacity.
    pub small: (u32, u32, Vec<u8>),
}

/// The box that the small form fits into, in pixels.
const SMALL: u32 = 640;

/// Never what it is.
impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Files(_) => "Files",
            Self::Text(_) => "Text",
            Self::Picture(_) => "Picture",
            Self::Nothing => "Nothing",
            Self::Unknown => "Unknown",
        })
    }
}

/// Reads the clipboard; waits for the program that has it, so not on a thread with a deadline. Files count before text, which
/// is then their names, and text before a picture of it, as tables of office programs give both.
#[cfg(target_os = "linux")]
pub fn read_clipboard() -> Clip {
    let Ok(mut clipboard) = arboard::Clipboard::new() else { return Clip::Unknown };
    if let Ok(files) = clipboard.get().file_list()
        && !files.is_empty()
    {
        return Clip::Files(files);
    }
    if let Ok(text) = clipboard.get_text()
        && !text.is_empty()
    {
        return Clip::Text(text);
    }
    match clipboard.get_image() {
        Ok(picture) if picture.width.saturating_mul(picture.height) <= MOST_PIXELS => {
            let (Ok(width), Ok(height)) = (u32::try_from(picture.width), u32::try_from(picture.height)) else {
                return Clip::Nothing;
            };
            written(width, height, picture.bytes.into_owned()).map_or(Clip::Nothing, Clip::Picture)
        }
        Ok(_) | Err(_) => Clip::Nothing,
    }
}

/// Elsewhere only text is read, by the toolkit.
#[cfg(not(target_os = "linux"))]
pub fn read_clipboard() -> Clip {
    let _ = (MOST_PIXELS, written);
    Clip::Unknown
}

fn written(width: u32, height: u32, rgba: Vec<u8>) -> Option<ClipPicture> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let whole = image::DynamicImage::ImageRgba8(image::RgbaImage::from_raw(width, height, rgba)?);
    whole.write_to(&mut bytes, image::ImageFormat::Png).ok()?;
    let small = if width <= SMALL && height <= SMALL { whole } else { whole.thumbnail(SMALL, SMALL) }.into_rgba8();
    let (width, height) = small.dimensions();
    Some(ClipPicture { png: bytes.into_inner(), small: (width, height, small.into_raw()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_becomes_a_file_that_others_can_read_and_nothing_else_does() {
        let picture = written(2, 1, vec![255, 0, 0, 255, 0, 255, 0, 128]).expect("a picture");
        assert_eq!(picture.small, (2, 1, vec![255, 0, 0, 255, 0, 255, 0, 128]));
        let read = image::load_from_memory(&picture.png).expect("a PNG").into_rgba8();
        assert_eq!(read.into_raw(), [255, 0, 0, 255, 0, 255, 0, 128]);
        assert!(written(2, 2, vec![0; 4]).is_none(), "fewer pixels than it says");
    }
}
