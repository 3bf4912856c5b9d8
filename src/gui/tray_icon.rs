//! The icon in the tray as pixels: the two rings of the application's icon are the two connections.
//!
//! A connection that works is a whole ring, one that is being tried a dashed one, one that does not work a thin faint one:
//! shape beside brightness. A dot in the corner says that something is unread.

use std::sync::Arc;

use iced::Color;

use super::theme::LIGHT;
use crate::platform::TrayPicture;

/// Pixels on a side of the pictures that hosts choose from: panels of 22 points at the usual scales, and larger docks.
const SIDES: [u16; 5] = [16, 22, 32, 48, 64];
/// Samples of a pixel in each direction: the rings are only two pixels wide.
const SAMPLES: u16 = 3;

/// How a ring is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ring {
    /// The connection does not work.
    Broken,
    /// It is being tried.
    Trying,
    /// It works, or there is none of this kind.
    Whole,
}

/// What the picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Face {
    /// The first ring.
    pub chat: Ring,
    /// The second ring.
    pub voice: Ring,
    /// Something is unread.
    pub unread: bool,
}

/// The picture in every size.
pub fn pictures(face: Face) -> Arc<[TrayPicture]> {
    SIDES.iter().map(|side| TrayPicture { side: *side, argb: argb(face, *side) }).collect()
}

fn argb(face: Face, side: u16) -> Arc<[u8]> {
    let mut bytes = Vec::with_capacity(usize::from(side) * usize::from(side) * 4);
    let unit = 64.0 / f32::from(side) / f32::from(SAMPLES);
    for y in 0..side {
        for x in 0..side {
            let mut sum = [0.0_f32; 4];
            for sample in 0..SAMPLES * SAMPLES {
                let at = |pixel: u16, sample: u16| (f32::from(pixel * SAMPLES + sample) + 0.5) * unit;
                let color = at_point(face, at(x, sample % SAMPLES), at(y, sample / SAMPLES));
                // Mixed by cover, so that the edge does not darken.
                for (sum, part) in
                    sum.iter_mut().zip([color.a, color.r * color.a, color.g * color.a, color.b * color.a])
                {
                    *sum += part;
                }
            }
            let cover = sum[0];
            let part = |part: f32| if cover > 0.0 { (part / cover * 255.0).round() as u8 } else { 0 };
            bytes.extend([(cover / f32::from(SAMPLES * SAMPLES) * 255.0).round() as u8]);
            bytes.extend([part(sum[1]), part(sum[2]), part(sum[3])]);
        }
    }
    bytes.into()
}

/// The colour at a point of a square of 64.
fn at_point(face: Face, x: f32, y: f32) -> Color {
    if face.unread {
        let from = (x - 51.0).hypot(y - 13.0);
        if from < 11.0 {
            return LIGHT.negative_fill;
        }
        if from < 14.5 {
            return Color::TRANSPARENT;
        }
    }
    let corner = 15.0;
    let (dx, dy) = ((x - 32.0).abs() - 32.0 + corner, (y - 32.0).abs() - 32.0 + corner);
    if dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) > corner {
        return Color::TRANSPARENT;
    }
    let works = face.chat.max(face.voice) == Ring::Whole;
    // Nothing works: nothing shines.
    let ground = if works { LIGHT.accent } else { Color::from_rgb8(0x5a, 0x5f, 0x6b) };
    let (first, second) = ((25.0, 30.0), (40.0, 35.0));
    let chat = cover(face.chat, first, x, y);
    let voice = cover(face.voice, second, x, y);
    let over = |below: Color, above: Color, cover: f32| {
        let mix = |a: f32, b: f32| a + (b - a) * cover;
        Color { r: mix(below.r, above.r), g: mix(below.g, above.g), b: mix(below.b, above.b), a: below.a }
    };
    let mut color = over(ground, LIGHT.on_accent, chat);
    color = over(color, LIGHT.selected, voice);
    // Interlocked: above the middle the first lies over the second.
    if y < 30.0 { over(color, LIGHT.on_accent, chat) } else { color }
}

/// How much of a ring is at a point, 0 to 1.
fn cover(ring: Ring, (cx, cy): (f32, f32), x: f32, y: f32) -> f32 {
    let (dx, dy) = (x - cx, y - cy);
    let half = if ring == Ring::Broken { 1.5 } else { 3.2 };
    if (dx.hypot(dy) - 13.0).abs() > half {
        return 0.0;
    }
    // Six dashes.
    let turn = (dy.atan2(dx) / std::f32::consts::TAU + 1.0) * 6.0;
    let dash = turn.fract() < 0.55;
    match ring {
        Ring::Whole => 1.0,
        Ring::Trying if dash => 0.9,
        Ring::Broken => 0.5,
        Ring::Trying => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_of_the_two_connections_looks_another_way_in_every_size() {
        let rings = [Ring::Broken, Ring::Trying, Ring::Whole];
        let mut faces = Vec::new();
        for chat in rings {
            for voice in rings {
                faces.extend([false, true].map(|unread| Face { chat, voice, unread }));
            }
        }
        for side in SIDES {
            let pictures: Vec<Arc<[u8]>> = faces.iter().map(|face| argb(*face, side)).collect();
            assert!(pictures.iter().all(|picture| picture.len() == usize::from(side) * usize::from(side) * 4));
            for (at, picture) in pictures.iter().enumerate() {
                for other in &pictures[at + 1..] {
                    let differ = picture.chunks(4).zip(other.chunks(4)).filter(|(a, b)| a != b).count();
                    assert!(differ > 4, "{side}: {differ} pixels");
                }
            }
        }
    }

    #[test]
    fn brightness_alone_does_not_tell_a_connection_that_works_from_one_that_does_not() {
        // With the colours taken away, a whole ring and a broken one still differ in where they are.
        let there = |ring| {
            (0..64 * 64).filter(|at| cover(ring, (25.0, 30.0), (at % 64) as f32, (at / 64) as f32) > 0.0).count()
        };
        assert!(there(Ring::Whole) as f32 > there(Ring::Broken) as f32 * 1.5);
    }
}
