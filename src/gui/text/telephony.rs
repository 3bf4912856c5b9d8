//! Words of the settings of a telephone: recordings, voicemail, digits, lamps.

use crate::gui::words::words;

words! {
    RECORDINGS = "telephony-recordings";
    LINES = "telephony-lines";
    LAMPS_BODY = "telephony-lamps-body";
    LAMP_HINT = "telephony-lamp-hint";
    LAMP_ADD = "telephony-lamp-add";
    LAMP_CONFIGURED = "telephony-lamp-configured";
}
