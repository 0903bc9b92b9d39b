//! JSON Schemas as people write them, at random.

use serde_json::{Map, Value, json};

/// How deep they nest.
const DEPTH: u32 = 3;
const WORDS: [&str; 12] = [
    "name",
    "path",
    "count",
    "items",
    "kind",
    "é",
    "a b",
    "due date",
    "tags",
    "x",
    "first_name",
    "n\"q",
];

/// A sequence of random numbers that follows from its seed.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Starts the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number below `count`, which must not be 0.
    pub fn below(&mut self, count: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % count as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }
}

/// A schema whose every answer ends, the same for the same seed.
pub fn random_schema(seed: u64) -> Value {
    let mut dice = Dice::new(seed);
    let point = object(&mut dice, 1);
    let mut root = match dice.below(4) {
        0 => json!({"type": "array", "items": schema(&mut dice, DEPTH - 1), "maxItems": 3}),
        _ => object(&mut dice, DEPTH),
    };
    root["$defs"] = json!({"part": point});
    root
}

fn schema(dice: &mut Dice, depth: u32) -> Value {
    let kinds = if depth == 0 { 8 } else { 13 };
    match dice.below(kinds) {
        0 => string(dice),
        1 => integer(dice),
        2 => number(dice),
        3 => json!({"type": "boolean"}),
        4 => json!({"enum": [dice.word(), dice.below(100), null, true]}),
        5 => json!({"const": dice.word()}),
        6 => json!({"type": ["string", "null"], "maxLength": 8}),
        7 => formatted(dice),
        8 | 9 => object(dice, depth),
        10 => array(dice, depth),
        11 => {
            let options: Vec<Value> = (0..=dice.below(2))
                .map(|_| schema(dice, depth - 1))
                .collect();
            json!({"anyOf": options})
        }
        _ => json!({"$ref": "#/$defs/part"}),
    }
}

fn string(dice: &mut Dice) -> Value {
    match dice.below(5) {
        0 => json!({"type": "string", "maxLength": 40}),
        1 => json!({"type": "string", "minLength": 2, "maxLength": 10}),
        2 => json!({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{1,4}$"}),
        3 => json!({"type": "string", "enum": [dice.word(), "other"]}),
        _ => json!({"type": "string", "maxLength": 20}),
    }
}

fn formatted(dice: &mut Dice) -> Value {
    let formats = ["date", "time", "date-time", "uuid", "ipv4"];
    json!({"type": "string", "format": formats[dice.below(formats.len())]})
}

fn integer(dice: &mut Dice) -> Value {
    let least = dice.below(2000) as i64 - 1000;
    match dice.below(4) {
        0 => json!({"type": "integer"}),
        1 => json!({"type": "integer", "minimum": least}),
        2 => json!({"type": "integer", "exclusiveMaximum": least}),
        _ => {
            json!({"type": "integer", "minimum": least, "maximum": least + dice.below(500) as i64})
        }
    }
}

fn number(dice: &mut Dice) -> Value {
    let least = dice.below(200) as f64 / 4.0 - 25.0;
    match dice.below(3) {
        0 => json!({"type": "number"}),
        1 => json!({"type": "number", "minimum": least}),
        _ => json!({"type": "number", "minimum": least, "maximum": least + 10.5}),
    }
}

fn array(dice: &mut Dice, depth: u32) -> Value {
    let items = schema(dice, depth - 1);
    let least = dice.below(3);
    match dice.below(3) {
        0 => json!({"type": "array", "items": items, "minItems": least, "maxItems": least + 2}),
        1 => json!({"type": "array", "prefixItems": [items, {"type": "boolean"}], "items": false,
            "minItems": least}),
        _ => json!({"type": "array", "items": items, "maxItems": 3}),
    }
}

fn object(dice: &mut Dice, depth: u32) -> Value {
    let mut properties = Map::new();
    for _ in 0..=dice.below(4) {
        properties.insert(dice.word().to_owned(), schema(dice, depth - 1));
    }
    if dice.one_in(8) {
        return open_object(&properties);
    }
    let required: Vec<&String> = properties.keys().filter(|_| dice.one_in(2)).collect();
    json!({"type": "object", "properties": properties, "required": required,
        "additionalProperties": false})
}

/// An object with keys the schema does not name; few and short ones, since a model may go on for ever.
fn open_object(properties: &Map<String, Value>) -> Value {
    let required: Vec<&String> = properties.keys().collect();
    json!({"type": "object", "properties": properties, "required": required,
        "patternProperties": {"^[A-Z]{1,8}$": {"type": ["integer", "null"]}},
        "additionalProperties": false, "maxProperties": required.len() + 2})
}
