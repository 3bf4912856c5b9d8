//! Holds the manual to the truth: what it cites exists, and what tests are named after is explained.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Fewer citations than this would mean that the manual is not being read rightly.
const FEWEST_CITATIONS: usize = 150;
/// The same for ids in names of tests.
const FEWEST_IDS: usize = 50;

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` with this ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&top().join(folder), ending, &mut found);
    found
}

fn text_of(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect::<Vec<_>>().join("\n")
}

/// The names of all functions in the sources and tests.
fn functions() -> BTreeSet<String> {
    let text = text_of(&[files("src", "rs"), files("tests", "rs")].concat());
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.match_indices("fn ").map(|(at, _)| name(&line[at + 3..])).collect::<Vec<_>>())
        .filter(|name| !name.is_empty())
        .collect()
}

fn manual() -> String {
    text_of(&files("src/manual", "rs"))
}

/// Names of functions between backticks: lower case, with at least two underscores. What stands before `::` is left out.
fn cited(text: &str) -> BTreeSet<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|span| span.rsplit("::").next())
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        .filter(|name| name.matches('_').count() >= 2)
        .map(str::to_owned)
        .collect()
}

/// The ids at the beginning of a test's name: `x01_x02_a_carbon…` has X01 and X02, `c_06_calls…` has C-06, `p10_…` P-10.
fn ids(test: &str) -> Vec<String> {
    let number = |word: &str| word.len() == 2 && word.chars().all(|c| c.is_ascii_digit());
    let words: Vec<&str> = test.split('_').collect();
    if let ["c", digits, _, ..] = words.as_slice()
        && number(digits)
    {
        return vec![format!("C-{digits}")];
    }
    words
        .iter()
        .map_while(|word| {
            let (letter, digits) = (word.get(..1)?, word.get(1..)?);
            match letter {
                "x" | "s" | "m" | "f" if number(digits) => Some(format!("{}{digits}", letter.to_uppercase())),
                "p" if number(digits) => Some(format!("P-{}", digits.trim_start_matches('0'))),
                _ => None,
            }
        })
        .collect()
}

#[test]
fn every_test_that_the_manual_names_exists() {
    let functions = functions();
    let cited = cited(&manual());
    assert!(cited.len() >= FEWEST_CITATIONS, "only {} citations found", cited.len());
    let missing: Vec<_> = cited.iter().filter(|name| !functions.contains(*name)).collect();
    assert!(missing.is_empty(), "the manual names what is not there: {missing:#?}");
}

#[test]
fn every_id_that_a_test_is_named_after_is_explained() {
    let manual = manual();
    let ids: BTreeSet<String> = functions().iter().flat_map(|name| ids(name)).collect();
    assert!(ids.len() >= FEWEST_IDS, "only {} ids found", ids.len());
    let missing: Vec<_> = ids.iter().filter(|id| !manual.contains(&format!("//! | {id} | "))).collect();
    assert!(missing.is_empty(), "these need a row in src/manual: {missing:?}");
}

#[test]
fn every_test_with_an_id_is_named_by_the_manual() {
    let cited = cited(&manual());
    let missing: Vec<_> =
        functions().into_iter().filter(|name| !ids(name).is_empty() && !cited.contains(name)).collect();
    assert!(missing.is_empty(), "name these in their row in src/manual: {missing:#?}");
}

#[test]
fn every_local_link_of_the_documents_leads_somewhere() {
    let mut documents = files("docs", "md");
    documents.push(top().join("README.md"));
    let mut links = 0;
    let mut broken = Vec::new();
    for path in &documents {
        let text = fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices("](") {
            let link = text[at + 2..].split(')').next().unwrap();
            // Pictures are taken from the running program; they need not be there yet.
            if link.contains("://") || link.starts_with('#') || link.ends_with(".png") {
                continue;
            }
            links += 1;
            let target = path.parent().unwrap().join(link.split('#').next().unwrap());
            if !target.exists() {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(links > 5, "links are found");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn ids_are_read_from_names_as_they_are_written() {
    assert_eq!(ids("x01_x02_x03_a_carbon"), ["X01", "X02", "X03"]);
    assert_eq!(ids("c_06_calls_over_xmpp"), ["C-06"]);
    assert_eq!(ids("p10_a_short_number"), ["P-10"]);
    assert!(ids("a_call_is_answered").is_empty());
    assert_eq!(cited("see `x06_a_push` and `sdp::Offer` in `a_b`"), BTreeSet::from(["x06_a_push".to_owned()]));
}

/// The table rows of a text that begin with the id of a practice, as their cells.
fn practices(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|line| line.trim_start_matches("//!").trim())
        .filter(|line| line.starts_with("| C-") || line.starts_with("| S-"))
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

#[test]
fn the_documents_tell_of_every_practice_what_the_manual_tells() {
    let manual = practices(&fs::read_to_string(top().join("src/manual/cusax.rs")).unwrap());
    let page = practices(&fs::read_to_string(top().join("docs/cusax.md")).unwrap());
    assert!(page.len() >= 55, "{}", page.len());
    assert!(manual.iter().chain(&page).flatten().all(|cell| !cell.is_empty()), "a cell is empty");
    // The page is for readers who do not read the code: what is asked, and what they see of it.
    let told: Vec<Vec<String>> = manual
        .iter()
        .map(|row| {
            let seen = if row[0].starts_with("C-") && row.len() == 5 { &row[4] } else { &row[2] };
            vec![row[0].clone(), row[1].clone(), seen.clone()]
        })
        .collect();
    assert_eq!(page, told, "docs/cusax.md");
}

#[test]
fn every_practice_has_one_row_with_a_test_that_exists() {
    let functions = functions();
    let manual = practices(&fs::read_to_string(top().join("src/manual/cusax.rs")).unwrap());
    let ids: Vec<&str> = manual.iter().map(|row| row[0].as_str()).collect();
    let wanted = (1..=48).map(|at| format!("C-{at:02}")).chain((1..=16).map(|at| format!("S-{at:02}")));
    for id in wanted {
        assert_eq!(ids.iter().filter(|known| **known == id).count(), 1, "{id}: one row");
    }
    assert_eq!(ids.len(), 48 + 16, "and nothing else");
    for row in &manual {
        let tests = cited(&row[3]);
        assert!(tests.iter().any(|test| functions.contains(test)), "{}: a test shows it", row[0]);
    }
}

/// The rows of the complaints: number, words, tests.
fn complaints() -> Vec<(u32, String, BTreeSet<String>)> {
    let text = fs::read_to_string(top().join("src/manual/complaints.rs")).unwrap();
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("//! | ")?.trim_end_matches('|').split(" | ").collect();
            let number = cells.first()?.trim().parse().ok()?;
            Some((number, cells.get(1)?.trim().to_owned(), cited(cells.get(2)?)))
        })
        .collect()
}

/// Complaints that no test answers yet: what is missing there.
const UNANSWERED: [u32; 2] = [3, 46];

#[test]
fn every_complaint_has_a_row_and_a_test_that_answers_it() {
    let rows = complaints();
    let numbers: Vec<u32> = rows.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=63).collect::<Vec<_>>(), "each once, in order");
    for (number, words, tests) in &rows {
        assert!(!words.is_empty());
        assert!(!tests.is_empty() || UNANSWERED.contains(number), "{number}: no test answers it");
    }
    for test in functions().iter().filter(|test| test.starts_with("complaint_")) {
        let number: u32 = test.split('_').nth(1).and_then(|digits| digits.parse().ok()).expect("a number");
        let row = rows.iter().find(|(known, ..)| *known == number);
        assert!(row.is_some_and(|(.., tests)| tests.contains(test)), "name {test} in row {number}");
    }
}
