//! The proof as people read it.

use super::report::{Left, Report, Trial};
use crate::ui::{Page, Span, bad, good, plain, strong};

/// Shows what was tried and what left.
pub(super) fn of(report: &Report) -> Page {
    let mut page = Page::new();
    page.heading("the trap works: what must arrive there does");
    page.table(
        ["what was sent", "arrived", ""],
        report.controls.iter().map(control),
    );
    page.blank()
        .heading("what a sensitive agent was led into, and what left the machine");
    page.table(
        ["what was tried", "exit", "left", ""],
        report.attempts.iter().map(attempt),
    );
    page.blank();
    let count = report.attempts.len();
    if report.ok {
        page.line([strong(format!("{count} ways out tried, nothing left."))]);
    } else if report.left.is_nothing() {
        page.line([bad(
            "nothing left, but the proof did not come out as it must.",
        )]);
    } else {
        page.line([bad(format!("left this machine: {}.", amount(&report.left)))]);
    }
    for trial in report.controls.iter().chain(&report.attempts) {
        if let Some(said) = &trial.said {
            page.blank().line([strong(&trial.what)]).text(said);
        }
    }
    page
}

fn control(trial: &Trial) -> [Span; 3] {
    [
        plain(&trial.what),
        plain(amount(&trial.left)),
        verdict(trial),
    ]
}

fn attempt(trial: &Trial) -> [Span; 4] {
    let exit = trial
        .exit_code
        .map_or("none".to_owned(), |code| code.to_string());
    [
        plain(&trial.what),
        plain(exit),
        plain(amount(&trial.left)),
        verdict(trial),
    ]
}

fn verdict(trial: &Trial) -> Span {
    if trial.ok {
        good("as it must be")
    } else {
        bad("wrong")
    }
}

fn amount(left: &Left) -> String {
    match (left.packets, left.messages.len()) {
        (0, 0) => "nothing".to_owned(),
        (packets, messages) => format!("{packets} packets, {messages} messages"),
    }
}
