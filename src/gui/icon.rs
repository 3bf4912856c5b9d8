//! The icons: drawn for this program, one weight of line, coloured where they are used.

use std::sync::LazyLock;

use iced::widget::svg::{self, Svg};
use iced::{Color, Length};

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $file:literal),* $(,)?) => {
        /// An icon.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Icon {
            $($(#[$doc])* $name),*
        }

        impl Icon {
            fn handle(self) -> svg::Handle {
                match self {
                    $(Self::$name => {
                        static HANDLE: LazyLock<svg::Handle> = LazyLock::new(|| {
                            svg::Handle::from_memory(
                                include_bytes!(concat!("../../assets/icons/", $file, ".svg")).as_slice(),
                            )
                        });
                        HANDLE.clone()
                    })*
                }
            }
        }
    };
}

icons! {
    /// A receiver.
    Phone = "phone",
    /// A call that went out.
    PhoneOut = "phone-out",
    /// A call that came in.
    PhoneIn = "phone-in",
    /// A call that was missed.
    PhoneMissed = "phone-missed",
    /// A receiver laid down.
    HangUp = "hangup",
    /// A speech bubble.
    Chat = "chat",
    /// Sliders.
    Settings = "settings",
    /// A magnifying glass.
    Search = "search",
    /// An arrow to the left.
    Back = "back",
    /// A cross.
    Close = "close",
    /// A paper plane.
    Send = "send",
    /// A microphone.
    Mic = "mic",
    /// A crossed microphone.
    MicOff = "mic-off",
    /// Ten dots.
    Keypad = "keypad",
    /// Two bars.
    Pause = "pause",
    /// A triangle.
    Play = "play",
    /// An i in a circle.
    Info = "info",
    /// A triangle with an exclamation mark.
    Warning = "warning",
    /// A closed padlock.
    Lock = "lock",
    /// An open padlock.
    Unlock = "unlock",
    /// A tick.
    Check = "check",
    /// Two ticks.
    Checks = "checks",
    /// A clock.
    Clock = "clock",
    /// A crossed bell.
    BellOff = "bell-off",
    /// Two arrows outwards.
    Expand = "expand",
    /// Two people.
    People = "people",
    /// A head and a plus.
    PersonAdd = "person-add",
    /// A disc in a circle.
    Record = "record",
    /// A chevron downwards.
    Down = "down",
    /// A chevron upwards.
    Up = "up",
    /// An arrow against a bar: somebody else takes over.
    Transfer = "transfer",
    /// Two arrows, up and down.
    Swap = "swap",
    /// Two reels of a tape.
    Voicemail = "voicemail",
    /// An arrow that turns to the right.
    Forward = "forward",
    /// A bell.
    Bell = "bell",
    /// A bin.
    Trash = "trash",
    /// A key that takes the last sign away.
    Erase = "erase",
    /// Three dots.
    More = "more",
    /// A face.
    Smile = "smile",
    /// An arrow that turns back.
    Reply = "reply",
    /// A paper clip.
    Attach = "attach",
    /// A sheet of paper.
    File = "file",
    /// A pencil.
    Edit = "edit",
}

/// The icon in a size and a colour.
pub fn icon<'a>(which: Icon, size: f32, color: Color) -> Svg<'a> {
    Svg::new(which.handle())
        .width(Length::Fixed(size))
        .height(Length::Fixed(size))
        .style(move |_, _| svg::Style { color: Some(color) })
}
