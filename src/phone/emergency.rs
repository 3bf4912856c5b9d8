//! The numbers that call help.
//!
//! 112 and 911 are emergency numbers on every phone (3GPP TS 22.101 section 10.1.1). The rest are the numbers that each
//! country's services publish; administrators add theirs in `numbers.emergency`. RFC 5031 gives services a URN, which few
//! phone services accept, so help is called by its number, exactly as typed.

/// Everywhere.
const EVERYWHERE: &[&str] = &["112", "911"];

/// Region (ISO 3166) and its numbers, beside those of everywhere.
const BY_REGION: &[(&str, &[&str])] = &[
    ("AR", &["100", "101", "107"]),
    ("AT", &["122", "133", "140", "144"]),
    ("AU", &["000", "106"]),
    ("BE", &["100", "101"]),
    ("BG", &["150", "160", "166"]),
    ("BR", &["190", "192", "193"]),
    ("CH", &["117", "118", "144", "1414"]),
    ("CL", &["131", "132", "133"]),
    ("CN", &["110", "119", "120"]),
    ("CO", &["123"]),
    ("CY", &["199"]),
    ("CZ", &["150", "155", "156", "158"]),
    ("DE", &["110"]),
    ("EG", &["122", "123", "180"]),
    ("ES", &["061", "062", "080", "091", "092"]),
    ("FR", &["15", "17", "18", "114", "191", "196"]),
    ("GB", &["999"]),
    ("GR", &["100", "166", "199"]),
    ("HK", &["999"]),
    ("HR", &["192", "193", "194", "195"]),
    ("HU", &["104", "105", "107"]),
    ("ID", &["110", "113", "118"]),
    ("IE", &["999"]),
    ("IL", &["100", "101", "102"]),
    ("IN", &["100", "101", "102", "108"]),
    ("IT", &["113", "115", "118"]),
    ("JP", &["110", "118", "119"]),
    ("KR", &["119"]),
    ("LI", &["117", "118", "144"]),
    ("LU", &["113"]),
    ("LV", &["110", "113"]),
    ("MX", &["066", "080"]),
    ("MY", &["999"]),
    ("NO", &["110", "113"]),
    ("NZ", &["111"]),
    ("PL", &["997", "998", "999"]),
    ("PT", &["115"]),
    ("RU", &["101", "102", "103"]),
    ("SG", &["995", "999"]),
    ("SI", &["113"]),
    ("SK", &["150", "155", "158"]),
    ("TH", &["191", "199", "1669"]),
    ("TR", &["110", "155", "156"]),
    ("TW", &["110", "119"]),
    ("UA", &["101", "102", "103"]),
    ("ZA", &["10111", "10177"]),
];

/// The emergency numbers of a region; those of everywhere come first.
pub fn emergency_numbers(region: Option<&str>) -> Vec<&'static str> {
    let own = BY_REGION.iter().filter(|(name, _)| Some(*name) == region).flat_map(|(_, numbers)| numbers.iter());
    EVERYWHERE.iter().chain(own).copied().collect()
}
