//! The process that renders one template, from inside.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::thread;

use aldo_models::{Jinja, ModelError, Renderer};

use super::job::{self, JOB_BYTES_MAX, ReadJob};
use super::{MEMORY_BYTES_MAX, ROLE, frame};
use crate::seal::{self, Files, Seal};

/// The stack for parsing and rendering; real templates nest a dozen deep.
const STACK_BYTES: usize = 32 << 20;

/// Whether the program was started to render a template: then [`serve`] is all it does.
pub fn asked_for(typed: &[OsString]) -> bool {
    typed.len() == 2 && typed[1] == ROLE
}

/// Renders the template that comes on standard input, as often as asked, until the input ends. Returns
/// the exit code.
pub fn serve() -> u8 {
    // Where the system has neither, a process of its own is what is left.
    let _ = seal::limit_memory(MEMORY_BYTES_MAX);
    let _ = seal::apply(Seal::InProcess, &Files::default());
    let thread = thread::Builder::new().stack_size(STACK_BYTES);
    let worked = thread.spawn(|| answer_all(&mut io::stdin().lock(), &mut io::stdout().lock()));
    match worked.map(thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => 0,
        Ok(Ok(Err(_)) | Err(_)) | Err(_) => 1,
    }
}

fn answer_all(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let source = String::from_utf8(frame::read(from, JOB_BYTES_MAX)?).map_err(io::Error::other)?;
    let template = match Jinja::parse(&source) {
        Ok(template) => template,
        Err(error) => return frame::write(to, &job::encode(Err(reason(error)))),
    };
    frame::write(to, &job::encode(Ok(String::new())))?;
    loop {
        let message = match frame::read(from, JOB_BYTES_MAX) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            message => message?,
        };
        let answer = match serde_json::from_slice::<ReadJob>(&message) {
            Ok(job) => template.render(&job.variables, job.bytes_max),
            Err(error) => return Err(error.into()),
        };
        frame::write(to, &job::encode(answer.map_err(reason)))?;
    }
}

/// What is wrong, without the words that the other process puts before it.
fn reason(error: ModelError) -> String {
    match error {
        ModelError::Template { reason } => reason,
        other => other.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answers(messages: &[&[u8]]) -> Vec<Result<String, String>> {
        let mut asked = Vec::new();
        for message in messages {
            frame::write(&mut asked, message).unwrap();
        }
        let mut answered = Vec::new();
        let _ = answer_all(&mut asked.as_slice(), &mut answered);
        let mut rest = answered.as_slice();
        let mut answers = Vec::new();
        while !rest.is_empty() {
            answers.push(job::decode(frame::read(&mut rest, 1 << 20).unwrap()).unwrap());
        }
        answers
    }

    #[test]
    fn a_template_is_parsed_once_and_rendered_as_often_as_asked() {
        let job = |word: &str, bytes_max: usize| {
            let job = json!({"bytes_max": bytes_max, "variables": {"word": word}});
            job.to_string().into_bytes()
        };
        let source = b"{% if word == 'no' %}{{ raise_exception('never') }}{% endif %}<{{ word }}>";
        let answered = answers(&[
            source,
            &job("a", 9),
            &job("no", 9),
            &job("long", 5),
            &job("b", 9),
        ]);
        let expected = [
            Ok(""),
            Ok("<a>"),
            Err("never (line 1)"),
            Err("it writes more than 5 bytes"),
            Ok("<b>"),
        ];
        assert_eq!(answered.len(), expected.len(), "{answered:?}");
        for (answer, expected) in answered.iter().zip(expected) {
            assert_eq!(answer.as_deref().map_err(String::as_str), expected);
        }
    }

    #[test]
    fn what_does_not_parse_is_said_and_what_is_no_job_ends_it() {
        let answered = answers(&[b"{% frobnicate %}", b"{}"]);
        assert!(answered[0].as_ref().unwrap_err().contains("frobnicate"));
        assert_eq!(answered.len(), 1);
        assert_eq!(answers(&[b"x", b"no job", b"{}"]).len(), 1);
        assert!(answers(&[b"\xff"]).is_empty());
    }

    #[test]
    fn only_the_role_alone_asks_for_it() {
        let asked =
            |words: &[&str]| asked_for(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(asked(&["aldo", ROLE]));
        assert!(!asked(&["aldo"]) && !asked(&[ROLE]) && !asked(&["aldo", ROLE, "x"]));
        assert!(!asked(&["aldo", "run"]));
    }
}
