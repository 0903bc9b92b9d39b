//! From rules to grammars that can be followed.

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use llguidance::api::TopLevelGrammar;
use llguidance::{Matcher, ParserFactory};
use serde_json::{Value, json};
use toktrie::{TokEnv, TokRxInfo, TokTrie, TokenizerEnv};

use super::lexicon::{self, Lexicon, said};
use super::promise::promised;
use super::schema::{CHECK_MAX, within_deadline};
use super::{CallRules, Guide, Lark, ResponseFormat, Rules, refused};
use crate::dialect::{Dialect, HARMONY_STARTS, ReasoningMarkup, Tool};
use crate::error::ModelError;
use crate::tokenizer::Tokenizer;

/// How long building the grammars of one request may take.
const BUILD_MAX: Duration = Duration::from_secs(10);
/// How many plans are kept for the next request with the same rules.
const PLANS_MAX: usize = 16;
/// The longest regular expression in bytes.
const REGEX_BYTES_MAX: usize = 16 << 10;

/// The grammars of one model; a clone shares them, and the trie of its tokens.
#[derive(Debug, Clone)]
pub struct Grammars {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    tokenizer: Tokenizer,
    dialect: Dialect,
    lexicon: OnceLock<Result<Arc<Lexicon>, String>>,
    /// The latest last.
    plans: Mutex<Vec<(Rules, Plan)>>,
}

/// Rules as grammars; a clone shares them.
#[derive(Clone)]
pub struct Plan {
    pub(super) inner: Arc<Compiled>,
}

pub(super) struct Compiled {
    pub(super) lexicon: Arc<Lexicon>,
    /// What opens and closes reasoning.
    pub(super) reasoning: Option<(&'static str, &'static str)>,
    /// What an answer of a form begins with.
    pub(super) opening: Option<Matcher>,
    /// The same behind reasoning.
    pub(super) reopening: Option<Matcher>,
    pub(super) triggers: Vec<Spring>,
    /// The tools whose calls are held to less than their schema.
    pub(super) loose: Vec<String>,
}

/// A text in a free answer and the grammar that begins behind it.
pub(super) struct Spring {
    pub(super) text: Vec<u8>,
    pub(super) at_beginning: bool,
    pub(super) then: Matcher,
}

impl Grammars {
    /// Creates them for a tokenizer and the dialect its model speaks. Builds nothing yet.
    pub fn new(tokenizer: Tokenizer, dialect: Dialect) -> Self {
        Self {
            inner: Arc::new(Inner {
                tokenizer,
                dialect,
                lexicon: OnceLock::new(),
                plans: Mutex::default(),
            }),
        }
    }

    /// The plan of `rules` if they were built before.
    pub fn ready(&self, rules: &Rules) -> Option<Plan> {
        let plans = self.plans();
        let found = plans.iter().find(|(known, _)| known == rules);
        found.map(|(_, plan)| plan.clone())
    }

    /// Builds the grammars of `rules`. Takes milliseconds, some tenths of a second the first time;
    /// waits for a thread that does it at most 10 s.
    ///
    /// # Errors
    /// [`ModelError::Grammar`] naming what is not supported or which limit was met.
    pub fn plan(&self, rules: &Rules) -> Result<Plan, ModelError> {
        if let Some(plan) = self.ready(rules) {
            return Ok(plan);
        }
        let (grammars, asked) = (self.clone(), rules.clone());
        let plan = within_deadline(BUILD_MAX, move || grammars.build(&asked))?;
        let mut plans = self.plans();
        if plans.len() >= PLANS_MAX {
            plans.remove(0);
        }
        plans.push((rules.clone(), plan.clone()));
        Ok(plan)
    }

    fn plans(&self) -> std::sync::MutexGuard<'_, Vec<(Rules, Plan)>> {
        // Nothing panics while it holds the lock.
        self.inner
            .plans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lexicon(&self) -> Result<Arc<Lexicon>, ModelError> {
        let built = self.inner.lexicon.get_or_init(|| {
            let lexicon = Lexicon::new(self.inner.tokenizer.clone());
            lexicon.map(Arc::new).map_err(|error| match error {
                ModelError::Grammar { reason } => reason,
                other => other.to_string(),
            })
        });
        built.clone().map_err(refused)
    }

    /// Builds them with all that the schemas of tools say, else with all that can be promised.
    fn build(&self, rules: &Rules) -> Result<Plan, ModelError> {
        let whole = self.build_exactly(rules, Vec::new());
        if whole.is_ok() || rules.tools.is_empty() {
            return whole;
        }
        let alone = |tool: &Tool| Rules {
            tools: vec![tool.clone()],
            ..Rules::default()
        };
        let builds = |tool: &Tool| self.build_exactly(&alone(tool), Vec::new()).is_ok();
        let tools = rules.tools.iter().map(|tool| promised(tool, builds));
        let tools: Vec<Tool> = tools.collect();
        let differs = rules
            .tools
            .iter()
            .zip(&tools)
            .filter(|(asked, held)| asked != held);
        let loose: Vec<String> = differs.map(|(tool, _)| tool.name.clone()).collect();
        if loose.is_empty() {
            return whole;
        }
        let held = Rules {
            tools,
            ..rules.clone()
        };
        self.build_exactly(&held, loose)
    }

    fn build_exactly(&self, rules: &Rules, loose: Vec<String>) -> Result<Plan, ModelError> {
        let lexicon = self.lexicon()?;
        let mut lark = Lark::new(&self.inner.tokenizer);
        let calls = if rules.tools.is_empty() {
            None
        } else {
            self.inner.dialect.call_rules(&mut lark, &rules.tools)?
        };
        let body = body(&mut lark, &rules.response)?;
        let reasons = rules.may_reason;
        let openings = body.map(|body| self.openings(&mut lark, &body, calls.as_ref(), reasons));
        let start = |rule: &str| matcher(&lexicon.factory, &lark.starting_with(rule));
        let mut triggers = Vec::new();
        for trigger in calls
            .filter(|_| openings.is_none())
            .into_iter()
            .flat_map(|c| c.triggers)
        {
            triggers.push(Spring {
                text: trigger.text.into_bytes(),
                at_beginning: trigger.at_beginning,
                then: start(&trigger.then)?,
            });
        }
        let (opening, reopening) = match &openings {
            Some((opening, reopening)) => (Some(start(opening)?), Some(start(reopening)?)),
            None => (None, None),
        };
        Ok(Plan {
            inner: Arc::new(Compiled {
                reasoning: self.inner.dialect.reasoning.marks(),
                opening,
                reopening,
                triggers,
                loose,
                lexicon,
            }),
        })
    }

    /// What an answer whose text is `body` begins with, and what follows its reasoning.
    fn openings(
        &self,
        lark: &mut Lark,
        body: &Body,
        calls: Option<&CallRules>,
        reasons: bool,
    ) -> (String, String) {
        let reasoning = self.inner.dialect.reasoning;
        let calls = calls.map(|calls| calls.whole.as_str());
        if reasoning == ReasoningMarkup::Harmony {
            return harmony_openings(lark, body, calls, reasons);
        }
        let answer: Vec<&str> = [Some(body.rule.as_str()), calls]
            .into_iter()
            .flatten()
            .collect();
        let answer = answer.join(" | ");
        let space = Lark::text(" ");
        // SentencePiece begins an answer with a space that is no part of its text.
        let lead = if self.inner.tokenizer.drops_space() {
            format!("({space})? ")
        } else {
            String::new()
        };
        let open = reasoning.marks().filter(|_| reasons);
        let open = open.map_or_else(String::new, |(open, _)| format!("{} | ", lark.mark(open)));
        let gap = Lark::text("\n");
        let gap = if body.is_json {
            format!("({gap})? ({gap})? ")
        } else {
            String::new()
        };
        (
            lark.rule(&format!("{lead}({open}{answer})")),
            lark.rule(&format!("{gap}({answer})")),
        )
    }
}

/// The rule of an answer's own text.
struct Body {
    rule: String,
    is_json: bool,
}

fn body(lark: &mut Lark, response: &ResponseFormat) -> Result<Option<Body>, ModelError> {
    let (rule, is_json) = match response {
        ResponseFormat::Text => return Ok(None),
        ResponseFormat::Json => (lark.json(&json!({"type": "object"}))?, true),
        ResponseFormat::JsonSchema(schema) => (lark.json(schema)?, true),
        ResponseFormat::Regex(regex) => {
            let regex = lark_regex(regex)?;
            (lark.rule(&format!("/{regex}/")), false)
        }
    };
    Ok(Some(Body { rule, is_json }))
}

/// A regular expression in the engine's notation. It has to match as a whole, so anchors at its ends
/// say nothing.
fn lark_regex(regex: &str) -> Result<String, ModelError> {
    if regex.len() > REGEX_BYTES_MAX {
        let size = regex.len();
        return Err(refused(format!(
            "the regular expression has {size} bytes, the limit is {REGEX_BYTES_MAX}"
        )));
    }
    let inner = regex.strip_prefix('^').unwrap_or(regex);
    let inner = match inner.strip_suffix('$') {
        Some(rest) if !rest.ends_with('\\') => rest,
        Some(_) | None => inner,
    };
    if inner.is_empty() {
        return Err(refused("the regular expression is empty"));
    }
    Ok(llguidance::regex_to_lark(inner, ""))
}

fn harmony_openings(
    lark: &mut Lark,
    body: &Body,
    calls: Option<&str>,
    reasons: bool,
) -> (String, String) {
    let (channel, message, constrain) = (
        lark.mark("<|channel|>"),
        lark.mark("<|message|>"),
        lark.mark("<|constrain|>"),
    );
    let (last, analysis) = (Lark::text("final"), Lark::text("analysis"));
    let (gap, json) = (Lark::text(" "), Lark::text("json"));
    let form = format!("({gap} {constrain} {json})?");
    let mut ways = vec![format!("{channel} {last} {form} {message} {}", body.rule)];
    ways.extend(calls.map(str::to_owned));
    if reasons {
        ways.push(format!("{channel} {analysis} {message}"));
    }
    let opening = lark.rule(&ways.join(" | "));
    let (start, assistant) = (
        lark.mark("<|start|>"),
        HARMONY_STARTS.trim_start_matches("<|start|>"),
    );
    let assistant = Lark::text(assistant);
    let reopening = lark.rule(&format!("{start} {assistant} {opening}"));
    (opening, reopening)
}

/// Compiles a grammar.
fn matcher(factory: &ParserFactory, lark: &str) -> Result<Matcher, ModelError> {
    let grammar = TopLevelGrammar::from_lark(lark.to_owned());
    let parser = factory.create_parser(grammar);
    let matcher = Matcher::new(parser);
    match matcher.get_error() {
        Some(error) => Err(explained(&error)),
        None => Ok(matcher),
    }
}

/// The engine's words about a grammar that we wrote: only the reason concerns the user.
fn explained(error: &str) -> ModelError {
    let reason = error.lines().next().unwrap_or_default();
    let reason = reason
        .rsplit_once("failed to compile JSON schema: ")
        .map_or(reason, |(_, r)| r);
    if let Some((_, keys)) = reason.split_once("Unimplemented keys: ") {
        let keys = keys.replace(['"', '[', ']'], "");
        return refused(format!(
            "keyword `{keys}` of the JSON Schema is not supported"
        ));
    }
    if reason.contains("oneOf constraints are not supported") {
        return refused(
            "keyword `oneOf` of the JSON Schema is not supported where its alternatives overlap",
        );
    }
    refused(reason)
}

/// Whether a prepared schema compiles, over the 256 bytes as vocabulary.
pub(super) fn compiles(prepared: &Value) -> Result<(), ModelError> {
    static BYTES: LazyLock<Result<Arc<ParserFactory>, String>> = LazyLock::new(|| {
        let env: TokEnv = Arc::new(Bytes::new());
        let mut factory = ParserFactory::new_simple(&env).map_err(|error| error.to_string())?;
        factory.quiet();
        *factory.limits_mut() = lexicon::limits();
        Ok(Arc::new(factory))
    });
    let factory = BYTES.clone().map_err(|error| said(&error))?;
    let lark = format!("start: %json {prepared}\n");
    within_deadline(CHECK_MAX, move || matcher(&factory, &lark).map(drop))
}

/// A vocabulary of the 256 bytes and an end.
struct Bytes {
    trie: TokTrie,
}

impl Bytes {
    fn new() -> Self {
        let mut words: Vec<Vec<u8>> = (0..=254_u8).map(|byte| vec![byte]).collect();
        words.push(Vec::new()); // no text holds 0xff
        words.push([&[TokTrie::SPECIAL_TOKEN_MARKER], &b"<end>"[..]].concat());
        Self {
            trie: TokTrie::from(&TokRxInfo::new(257, 256), &words),
        }
    }
}

impl TokenizerEnv for Bytes {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<u32> {
        self.trie.greedy_tokenize(bytes)
    }
}

impl Plan {
    /// Starts following it; `in_reasoning` when the prompt ends in open reasoning.
    pub fn guide(&self, in_reasoning: bool) -> Guide {
        Guide::new(self.clone(), in_reasoning)
    }

    /// The tools whose calls are held to less than their schema, because it says what no grammar can
    /// promise.
    pub fn loose_tools(&self) -> &[String] {
        &self.inner.loose
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let formed = self.inner.opening.is_some();
        let triggers = self.inner.triggers.len();
        write!(f, "a plan, formed: {formed}, triggers: {triggers}")
    }
}
