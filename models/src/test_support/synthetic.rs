//! Checkpoints of the shape of real ones, to measure with: random weights of every size, and text
//! that follows rules one can write down.

use super::gguf_writer::{GgufWriter, Value};

/// Letters that words are made of.
const LETTERS: std::ops::RangeInclusive<char> = 'a'..='z';
/// Every message as it stands, one behind the other, so that a prompt ends with a chosen word.
const TEMPLATE: &str = "{%- for message in messages %}{{- message.content }}{%- endfor %}";
/// How much of the residual stream the blocks change: a thousandth, so that what follows a word is
/// what the output layer says.
const BLOCK_SCALE: f32 = 1e-3;

/// The shape of a synthetic `qwen3`, and what its answers are.
#[derive(Debug, Clone)]
pub struct Synthetic {
    /// Width of the residual stream.
    pub hidden: u32,
    /// Number of blocks.
    pub layers: u32,
    /// Query heads.
    pub heads: u32,
    /// Key-value heads.
    pub kv_heads: u32,
    /// Elements of a head.
    pub head_dim: u32,
    /// Width inside the feed-forward part.
    pub feed_forward: u32,
    /// Number of tokens.
    pub vocabulary: u32,
    /// Context length.
    pub context: u32,
    /// Whether the output layer is the embedding; then nothing follows from anything.
    pub tied: bool,
    /// Pairs of words, the second of which is likely behind the first; all that stand behind the same
    /// one are equally likely.
    pub follows: Vec<(u32, u32)>,
}

impl Default for Synthetic {
    /// The shape of Qwen3-0.6B, in which nothing follows from anything.
    fn default() -> Self {
        Self {
            hidden: 1024,
            layers: 28,
            heads: 16,
            kv_heads: 8,
            head_dim: 128,
            feed_forward: 3072,
            vocabulary: 151_936,
            context: 8192,
            tied: false,
            follows: Vec::new(),
        }
    }
}

impl Synthetic {
    /// The shape of Qwen3-1.7B, in which nothing follows from anything.
    pub fn larger() -> Self {
        Self {
            hidden: 2048,
            feed_forward: 6144,
            ..Self::default()
        }
    }

    /// The id of word `number`, below 17,576: a space and three letters, always one token.
    pub fn word(number: u32) -> u32 {
        256 + 26 + 26 * 26 + number
    }

    /// The text of word `number`.
    pub fn text(number: u32) -> String {
        let letter = |place: u32| char::from(b'a' + (number / 26u32.pow(place) % 26) as u8);
        format!(" {}{}{}", letter(2), letter(1), letter(0))
    }

    /// Writes the checkpoint, matrices in `Q8_0` and vectors in f32.
    pub fn gguf(&self) -> GgufWriter {
        let mut writer = self.with_tokenizer(self.with_numbers(GgufWriter::default()));
        let mut random = Random(1);
        let (hidden, wide) = (self.hidden, self.heads * self.head_dim);
        let (narrow, inner) = (self.kv_heads * self.head_dim, self.feed_forward);
        let embeddings = random.values(self.vocabulary * hidden, 1.0);
        writer = matrix(writer, "token_embd.weight", self.vocabulary, &embeddings);
        if !self.tied {
            let output = self.output(&embeddings, &mut random);
            writer = matrix(writer, "output.weight", self.vocabulary, &output);
        }
        drop(embeddings);
        writer = writer.f32("output_norm.weight", &[u64::from(hidden)], &ones(hidden));
        for layer in 0..self.layers {
            for (name, rows, columns, scale) in [
                ("attn_q", wide, hidden, 0.03),
                ("attn_k", narrow, hidden, 0.03),
                ("attn_v", narrow, hidden, 0.03),
                ("attn_output", hidden, wide, BLOCK_SCALE),
                ("ffn_gate", inner, hidden, 0.03),
                ("ffn_up", inner, hidden, 0.03),
                ("ffn_down", hidden, inner, BLOCK_SCALE),
            ] {
                let values = random.values(rows * columns, scale);
                writer = matrix(writer, &format!("blk.{layer}.{name}.weight"), rows, &values);
            }
            for (name, len) in [
                ("attn_norm", hidden),
                ("ffn_norm", hidden),
                ("attn_q_norm", self.head_dim),
                ("attn_k_norm", self.head_dim),
            ] {
                let name = format!("blk.{layer}.{name}.weight");
                writer = writer.f32(&name, &[u64::from(len)], &ones(len));
            }
        }
        writer
    }

    /// The output layer: the row of a word is the sum of the embeddings of those it follows.
    fn output(&self, embeddings: &[f32], random: &mut Random) -> Vec<f32> {
        let hidden = self.hidden as usize;
        let mut output = random.values(self.vocabulary * self.hidden, 0.01);
        for &(first, second) in &self.follows {
            let from = &embeddings[first as usize * hidden..][..hidden];
            let to = &mut output[second as usize * hidden..][..hidden];
            for (to, from) in to.iter_mut().zip(from) {
                *to += 0.1 * from;
            }
        }
        output
    }

    fn with_numbers(&self, writer: GgufWriter) -> GgufWriter {
        let numbers = [
            ("context_length", self.context),
            ("embedding_length", self.hidden),
            ("block_count", self.layers),
            ("feed_forward_length", self.feed_forward),
            ("attention.head_count", self.heads),
            ("attention.head_count_kv", self.kv_heads),
            ("attention.key_length", self.head_dim),
            ("attention.value_length", self.head_dim),
        ];
        let writer = writer
            .key("general.architecture", Value::Text("qwen3".to_owned()))
            .key("qwen3.attention.layer_norm_rms_epsilon", Value::F32(1e-6))
            .key("qwen3.rope.freq_base", Value::F32(1e6));
        numbers.into_iter().fold(writer, |writer, (name, number)| {
            writer.key(&format!("qwen3.{name}"), Value::U32(number))
        })
    }

    /// A byte-level tokenizer in which a space and three letters are one token.
    fn with_tokenizer(&self, writer: GgufWriter) -> GgufWriter {
        let mut tokens = super::tiny_tokens();
        tokens.truncate(256);
        let mut merges = Vec::new();
        let mut words = vec!["Ġ".to_owned()];
        for _ in 0..3 {
            let longer = |word: &String| {
                let word = word.clone();
                LETTERS.map(move |letter| (word.clone(), letter))
            };
            let pairs: Vec<_> = words.iter().flat_map(longer).collect();
            merges.extend(
                pairs
                    .iter()
                    .map(|(word, letter)| format!("{word} {letter}")),
            );
            words = pairs
                .into_iter()
                .map(|(word, letter)| format!("{word}{letter}"))
                .collect();
            tokens.extend_from_slice(&words);
        }
        let end = self.vocabulary - 1;
        tokens.extend((tokens.len() as u32..end).map(|id| format!("<{id}>")));
        tokens.push("<|end|>".to_owned());
        let kinds = (0..=end).map(|id| if id == end { 3 } else { 1 });
        let text = |text: &str| Value::Text(text.to_owned());
        writer
            .key("tokenizer.ggml.model", text("gpt2"))
            .key("tokenizer.ggml.pre", text("gpt-2"))
            .key("tokenizer.ggml.token_type", Value::I32s(kinds.collect()))
            .key("tokenizer.ggml.tokens", Value::Texts(tokens))
            .key("tokenizer.ggml.merges", Value::Texts(merges))
            .key("tokenizer.ggml.eos_token_id", Value::U32(end))
            .key("tokenizer.ggml.add_bos_token", Value::Bool(false))
            .key("tokenizer.chat_template", text(TEMPLATE))
    }
}

fn matrix(writer: GgufWriter, name: &str, rows: u32, values: &[f32]) -> GgufWriter {
    let columns = values.len() as u64 / u64::from(rows);
    writer.q8_0(name, &[u64::from(rows), columns], values)
}

fn ones(len: u32) -> Vec<f32> {
    vec![1.0; len as usize]
}

/// A splitmix64 sequence.
struct Random(u64);

impl Random {
    fn values(&mut self, count: u32, scale: f32) -> Vec<f32> {
        (0..count)
            .map(|_| scale * super::tiny::next_random(&mut self.0))
            .collect()
    }
}
