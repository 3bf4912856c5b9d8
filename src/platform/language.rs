//! The language that the user's session speaks.

use crate::model::Language;

/// The language of the environment; English where it names none that has a catalogue.
pub fn language() -> Language {
    of_environment(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}

/// The first category that is set decides (POSIX.1-2017, section 8.2); the list of wishes comes before it, but counts only
/// in a session that has a language at all (GNU gettext, "The LANGUAGE variable").
fn of_environment(read: impl Fn(&str) -> Option<String>) -> Language {
    let Some(session) = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(&read) else { return Language::English };
    if ["C", "POSIX"].contains(&session.split('.').next().unwrap_or_default()) {
        return Language::English;
    }
    let listed = read("LANGUAGE");
    Language::of_wishes(listed.as_deref().into_iter().chain([session.as_str()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_variable_of_the_environment_decides() {
        for (variables, language) in [
            (&[("LANG", "de_DE.UTF-8")][..], Language::German),
            (&[("LANG", "de_DE.UTF-8"), ("LC_MESSAGES", "fr_FR.UTF-8")], Language::French),
            (&[("LC_ALL", "C.UTF-8"), ("LANG", "de_DE.UTF-8"), ("LANGUAGE", "es")], Language::English),
            (&[("LANG", "de_DE.UTF-8"), ("LANGUAGE", "nl:es:de")], Language::Spanish),
            (&[("LANGUAGE", "de")], Language::English),
            (&[], Language::English),
        ] {
            let read =
                |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(of_environment(read), language, "{variables:?}");
        }
    }
}
