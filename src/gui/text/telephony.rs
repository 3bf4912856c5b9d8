//! Words of the settings of a telephone: recordings, voicemail, digits, lamps.

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    RECORDINGS = "Recordings";
    LINES = "Voicemail and digits";
    LAMPS_BODY = "You see whether these phones are on the phone, as far as their phone service tells it.";
    LAMP_HINT = "Number or address";
    LAMP_ADD = "Watch this phone";
    LAMP_CONFIGURED = "From your configuration";
}
