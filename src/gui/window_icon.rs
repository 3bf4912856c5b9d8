//! The application's icon as pixels: two interlocked rings on a rounded square, the same as `assets/icon.svg`.

use super::theme::LIGHT;
use iced::Color;

/// Pixels on a side.
const SIDE: u32 = 64;

/// The icon, where the window system takes one.
pub fn window_icon() -> Option<iced::window::Icon> {
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let color = pixel(x as f32 + 0.5, y as f32 + 0.5);
            for part in [color.r, color.g, color.b, color.a] {
                rgba.push((part * 255.0).round() as u8);
            }
        }
    }
    iced::window::icon::from_rgba(rgba, SIDE, SIDE).ok()
}

fn over(below: Color, above: Color, cover: f32) -> Color {
    let mix = |a: f32, b: f32| a + (b - a) * cover;
    Color { r: mix(below.r, above.r), g: mix(below.g, above.g), b: mix(below.b, above.b), a: below.a }
}

fn pixel(x: f32, y: f32) -> Color {
    let side = SIDE as f32;
    let corner = side * 0.235;
    let (dx, dy) = ((x - side / 2.0).abs() - side / 2.0 + corner, (y - side / 2.0).abs() - side / 2.0 + corner);
    let outside = dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - corner;
    let mut color = Color { a: (0.5 - outside).clamp(0.0, 1.0), ..LIGHT.accent };
    let ring = |cx: f32, cy: f32| {
        let distance = ((x - cx).hypot(y - cy) - side * 0.203).abs();
        (side * 0.043 - distance + 0.5).clamp(0.0, 1.0)
    };
    let (first, second) = ((side * 0.39, side * 0.47), (side * 0.625, side * 0.547));
    color = over(color, LIGHT.on_accent, ring(first.0, first.1));
    color = over(color, LIGHT.selected, ring(second.0, second.1));
    if y < side * 0.47 {
        color = over(color, LIGHT.on_accent, ring(first.0, first.1));
    }
    color
}
