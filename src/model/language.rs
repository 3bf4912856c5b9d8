//! The languages that the window speaks.

/// A language with a catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, in which the program thinks.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// No language: English with doubled vowels, for finding texts that do not fit or were never translated. The locale
    /// `en_XA` chooses it.
    Long,
}

impl Language {
    /// Those that people speak, in the order of the settings.
    pub const SPOKEN: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];

    /// The language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Long => "en-XA",
        }
    }

    /// What it calls itself: whoever looks for it may not read any other.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Long => "Long",
        }
    }

    /// The language of a locale as an environment names it, like `de_AT.UTF-8` (POSIX.1-2017, section 8.2) or `fr-CA`;
    /// `None`: none that has a catalogue.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let name = locale.split(['.', '@']).next().unwrap_or_default();
        let mut parts = name.split(['_', '-']);
        let language = parts.next().unwrap_or_default().to_ascii_lowercase();
        let region = parts.next().unwrap_or_default();
        match (language.as_str(), region) {
            ("en", "XA") => Some(Self::Long),
            ("en" | "c" | "posix", _) => Some(Self::English),
            ("de", _) => Some(Self::German),
            ("fr", _) => Some(Self::French),
            ("es", _) => Some(Self::Spanish),
            _ => None,
        }
    }

    /// The first of a list of wishes that has a catalogue, else English. A wish may itself be a list with colons, as
    /// `LANGUAGE` is (GNU gettext, "The LANGUAGE variable").
    pub fn of_wishes<'a>(wishes: impl IntoIterator<Item = &'a str>) -> Self {
        wishes.into_iter().flat_map(|wish| wish.split(':')).find_map(Self::of_locale).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wish_that_has_a_catalogue_is_spoken() {
        for (wishes, language) in [
            (&["de_AT.UTF-8"][..], Language::German),
            (&["fr"], Language::French),
            (&["es_MX@euro"], Language::Spanish),
            (&["nl:de:en", "fr_FR.UTF-8"], Language::German),
            (&["", "fr_CA.UTF-8"], Language::French),
            (&["ja_JP.UTF-8"], Language::English),
            (&["C"], Language::English),
            (&["en_XA"], Language::Long),
            (&[], Language::English),
        ] {
            assert_eq!(Language::of_wishes(wishes.iter().copied()), language, "{wishes:?}");
        }
    }
}
