//! Texts and their styles: as XEP-0393 says, and whatever strangers write.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::model::mutation::{MUTATIONS, mutated};

/// The styles in a short notation: `b[…]`, directives in `<…>`, links in `@[…]`, lines ended by `/`, quotes by `>`.
fn shown(text: &str) -> String {
    let mut out = String::new();
    for block in Styled::parse(text, true).blocks {
        let quote = ">".repeat(usize::from(block.quote));
        match block.content {
            BlockContent::Code(lines) => {
                for line in lines {
                    out.push_str(&format!("{quote}#{}/", &text[line]));
                }
            }
            BlockContent::Lines(lines) => {
                for line in lines {
                    out.push_str(&quote);
                    for run in line {
                        let part = &text[run.range];
                        let look = run.look;
                        let mut marks = String::new();
                        for (set, mark) in [(look.bold, 'b'), (look.italic, 'i'), (look.struck, 's'), (look.mono, 'm')]
                        {
                            if set {
                                marks.push(mark);
                            }
                        }
                        if run.link.is_some() {
                            marks.push('@');
                        }
                        if look.directive {
                            out.push_str(&format!("<{part}>"));
                        } else if marks.is_empty() {
                            out.push_str(part);
                        } else {
                            out.push_str(&format!("{marks}[{part}]"));
                        }
                    }
                    out.push('/');
                }
            }
        }
    }
    out
}

#[test]
fn texts_are_styled_as_xep_0393_says() {
    let rows = [
        ("plain", "plain/"),
        ("*strong*", "<*>b[strong]<*>/"),
        ("_emph_ ~gone~ `code`", "<_>i[emph]<_> <~>s[gone]<~> <`>m[code]<`>/"),
        ("*_both_*", "<*><_>bi[both]<_><*>/"),
        ("`*not*`", "<`>m[*not*]<`>/"),
        // Section 5.2: not followed by white space, not closed behind white space.
        ("* not strong*", "* not strong*/"),
        ("*not strong *", "*not strong */"),
        ("*not \n strong*", "*not / strong*/"),
        ("**", "**/"),
        ("***", "***/"),
        ("****", "****/"),
        ("not*strong*", "not*strong*/"),
        ("*strong*plain*", "<*>b[strong]<*>plain*/"),
        ("* plain *strong*", "* plain <*>b[strong]<*>/"),
        ("*first _second* third_", "<*>b[first _second]<*> third_/"),
        ("2*3*4", "2*3*4/"),
        ("snake_case_name", "snake_case_name/"),
        // Quotes and code.
        ("> said\nanswer", ">said/answer/"),
        (">> deep\n> less", ">>deep/>less/"),
        ("> > deep", ">>deep/"),
        ("```\n*as it is*\n```\n*bold*", "#*as it is*/<*>b[bold]<*>/"),
        ("```rust\nlet a;", "#let a;/"),
        ("> ```\n> code\nplain", ">#code/plain/"),
        ("``` not at the end", ""),
        // Links stay whole.
        ("https://example.com/a_b_c", "@[https://example.com/a_b_c]/"),
        ("*https://example.com/*", "<*>b@[https://example.com/]<*>/"),
        ("", "/"),
    ];
    for (text, expected) in rows {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn an_unstyled_text_has_only_links() {
    let styled = Styled::parse("*a* https://example.com\n> b", false);
    assert_eq!(styled.links().count(), 1);
    assert!(!styled.is_plain());
    assert!(Styled::parse("*a*\n> b", false).is_plain());
}

#[test]
fn what_somebody_does_begins_with_me_and_a_space() {
    assert_eq!(action("/me waves"), Some("waves"));
    for not in ["/meow", "/me", "/me ", " /me waves", "/ME waves"] {
        assert_eq!(action(not), None, "{not}");
    }
}

#[test]
fn a_few_emoji_are_told_from_words() {
    for only in ["👍", "🎉🎉", "❤️", "👩‍👩‍👧‍👦", "👍🏽 🎉"] {
        assert!(is_only_emoji(only), "{only}");
    }
    for not in ["", "ok 👍", "1", "👍👍👍👍👍👍", "*", "#"] {
        assert!(!is_only_emoji(not), "{not}");
    }
}

#[test]
fn x27_ten_thousand_nested_quotes_and_spans_are_bounded() {
    for text in [
        ">".repeat(10_000),
        "> ".repeat(10_000),
        "*_~".repeat(30_000),
        "*a ".repeat(30_000),
        "```\n".repeat(20_000),
        "> a\nb\n".repeat(20_000),
        "`".repeat(90_000),
        "*a*\n".repeat(20_000),
    ] {
        let styled = Styled::parse(&text, true);
        assert!(styled.blocks.len() <= MOST_BLOCKS + 1);
        assert!(styled.blocks.iter().all(|block| block.quote <= DEEPEST));
    }
}

#[test]
fn x27_a_hundred_thousand_mutated_texts_are_styled_without_harm() {
    let seeds: Vec<Vec<u8>> = [
        "*a* _b_ ~c~ `d` https://example.com/x_y > q",
        "> *a\n>> b_ ```\n```\ncode *x*\n```",
        "/me *_~`x`~_* tel:+4930 <mailto:a@b.c>",
        "שלום *עולם* 👩‍👩‍👧‍👦 _é_",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    let mut random = StdRng::seed_from_u64(393);
    for _ in 0..MUTATIONS {
        let text = String::from_utf8_lossy(&mutated(&seeds, &mut random)).into_owned();
        for block in Styled::parse(&text, true).blocks {
            let mut last = 0;
            let mut check = |range: &Range<usize>| {
                assert!(text.get(range.clone()).is_some(), "a place in the text");
                assert!(range.start >= last, "in order");
                last = range.end;
            };
            match block.content {
                BlockContent::Code(lines) => lines.iter().for_each(&mut check),
                BlockContent::Lines(lines) => lines.iter().flatten().for_each(|run| check(&run.range)),
            }
        }
    }
}

#[test]
fn emoji_are_told_from_what_stands_beside_them() {
    let parts = |text: &'static str| -> Vec<(bool, &'static str)> {
        emoji_apart(text).into_iter().map(|(emoji, range)| (emoji, &text[range])).collect()
    };
    assert_eq!(
        parts("so \u{1f44d}\u{1f3fd}\u{1f389}, ok"),
        [(false, "so "), (true, "\u{1f44d}\u{1f3fd}\u{1f389}"), (false, ", ok")]
    );
    assert_eq!(parts("\u{2764}\u{fe0f}"), [(true, "\u{2764}\u{fe0f}")]);
    assert_eq!(parts("plain"), [(false, "plain")]);
    assert!(parts("").is_empty());
}
