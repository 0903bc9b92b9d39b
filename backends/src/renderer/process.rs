//! The process that renders one template, from outside.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::{ROLE, frame};

/// Variables the process inherits: the time zone for templates that write the date, and where
/// libraries are.
const INHERITED: [&str; 3] = ["TZ", "TZDIR", "LD_LIBRARY_PATH"];

/// A running process; dropping it ends it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    questions: Sender<Question>,
    answers: Receiver<io::Result<Vec<u8>>>,
}

#[derive(Debug)]
struct Question {
    message: Vec<u8>,
    answer_bytes_max: usize,
}

/// Why there is no answer; the process has ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    /// It took too long.
    #[error("it takes longer than {} s", .limit.as_secs())]
    Late {
        /// How long it may take.
        limit: Duration,
    },
    /// It ended before it answered.
    #[error(
        "the process that renders it ended ({status}): \
         it needs more than {memory_mb} MB of memory, or nests too deeply",
        memory_mb = super::MEMORY_BYTES_MAX >> 20
    )]
    Ended {
        /// How it did.
        status: String,
    },
    /// It could not be started.
    #[error("the process that renders it does not start: {0}")]
    NotStarted(io::Error),
}

impl Process {
    /// Starts this program once more, in its role.
    pub(super) fn start() -> Result<Self, Lost> {
        let mut command = Command::new(program().map_err(Lost::NotStarted)?);
        command.arg(ROLE).env_clear();
        command.envs(
            INHERITED
                .iter()
                .filter_map(|name| Some((name, env::var_os(name)?))),
        );
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .stderr(Stdio::null())
            .spawn()
            .map_err(Lost::NotStarted)?;
        let (questions, asked) = channel();
        let (answer, answers) = channel();
        if let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) {
            // Without a thread its ends of the channels are dropped, which `ask` finds.
            let _ = thread::Builder::new()
                .name("aldo-template".to_owned())
                .spawn(move || pass_on(stdin, stdout, &asked, &answer));
        }
        Ok(Self {
            child,
            questions,
            answers,
        })
    }

    /// Asks and waits for the answer, at most `limit` long.
    pub(super) fn ask(
        &mut self,
        message: Vec<u8>,
        answer_bytes_max: usize,
        limit: Duration,
    ) -> Result<Vec<u8>, Lost> {
        let question = Question {
            message,
            answer_bytes_max,
        };
        // If nobody hears it there will be no answer either.
        let _ = self.questions.send(question);
        match self.answers.recv_timeout(limit) {
            Ok(Ok(answer)) => Ok(answer),
            Err(RecvTimeoutError::Timeout) => Err(Lost::Late { limit }),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(Lost::Ended { status: self.end() })
            }
        }
    }

    /// Ends it, if it has not ended, and says how it did.
    fn end(&mut self) -> String {
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Writes questions and reads answers, so that whoever asks need not wait for the process.
fn pass_on(
    mut stdin: ChildStdin,
    mut stdout: ChildStdout,
    asked: &Receiver<Question>,
    answers: &Sender<io::Result<Vec<u8>>>,
) {
    for question in asked {
        let answer = frame::write(&mut stdin, &question.message)
            .and_then(|()| frame::read(&mut stdout, question.answer_bytes_max));
        let failed = answer.is_err();
        if answers.send(answer).is_err() || failed {
            return;
        }
    }
}

/// This very program, also when its file has been replaced meanwhile.
fn program() -> io::Result<PathBuf> {
    const OWN: &str = "/proc/self/exe";
    if Path::new(OWN).exists() {
        Ok(OWN.into())
    } else {
        env::current_exe()
    }
}
