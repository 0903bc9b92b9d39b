#![allow(clippy::unwrap_used)]

use super::super::blob::BlobId;
use super::super::file_name::FileName;
use super::*;

fn listing(files: &[(&str, u64)]) -> Listing {
    let file = |&(name, size_bytes): &(&str, u64)| HubFile {
        name: FileName::new(name).unwrap(),
        size_bytes,
        blob: BlobId::new(&"a".repeat(64)).unwrap(),
    };
    Listing {
        commit: "b".repeat(40),
        files: files.iter().map(file).collect(),
        left_out: 0,
    }
}

fn choose(typed: &str, files: &[(&str, u64)]) -> Result<String, String> {
    let wanted = typed.parse().unwrap();
    let choice = Choice::of(&wanted, &listing(files)).map_err(|error| error.to_string())?;
    let names: Vec<_> = choice.files.iter().map(|file| file.name.as_str()).collect();
    Ok(format!("{}: {}", choice.label, names.join(" ")))
}

const SIX: [(&str, u64); 6] = [
    ("m-Q4_K_M.gguf", 2_500_000_000),
    ("m-Q8_0.gguf", 4_300_000_000),
    ("m-UD-Q5_K_XL.gguf", 3_000_000_000),
    ("BF16/m-BF16-00001-of-00002.gguf", 4_000_000_000),
    ("BF16/m-BF16-00002-of-00002.gguf", 4_000_000_000),
    ("mmproj-m-f16.gguf", 1),
];

#[test]
fn a_quantisation_is_found_in_any_case() {
    assert_eq!(choose("o/m:q8_0", &SIX).unwrap(), "Q8_0: m-Q8_0.gguf");
    assert_eq!(
        choose("o/m:Q5_K_XL", &SIX).unwrap(),
        "UD-Q5_K_XL: m-UD-Q5_K_XL.gguf"
    );
    assert_eq!(
        choose("o/m:m-q8_0.gguf", &SIX).unwrap(),
        "Q8_0: m-Q8_0.gguf"
    );
}

#[test]
fn who_names_none_gets_the_usual_one() {
    assert_eq!(choose("o/m", &SIX).unwrap(), "Q4_K_M: m-Q4_K_M.gguf");
    let small = [("m-Q4_K_M.gguf", 400_000_000), ("m-Q8_0.gguf", 640_000_000)];
    assert_eq!(choose("o/m", &small).unwrap(), "Q8_0: m-Q8_0.gguf");
    assert_eq!(
        choose("o/m", &[("whatever.gguf", 5)]).unwrap(),
        "whatever.gguf: whatever.gguf"
    );
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let wanted = "o/m:Q2_K".parse().unwrap();
    let error = Choice::of(&wanted, &listing(&SIX)).unwrap_err();
    assert_eq!(error.to_string(), "`o/m` has no `Q2_K`");
    let HubError::NoChoice { choices, .. } = error else {
        panic!("{error}");
    };
    let names: Vec<_> = choices.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Q4_K_M", "Q8_0", "UD-Q5_K_XL"]);
    let split = choose("o/m:bf16", &SIX).unwrap_err();
    assert!(split.contains("split into 2 parts"), "{split}");
    let twice = [("a/m-Q8_0.gguf", 1), ("b/m-Q8_0.gguf", 1)];
    assert!(
        choose("o/m:Q8_0", &twice)
            .unwrap_err()
            .contains("name one of them")
    );
    assert_eq!(
        choose("o/m:a/m-Q8_0.gguf", &twice).unwrap(),
        "Q8_0: a/m-Q8_0.gguf"
    );
}

#[test]
fn a_safetensors_checkpoint_is_its_whole_folder() {
    let files = [
        ("model-00002-of-00002.safetensors", 9),
        ("model-00001-of-00002.safetensors", 9),
        ("model.safetensors.index.json", 1),
        ("consolidated.safetensors", 18),
        ("config.json", 1),
        ("tokenizer.json", 1),
        ("README.md", 1),
        ("onnx/model.onnx", 1),
        ("original/params.json", 1),
    ];
    assert_eq!(
        choose("o/m", &files).unwrap(),
        "safetensors: config.json model.safetensors.index.json tokenizer.json \
         model-00001-of-00002.safetensors model-00002-of-00002.safetensors"
    );
    assert_eq!(
        choose("o/m:Q4_K_M", &files).unwrap_err(),
        "`o/m` has no GGUF file, so no `Q4_K_M`"
    );
}

#[test]
fn b04_pickles_are_not_fetched() {
    let error = choose("o/m", &[("pytorch_model.bin", 1), ("config.json", 1)]).unwrap_err();
    assert!(error.contains("has pickles only"), "{error}");
    let error = choose("o/m", &[("README.md", 1)]).unwrap_err();
    assert!(
        error.contains("has no GGUF and no safetensors file"),
        "{error}"
    );
}
