//! The tokens of the design: spacing, radii, type and colour roles. Nothing else names a colour or a size.

use iced::font::{Family, Weight};
use iced::{Color, Font};

/// Spacing and sizes, logical pixels.
pub mod space {
    /// Between a mark and its word.
    pub const XS: f32 = 4.0;
    /// Between parts of one thing.
    pub const S: f32 = 8.0;
    /// Between neighbouring things; inner padding of rows.
    pub const M: f32 = 12.0;
    /// Between groups; inner padding of panels.
    pub const L: f32 = 16.0;
    /// Between sections.
    pub const XL: f32 = 24.0;
    /// Around whole pages.
    pub const XXL: f32 = 32.0;
}

/// Corner radii.
pub mod radius {
    /// Buttons, fields, rows.
    pub const SMALL: f32 = 8.0;
    /// Bubbles and cards.
    pub const LARGE: f32 = 14.0;
    /// Round: half of any size that occurs.
    pub const ROUND: f32 = 999.0;
}

/// Type sizes.
pub mod size {
    /// Times, marks, labels over groups.
    pub const META: f32 = 12.0;
    /// Second lines.
    pub const SECONDARY: f32 = 13.0;
    /// Text.
    pub const BODY: f32 = 15.0;
    /// Titles.
    pub const TITLE: f32 = 18.0;
    /// The name in a call.
    pub const CALL: f32 = 24.0;
}

/// Measures of the layout.
pub mod measure {
    /// The rail.
    pub const RAIL: f32 = 64.0;
    /// The list.
    pub const LIST: f32 = 308.0;
    /// The list at least.
    pub const LIST_MIN: f32 = 240.0;
    /// The list at most.
    pub const LIST_MAX: f32 = 420.0;
    /// How much of what the rail leaves the list may take.
    pub const LIST_SHARE: f32 = 0.5;
    /// The details panel.
    pub const DETAILS: f32 = 320.0;
    /// Below this width there is either the list or the conversation.
    pub const NARROW: f32 = 760.0;
    /// Below this width the rail loses its words and rows their padding.
    pub const TINY: f32 = 480.0;
    /// From this width on the details stand beside the conversation instead of over it.
    pub const WIDE: f32 = 1000.0;
    /// A person in the list.
    pub const ROW: f32 = 64.0;
    /// What an open row of the call history adds to its height, about.
    pub const OPEN_ROW: f32 = 132.0;
    /// A label over a group.
    pub const HEADER: f32 = 36.0;
    /// The smallest target.
    pub const TARGET: f32 = 36.0;
    /// A target in a call.
    pub const CALL_TARGET: f32 = 40.0;
    /// A key of the keypad.
    pub const KEY: f32 = 56.0;
    /// A header over a pane.
    pub const BAR: f32 = 64.0;
    /// The widest bubble.
    pub const BUBBLE: f32 = 560.0;
    /// Sheets and cards over everything.
    pub const SHEET: f32 = 440.0;
    /// The widest page of text.
    pub const PAGE: f32 = 680.0;
    /// Icons in text.
    pub const ICON_SMALL: f32 = 16.0;
    /// Icons in buttons.
    pub const ICON: f32 = 20.0;
    /// Avatars in rows.
    pub const AVATAR: f32 = 40.0;
    /// Avatars in headers.
    pub const AVATAR_SMALL: f32 = 36.0;
    /// Avatars in the details and of a caller.
    pub const AVATAR_LARGE: f32 = 88.0;
    /// The presence mark.
    pub const MARK: f32 = 14.0;
    /// The smallest window, width and height.
    pub const WINDOW_MIN: (f32, f32) = (340.0, 420.0);
    /// The window at the first start.
    pub const WINDOW: (f32, f32) = (1100.0, 720.0);
}

/// The text face, shipped with the program.
pub const FONT_BYTES: &[u8] = include_bytes!("../../assets/fonts/InterVariable.ttf");
/// Running text.
pub const REGULAR: Font = Font { family: Family::Name("Inter Variable"), ..Font::DEFAULT };
/// Names, titles, labels of buttons.
pub const STRONG: Font = Font { weight: Weight::Semibold, ..REGULAR };
/// Emoji in colour, where the system has them; else whatever face has them.
pub const EMOJI: Font = Font::with_name("Noto Color Emoji");
/// Code: whatever face of equal widths the system has.
pub const MONO: Font = Font::MONOSPACE;

/// The colour roles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colors {
    /// Whether this is the dark set.
    pub dark: bool,
    /// Behind conversations and pages.
    pub surface: Color,
    /// Cards and overlays.
    pub raised: Color,
    /// The list and fields.
    pub sunken: Color,
    /// The rail.
    pub rail: Color,
    /// Under the pointer.
    pub hover: Color,
    /// The chosen row.
    pub selected: Color,
    /// Text.
    pub text: Color,
    /// Second lines.
    pub muted: Color,
    /// Hairlines.
    pub line: Color,
    /// Around fields and second buttons.
    pub outline: Color,
    /// The one colour that asks to be clicked.
    pub accent: Color,
    /// Text on `accent`.
    pub on_accent: Color,
    /// `accent` under the pointer.
    pub accent_hover: Color,
    /// Available, answered, protected.
    pub positive: Color,
    /// The answering button.
    pub positive_fill: Color,
    /// Busy, failed, unprotected.
    pub negative: Color,
    /// The declining button.
    pub negative_fill: Color,
    /// Text on the answering and declining buttons.
    pub on_fill: Color,
    /// Trouble that passes.
    pub warning: Color,
    /// Behind a call that is being talked in.
    pub call: Color,
    /// Behind a line about trouble.
    pub warning_soft: Color,
    /// Links in messages.
    pub link: Color,
    /// Behind code in messages.
    pub code: Color,
    /// Their messages.
    pub bubble_in: Color,
    /// The user's messages.
    pub bubble_out: Color,
    /// Around what the keyboard acts on.
    pub focus: Color,
    /// Under cards.
    pub shadow: Color,
    /// Over everything behind an overlay.
    pub scrim: Color,
}

const fn rgb(hex: u32) -> Color {
    Color {
        r: ((hex >> 16) & 0xff) as f32 / 255.0,
        g: ((hex >> 8) & 0xff) as f32 / 255.0,
        b: (hex & 0xff) as f32 / 255.0,
        a: 1.0,
    }
}

const fn rgba(hex: u32, alpha: f32) -> Color {
    Color { a: alpha, ..rgb(hex) }
}

/// Light.
pub static LIGHT: Colors = Colors {
    dark: false,
    surface: rgb(0xff_ff_ff),
    raised: rgb(0xff_ff_ff),
    sunken: rgb(0xf6_f7_f9),
    rail: rgb(0xed_ef_f3),
    hover: rgb(0xea_ed_f2),
    selected: rgb(0xe2_e6_fb),
    text: rgb(0x17_1a_21),
    muted: rgb(0x59_62_70),
    line: rgb(0xe2_e5_eb),
    outline: rgb(0xcb_d0_da),
    accent: rgb(0x44_53_c9),
    on_accent: rgb(0xff_ff_ff),
    accent_hover: rgb(0x38_46_b4),
    positive: rgb(0x1b_7a_43),
    positive_fill: rgb(0x1d_7f_47),
    negative: rgb(0xc0_2b_36),
    negative_fill: rgb(0xc9_33_3d),
    on_fill: rgb(0xff_ff_ff),
    warning: rgb(0x8f_56_00),
    call: rgb(0xe6_f4_eb),
    warning_soft: rgb(0xff_f6_e3),
    link: rgb(0x38_46_b4),
    code: rgb(0xff_ff_ff),
    bubble_in: rgb(0xf0_f2_f5),
    bubble_out: rgb(0xe2_e6_fb),
    focus: rgb(0x44_53_c9),
    shadow: rgba(0x10_16_28, 0.18),
    scrim: rgba(0x10_13_1c, 0.38),
};

/// Dark.
pub static DARK: Colors = Colors {
    dark: true,
    surface: rgb(0x17_19_1e),
    raised: rgb(0x22_25_2c),
    sunken: rgb(0x11_13_17),
    rail: rgb(0x0c_0e_11),
    hover: rgb(0x23_27_2e),
    selected: rgb(0x2b_31_57),
    text: rgb(0xe8_ea_ee),
    muted: rgb(0xac_b4_c1),
    line: rgb(0x2a_2e_36),
    outline: rgb(0x41_47_54),
    accent: rgb(0x93_9f_ff),
    on_accent: rgb(0x10_13_2e),
    accent_hover: rgb(0xa9_b3_ff),
    positive: rgb(0x57_c9_86),
    positive_fill: rgb(0x23_83_4c),
    negative: rgb(0xff_82_84),
    negative_fill: rgb(0xcb_3a_44),
    on_fill: rgb(0xff_ff_ff),
    warning: rgb(0xe9_b2_4f),
    call: rgb(0x18_2a_20),
    warning_soft: rgb(0x33_2b_1b),
    link: rgb(0xb9_c2_ff),
    code: rgb(0x17_19_1e),
    bubble_in: rgb(0x25_29_30),
    bubble_out: rgb(0x32_3a_70),
    focus: rgb(0x93_9f_ff),
    shadow: rgba(0x00_00_00, 0.5),
    scrim: rgba(0x00_00_00, 0.55),
};

/// Hues of avatars without a picture, degrees.
const HUES: [f32; 10] = [8.0, 32.0, 80.0, 145.0, 172.0, 198.0, 222.0, 262.0, 295.0, 335.0];

impl Colors {
    /// The colour of a nick: the angle that XEP-0392 section 5.1 gives it, so that it is the same hue everywhere, in a
    /// lightness that can be read on every ground of a conversation.
    pub fn nick(&self, nick: &str) -> Color {
        use sha1::{Digest as _, Sha1};
        let digest = Sha1::digest(nick);
        let angle = f32::from(u16::from_le_bytes([digest[0], digest[1]])) / 65536.0 * 360.0;
        if self.dark { hsl(angle, 0.60, 0.80) } else { hsl(angle, 0.70, 0.26) }
    }

    /// Background and letters of an avatar without a picture; the same person always gets the same.
    pub fn avatar(&self, key: &str) -> (Color, Color) {
        // FNV-1a: any stable hash serves, the standard library's may change.
        let hash = key.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let hue = HUES.get(hash as usize % HUES.len()).copied().unwrap_or_default();
        self.avatar_hue(hue)
    }

    fn avatar_hue(&self, hue: f32) -> (Color, Color) {
        if self.dark {
            (hsl(hue, 0.28, 0.28), hsl(hue, 0.60, 0.86))
        } else {
            (hsl(hue, 0.46, 0.87), hsl(hue, 0.55, 0.26))
        }
    }
}

fn hsl(hue: f32, saturation: f32, lightness: f32) -> Color {
    let chroma = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
    let part = hue / 60.0;
    let second = chroma * (1.0 - (part % 2.0 - 1.0).abs());
    let (r, g, b) = match part as u32 {
        0 => (chroma, second, 0.0),
        1 => (second, chroma, 0.0),
        2 => (0.0, chroma, second),
        3 => (0.0, second, chroma),
        4 => (second, 0.0, chroma),
        _ => (chroma, 0.0, second),
    };
    let base = lightness - chroma / 2.0;
    Color { r: r + base, g: g + base, b: b + base, a: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, relative luminance and contrast ratio.
    fn contrast(a: Color, b: Color) -> f32 {
        let channel = |value: f32| {
            if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |c: Color| 0.2126 * channel(c.r) + 0.7152 * channel(c.g) + 0.0722 * channel(c.b);
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn the_ratio_of_black_on_white_is_21() {
        assert!((contrast(Color::BLACK, Color::WHITE) - 21.0).abs() < 0.01);
    }

    #[test]
    fn every_text_can_be_read_on_every_ground_it_stands_on() {
        for c in [&LIGHT, &DARK] {
            let grounds = [
                c.surface,
                c.raised,
                c.sunken,
                c.rail,
                c.hover,
                c.selected,
                c.bubble_in,
                c.bubble_out,
                c.warning_soft,
                c.call,
                c.code,
            ];
            for ground in [c.surface, c.raised, c.bubble_in, c.bubble_out] {
                assert!(contrast(c.link, ground) >= 4.5, "link on {ground:?}: {}", contrast(c.link, ground));
            }
            for ground in grounds {
                for text in [c.text, c.muted] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
                }
            }
            for ground in [c.surface, c.raised, c.sunken] {
                for text in [c.accent, c.positive, c.negative, c.warning] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
                }
            }
            for (text, ground) in [
                (c.on_accent, c.accent),
                (c.on_accent, c.accent_hover),
                (c.on_fill, c.positive_fill),
                (c.on_fill, c.negative_fill),
                (c.warning, c.warning_soft),
            ] {
                assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
            }
        }
    }

    #[test]
    fn every_mark_can_be_seen_on_every_ground_it_stands_on() {
        for c in [&LIGHT, &DARK] {
            for ground in [c.surface, c.raised, c.sunken, c.rail, c.hover, c.selected, c.call] {
                for mark in [c.accent, c.positive, c.negative, c.warning, c.focus, c.muted] {
                    assert!(contrast(mark, ground) >= 3.0, "{mark:?} on {ground:?}: {}", contrast(mark, ground));
                }
            }
        }
    }

    #[test]
    fn initials_can_be_read_in_every_derived_colour() {
        for c in [&LIGHT, &DARK] {
            for hue in HUES {
                let (ground, letters) = c.avatar_hue(hue);
                assert!(contrast(ground, letters) >= 4.5, "{hue}: {}", contrast(ground, letters));
            }
        }
    }
}
