//! For tests: good inputs made bad, reproducibly.

use std::path::Path;

use rand::Rng;
use rand::rngs::StdRng;

/// How many mutations each target takes in the tests.
pub const MUTATIONS: usize = 100_000;

/// The files of a corpus, by name: `.hex` files hold one input in each line, others are one input.
pub fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut inputs = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        if file.extension().is_some_and(|ending| ending == "hex") {
            let text = String::from_utf8(bytes).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
            inputs.extend(lines.map(|line| {
                (0..line.len() / 2).map(|at| u8::from_str_radix(&line[2 * at..2 * at + 2], 16).unwrap()).collect()
            }));
        } else {
            inputs.push(bytes);
        }
    }
    assert!(!inputs.is_empty(), "{name} has a corpus");
    inputs
}

/// One of the inputs, changed in one to eight places; now and then it stays as it is.
pub fn mutated(inputs: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let mut input = inputs[random.random_range(0..inputs.len())].clone();
    for _ in 0..random.random_range(0..=8) {
        let place = random.random_range(0..=input.len());
        match random.random_range(0..8) {
            0 => input.insert(place, random.random()),
            1 => input.truncate(place),
            2 => {
                let end = (place + random.random_range(0..16)).min(input.len());
                input.drain(place..end);
            }
            3 => {
                let end = (place + random.random_range(0..32)).min(input.len());
                let part = input[place..end].to_vec();
                input.splice(place..place, part);
            }
            4 => {
                let other = &inputs[random.random_range(0..inputs.len())];
                let from = random.random_range(0..=other.len());
                input.truncate(place);
                input.extend_from_slice(&other[from..]);
            }
            5 => {
                for byte in input.iter_mut().skip(place).take(random.random_range(1..5)) {
                    *byte = [0, 1, 0x7f, 0x80, 0xff][random.random_range(0..5)];
                }
            }
            _ => {
                if let Some(byte) = input.get_mut(place) {
                    *byte ^= 1 << random.random_range(0..8);
                }
            }
        }
    }
    input
}
