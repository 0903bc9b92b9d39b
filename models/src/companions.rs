//! The small files that belong to a safetensors checkpoint.

/// What they are called when their name does not end in `.json` or `.jinja`.
const NAMES: [&str; 4] = ["merges.txt", "vocab.txt", "tokenizer.model", "spiece.model"];

/// Whether the file `name` beside weights is part of the checkpoint: configuration, tokenizer, template.
pub(crate) fn is_companion(name: &str) -> bool {
    let ends = |end: &str| name.len() > end.len() && name.ends_with(end);
    !name.starts_with('.')
        && !name.contains('/')
        && (ends(".json") || ends(".jinja") || NAMES.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_tokenizer_and_template_belong_to_it() {
        for name in [
            "config.json",
            "tokenizer.json",
            "chat_template.jinja",
            "merges.txt",
            "model.safetensors.index.json",
        ] {
            assert!(is_companion(name), "{name}");
        }
        for name in [
            "README.md",
            ".json",
            ".hidden.json",
            "a/config.json",
            "model.py",
            "pytorch_model.bin",
        ] {
            assert!(!is_companion(name), "{name}");
        }
    }
}
