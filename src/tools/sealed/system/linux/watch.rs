//! A program under watch: until it ends, takes too long, grows too much or is not wanted any more.

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::super::super::kept;
use super::super::super::order::{Ended, Kept, Order, Report, Streams, Written};
use super::limits::PROCESSES_MAX;
use super::tree::Descendants;

/// How often processes are counted.
const TICK: Duration = Duration::from_millis(100);
/// How long a program that is asked to end may take.
const GRACE: Duration = Duration::from_secs(1);
/// How long it takes at most until killed processes are gone.
const DYING: Duration = Duration::from_secs(5);

/// What happens while a program runs.
enum Happens {
    /// It has ended.
    Exit(io::Result<ExitStatus>),
    /// Nobody wants it any more: aldo has closed its end, or is gone.
    Unwanted,
    /// A stream has ended: the output, or the error output.
    Output(bool, Written),
}

/// Watches `child` to its end, and stops what it leaves behind.
pub(super) fn watch(mut child: Child, order: &Order) -> Report {
    let (tell, told) = mpsc::channel();
    let mut streams = 0;
    if let Some(stdout) = child.stdout.take() {
        streams += 1;
        read(stdout, true, order.kept, &tell);
    }
    if let Some(stderr) = child.stderr.take() {
        streams += 1;
        read(stderr, false, order.kept, &tell);
    }
    listen(child.stdin.take(), order.streams, &tell);
    let exit = tell;
    thread::spawn(move || exit.send(Happens::Exit(child.wait())));
    let mut watch = Watch {
        told,
        outputs: [Written::default(), Written::default()],
        streams,
        exit: None,
    };
    let deadline = order
        .timeout_ms
        .map(|ms| Instant::now() + Duration::from_millis(ms));
    let stopped = watch.until(deadline);
    if stopped.is_some() {
        Descendants::find().signal(Signal::TERM);
        watch.wait(GRACE, |watch| watch.exit.is_some());
    }
    let left_behind = end_all();
    watch.wait(DYING, |watch| watch.exit.is_some() && watch.streams == 0);
    let [stdout, stderr] = watch.outputs;
    Report {
        ended: stopped.unwrap_or_else(|| ended(watch.exit.as_ref())),
        stdout,
        stderr,
        left_behind,
    }
}

struct Watch {
    told: Receiver<Happens>,
    outputs: [Written; 2],
    streams: u32,
    exit: Option<io::Result<ExitStatus>>,
}

impl Watch {
    /// Waits for the end, or for a reason to make one.
    fn until(&mut self, deadline: Option<Instant>) -> Option<Ended> {
        while self.exit.is_none() {
            match self.told.recv_timeout(TICK) {
                Ok(Happens::Unwanted) | Err(RecvTimeoutError::Disconnected) => {
                    return Some(Ended::Canceled);
                }
                Ok(happens) => self.note(happens),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Some(Ended::TimedOut);
            }
            if Descendants::find().count() > PROCESSES_MAX {
                return Some(Ended::TooManyProcesses);
            }
        }
        None
    }

    fn wait(&mut self, most: Duration, is_enough: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + most;
        while !is_enough(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.told.recv_timeout(left) {
                Ok(happens) => self.note(happens),
                Err(_) => return,
            }
        }
    }

    fn note(&mut self, happens: Happens) {
        match happens {
            Happens::Exit(status) => self.exit = Some(status),
            Happens::Unwanted => {}
            Happens::Output(is_stdout, written) => {
                self.outputs[usize::from(!is_stdout)] = written;
                self.streams -= 1;
            }
        }
    }
}

/// Kills whatever is left, until nothing is, and says how much that was at first.
fn end_all() -> usize {
    let deadline = Instant::now() + DYING;
    let left = Descendants::find();
    let count = left.count();
    let mut left = left;
    while left.count() > 0 && Instant::now() < deadline {
        left.signal(Signal::KILL);
        thread::sleep(Duration::from_millis(2));
        left = Descendants::find();
    }
    count
}

fn read(stream: impl Read + Send + 'static, is_stdout: bool, kept: Kept, tell: &Sender<Happens>) {
    let tell = tell.clone();
    thread::spawn(move || tell.send(Happens::Output(is_stdout, kept::read(stream, kept))));
}

/// Listens to aldo: what it writes is for the program, and the end of it is the end.
fn listen(program: Option<ChildStdin>, streams: Streams, tell: &Sender<Happens>) {
    let tell = tell.clone();
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        match (streams, program) {
            (Streams::Connected, Some(mut program)) => {
                let _ = relay(&mut stdin, &mut program);
                drop(program);
                // A server that reads the end of its input is given the time to end by itself.
                thread::sleep(GRACE);
            }
            (Streams::Connected, None) | (Streams::Reported, _) => {
                let _ = io::copy(&mut stdin, &mut io::sink());
            }
        }
        tell.send(Happens::Unwanted)
    });
}

fn relay(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut chunk = [0; 16 << 10];
    loop {
        match from.read(&mut chunk)? {
            0 => return Ok(()),
            count => to.write_all(&chunk[..count])?,
        }
    }
}

fn ended(exit: Option<&io::Result<ExitStatus>>) -> Ended {
    match exit {
        Some(Ok(status)) => match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Exited(code),
            (None, signal) => Ended::Signaled(signal.unwrap_or_default()),
        },
        Some(Err(_)) | None => Ended::Canceled,
    }
}
