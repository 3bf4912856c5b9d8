//! The window in other languages: nothing English is left on a screen, and nothing stands beyond its edge.

use std::collections::BTreeSet;

use iced::Size;
use iced_test::selector::Candidate;
use tandem::account::Snapshot;
use tandem::gui::words::{FILES, named, source, speak};
use tandem::gui::{App, Message as Event, Overlay, Place, Shortened};
use tandem::model::Language;

use super::pictures::{draw, screens};
use super::world::*;

fn speaking(language: Language) -> impl Fn(Snapshot) -> Snapshot {
    move |mut snapshot| {
        snapshot.appearance.language = Some(language);
        light(snapshot)
    }
}

/// Every text of a screen, with whether it lies within the window from left to right.
fn texts(app: &App, width: f32, height: f32) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut window = simulator(app, width, height);
    let _ = window.find(|candidate: Candidate<'_>| {
        if let Candidate::Text { content, bounds, .. } = candidate {
            found.push((content.to_owned(), bounds.x >= -1.0 && bounds.x + bounds.width <= width + 1.0));
        }
        None::<()>
    });
    found
}

/// The texts of the English catalogue that German says otherwise.
fn english() -> BTreeSet<String> {
    let names = FILES.iter().zip(source(Language::English)).filter(|(file, _)| !file.starts_with("told"));
    let names: Vec<&str> = names
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| line.split_once(" = ").filter(|(name, _)| !name.starts_with(' ')))
        .map(|(name, _)| name)
        .collect();
    let in_language = |language| {
        speak(language);
        names.iter().map(|name| named(name).map(str::to_owned)).collect::<Vec<_>>()
    };
    let (english, german) = (in_language(Language::English), in_language(Language::German));
    let german: BTreeSet<String> = german.into_iter().flatten().collect();
    let english: BTreeSet<String> = english.into_iter().flatten().filter(|text| !german.contains(text)).collect();
    assert!(english.len() > 500, "the catalogues were read");
    english
}

#[test]
fn no_screen_says_anything_in_english_to_whom_it_speaks_german() {
    let english = english();
    let mut left = BTreeSet::new();
    for (name, width, height, build) in screens() {
        let app = build(speaking(Language::German)(snapshot()));
        for (text, _) in texts(&app, width, height) {
            // A person's own group, and what an English screen would have typed, are no words of ours.
            if english.contains(&text) && text != "Friends" {
                left.insert(format!("{name}: {text}"));
            }
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn the_language_changes_without_a_restart() {
    let mut app = with_bob(light(snapshot()));
    let shows = |app: &App, words: &str| simulator(app, 1100.0, 720.0).find(words).is_ok();
    assert!(shows(&app, "Recent") && !shows(&app, "Zuletzt"));
    let mut german = light(snapshot());
    german.revision += 1;
    german.appearance.language = Some(Language::German);
    app.update(Event::Snapshot(std::sync::Arc::new(german)));
    assert!(shows(&app, "Zuletzt") && !shows(&app, "Recent"));
}

#[test]
fn long_words_stay_inside_a_narrow_window() {
    let mut beyond = BTreeSet::new();
    for language in [Language::Long, Language::German] {
        for (name, _, height, build) in screens() {
            // Pictures of one message or one call at another size are covered by the screens themselves.
            let app = sized(build(speaking(language)(snapshot())), 400.0, height);
            for (text, within) in texts(&app, 400.0, height) {
                if !within {
                    beyond.insert(format!("{name} ({}): {text}", language.tag()));
                }
            }
        }
    }
    assert!(beyond.is_empty(), "{beyond:#?}");
}

/// Words of buttons that had no room.
fn shortened(app: &App, width: f32, height: f32) -> Vec<String> {
    let mut found = Vec::new();
    let mut window = simulator(app, width, height);
    let _ = window.find(|candidate: Candidate<'_>| {
        if let Candidate::Custom { state, .. } = candidate
            && let Some(Shortened(words)) = state.downcast_ref::<Shortened>()
        {
            found.push(words.clone());
        }
        None::<()>
    });
    found
}

#[test]
fn no_word_of_a_button_is_cut_in_any_language_or_width() {
    // Names of people, addresses and devices may be longer than any button.
    let ours: BTreeSet<String> = [Language::German, Language::French, Language::Spanish]
        .into_iter()
        .flat_map(|language| {
            speak(language);
            let names = FILES.iter().zip(source(Language::English)).filter(|(file, _)| !file.starts_with("told"));
            let lines = names.flat_map(|(_, text)| text.lines());
            let names = lines.filter_map(|line| line.split_once(" = ").filter(|(name, _)| !name.starts_with(' ')));
            names.filter_map(|(name, _)| named(name).map(str::to_owned)).collect::<Vec<_>>()
        })
        .collect();
    let mut cut = BTreeSet::new();
    for language in [Language::German, Language::French, Language::Spanish] {
        for (name, width, height, build) in screens() {
            let app = build(speaking(language)(snapshot()));
            let wide = shortened(&app, width, height).into_iter().map(|words| (width, words));
            let narrow = sized(build(speaking(language)(snapshot())), 400.0, height);
            let all = wide.chain(shortened(&narrow, 400.0, height).into_iter().map(|words| (400.0, words)));
            for (width, words) in all.filter(|(_, words)| ours.contains(words)) {
                cut.insert(format!("{name} ({}, {width}): {words}", language.tag()));
            }
        }
    }
    assert!(cut.is_empty(), "{cut:#?}");
}

#[test]
#[ignore = "writes pictures for people to look at"]
fn pictures_in_other_languages() {
    let only = std::env::var("ONLY").unwrap_or_default();
    for (name, width, height, build) in screens().into_iter().filter(|(name, ..)| name.starts_with(&only)) {
        draw(&format!("{name}-german"), &build(speaking(Language::German)(snapshot())), width, height);
        let narrow = sized(build(speaking(Language::German)(snapshot())), 400.0, 700.0);
        draw(&format!("{name}-german-narrow"), &narrow, 400.0, 700.0);
    }
    for language in [Language::German, Language::French, Language::Spanish, Language::Long] {
        let mut app = app(speaking(language)(snapshot()));
        app.update(Event::Go(Place::Settings));
        draw(&format!("settings-{}", language.tag()), &app, 1100.0, 1600.0);
        app.update(Event::Lay(Some(Overlay::Shortcuts)));
        draw(&format!("shortcuts-{}", language.tag()), &app, 1100.0, 1300.0);
        let narrow = sized(with_bob(speaking(language)(snapshot())), 400.0, 700.0);
        assert_eq!(narrow.language(), language);
        draw(&format!("narrow-{}", language.tag()), &narrow, Size::new(400.0, 700.0).width, 700.0);
    }
}
