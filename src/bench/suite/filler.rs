//! Long prompts made of a short file: filler that is written from a seed, with needles in it.
//!
//! The same seed gives the same text for ever. A shorter text has the same needles at the same
//! relative depths, so that a case can shrink to a model's window and still ask the same.

use std::fmt::Write as _;

/// Where the filler stands in a prompt.
pub(super) const MARK: &str = "{{filler}}";
/// Bytes of filler that one token stands for, about: English words and a few numbers.
const BYTES_PER_TOKEN: f64 = 4.0;

/// Text that makes a prompt long.
#[derive(Debug, Clone, PartialEq)]
pub struct Filler {
    /// About how many tokens.
    pub tokens: usize,
    /// What it is made from.
    pub seed: u64,
    /// What is to be found in it, first one first.
    pub needles: Vec<Needle>,
}

/// A line of its own within the filler.
#[derive(Debug, Clone, PartialEq)]
pub struct Needle {
    /// How deep, from 0 to 1.
    pub at: f64,
    /// The line.
    pub text: String,
}

/// How much a model reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// Tokens for the prompt, all of it.
    pub tokens: usize,
    /// Bytes of text a token of this model stands for.
    pub bytes_per_token: f64,
}

/// A prompt as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// How it was made to fit: about so many tokens of filler, of so many wanted.
    pub shortened: Option<(usize, usize)>,
}

impl Written {
    pub(super) fn plain(text: String) -> Self {
        Self {
            text,
            shortened: None,
        }
    }
}

impl Filler {
    /// Puts the filler into `template`.
    pub(super) fn write(&self, template: &str, room: Room) -> Written {
        let needles: usize = self
            .needles
            .iter()
            .map(|needle| needle.text.len() + 1)
            .sum();
        let fixed = (template.len() + needles) as f64;
        let fits = (room.tokens as f64 * room.bytes_per_token - fixed).max(0.0);
        let wanted = self.tokens as f64 * BYTES_PER_TOKEN;
        let filler = self.text(wanted.min(fits) as usize);
        let shortened = (fits < wanted).then(|| {
            let tokens = filler.len() as f64 / room.bytes_per_token.max(0.1);
            (tokens as usize, self.tokens)
        });
        Written {
            text: template.replace(MARK, filler.trim_end()),
            shortened,
        }
    }

    /// Writes at most `bytes_max` of filler, needles apart.
    fn text(&self, bytes_max: usize) -> String {
        let mut random = Random(self.seed);
        let (mut lines, mut bytes) = (Vec::new(), 0);
        loop {
            let line = line(lines.len(), &mut random);
            bytes += line.len() + 1;
            if bytes > bytes_max {
                break;
            }
            lines.push(line);
        }
        self.with_needles(&lines)
    }

    fn with_needles(&self, lines: &[String]) -> String {
        let mut text = String::new();
        let mut needles = self.needles.iter().peekable();
        for (number, line) in lines.iter().enumerate() {
            let depth = number as f64 / lines.len() as f64;
            while let Some(needle) = needles.next_if(|needle| needle.at <= depth) {
                text += &needle.text;
                text.push('\n');
            }
            text += line;
            text.push('\n');
        }
        for needle in needles {
            text += &needle.text;
            text.push('\n');
        }
        text
    }
}

/// The number of the first line of a sample: most lines of a long text have as many digits.
const SAMPLE_FROM: usize = 1_000;

/// Returns about so many bytes of lines like those of a long filler, to measure tokens by.
pub fn sample(bytes: usize) -> String {
    let mut random = Random(1);
    let mut text = String::new();
    let mut number = SAMPLE_FROM;
    while text.len() < bytes {
        text += &line(number, &mut random);
        text.push('\n');
        number += 1;
    }
    text
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[(self.next() % words.len() as u64) as usize]
    }
}

const SHIPS: [&str; 16] = [
    "Alma",
    "Borealis",
    "Cormorant",
    "Dahlia",
    "Ember",
    "Fulmar",
    "Gannet",
    "Halcyon",
    "Isolde",
    "Juniper",
    "Kestrel",
    "Lantern",
    "Marigold",
    "Nerissa",
    "Osprey",
    "Petrel",
];
const DEEDS: [&str; 10] = [
    "takes on",
    "puts ashore",
    "asks for",
    "waits for",
    "reports the loss of",
    "declares",
    "signs for",
    "sends back",
    "trades away",
    "stores below deck",
];
const GOODS: [&str; 16] = [
    "salted cod",
    "coils of rope",
    "lamp oil",
    "sacks of barley",
    "roof slates",
    "apple casks",
    "window glass",
    "copper sheet",
    "dry peas",
    "sail cloth",
    "brown paper",
    "iron hoops",
    "candle wax",
    "oak staves",
    "green tea",
    "pottery",
];
const PLACES: [&str; 10] = [
    "the long pier",
    "the coal wharf",
    "the fish market",
    "the outer buoy",
    "the customs house",
    "the rope walk",
    "the north mole",
    "the dry dock",
    "the grain store",
    "the ferry stage",
];
const WEATHER: [&str; 12] = [
    "a light wind from the west",
    "fog until noon",
    "steady rain",
    "a falling glass",
    "clear sky",
    "a heavy swell",
    "hail in the night",
    "a warm evening",
    "thin ice in the basin",
    "low cloud",
    "gusts from the south",
    "a calm sea",
];
const ENDS: [&str; 10] = [
    "The clerk makes a note of it.",
    "Nobody objects.",
    "The pilot is paid in full.",
    "The crew goes ashore for the night.",
    "The bell is rung twice.",
    "A copy is sent to the office.",
    "The crane is idle after that.",
    "Two carters help with the load.",
    "The tally is found to be right.",
    "The gate is shut at dusk.",
];

/// One entry of the log book of a harbour.
fn line(number: usize, random: &mut Random) -> String {
    let mut line = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        line,
        "Entry {}: with {}, the {} {} {} at {}. {}",
        number + 1,
        random.of(&WEATHER),
        random.of(&SHIPS),
        random.of(&DEEDS),
        random.of(&GOODS),
        random.of(&PLACES),
        random.of(&ENDS),
    );
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filler() -> Filler {
        let needle = |at, text: &str| Needle {
            at,
            text: text.to_owned(),
        };
        Filler {
            tokens: 2_000,
            seed: 7,
            needles: vec![needle(0.25, "FIRST"), needle(1.0, "LAST")],
        }
    }

    fn room(tokens: usize) -> Room {
        Room {
            tokens,
            bytes_per_token: 4.0,
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_text_for_ever() {
        let text = filler().write("<{{filler}}>", room(100_000)).text;
        let first = text.lines().next().unwrap_or_default();
        assert_eq!(
            first,
            "<Entry 1: with a falling glass, the Marigold signs for iron hoops at the customs house. A copy is sent to the office."
        );
        assert!((7_600..=8_100).contains(&text.len()), "{}", text.len());
        assert!(text.ends_with("LAST>"));
    }

    #[test]
    fn a_window_that_is_too_small_shortens_the_filler_and_keeps_the_needles() {
        let whole = filler().write("{{filler}}", room(100_000));
        assert_eq!(whole.shortened, None);
        let cut = filler().write("{{filler}}", room(500));
        let (tokens, wanted) = cut.shortened.unwrap_or_default();
        assert!(tokens <= 500 && tokens > 400, "{tokens}");
        assert_eq!(wanted, 2_000);
        for text in [&whole.text, &cut.text] {
            let at = text.find("FIRST").unwrap_or_default() as f64 / text.len() as f64;
            assert!((0.2..0.3).contains(&at), "{at}");
            assert!(text.ends_with("LAST"));
        }
        let none = filler().write("a {{filler}} b", room(1));
        assert_eq!(none.text, "a FIRST\nLAST b");
    }
}
