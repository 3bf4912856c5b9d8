//! What a recording's file is called.

use crate::model::WallTime;

/// The longest part of a name that is taken over, in characters.
const LONGEST: usize = 60;

/// A file name without its ending: when it began (UTC) and with whom. Nothing of what others call themselves can lead out of
/// the folder, hide the file, or mean something to a shell; digits that were sent in the call are never in it (M10).
pub fn file_name(began: WallTime, with: &str) -> String {
    let when = began.to_rfc3339();
    let when: String = when
        .chars()
        .take(19)
        .map(|c| match c {
            'T' => ' ',
            ':' => '-',
            c => c,
        })
        .collect();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '@' | '+');
    let words: String = with.chars().take(LONGEST).map(|c| if plain(c) { c } else { '_' }).collect();
    let words = words.trim_matches(['.', ' ', '_']);
    if words.is_empty() { format!("{when}Z call") } else { format!("{when}Z {words}") }
}

#[cfg(test)]
mod tests {
    use super::file_name;
    use crate::model::WallTime;

    #[test]
    fn names_are_safe_whatever_others_call_themselves() {
        let began = WallTime::from_unix_ms(1_795_000_000_000);
        for (with, expected) in [
            ("Bob", "2026-11-18 11-06-40Z Bob"),
            ("../../etc/passwd", "2026-11-18 11-06-40Z etc_passwd"),
            ("a/b\\c:d\0e\n$(x)", "2026-11-18 11-06-40Z a_b_c_d_e___x"),
            ("\u{202e}gnp.exe", "2026-11-18 11-06-40Z gnp.exe"),
            ("...", "2026-11-18 11-06-40Z call"),
            ("", "2026-11-18 11-06-40Z call"),
            ("Zoë 日本", "2026-11-18 11-06-40Z Zoë 日本"),
        ] {
            assert_eq!(file_name(began, with), expected);
        }
        assert!(file_name(began, &"x".repeat(5_000)).len() < 100);
    }
}
