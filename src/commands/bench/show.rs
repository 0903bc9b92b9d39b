//! The report of a suite for people: a table a model, a table of models, what went wrong.

use std::fmt::Write as _;

use crate::bench::compare::Change;
use crate::bench::report_wire::{CaseRow, ModelReport, Report, Status, Try};
use crate::failure::{Failure, Kind};
use crate::ui::{Page, Span, bad, dim, good, plain, size, strong, visible, warning};

mod side;

/// How many lines of an answer are shown without `-v`.
const ANSWER_LINES_MAX: usize = 12;

/// Scores nearer to each other are shown as the same.
const SCORE_STEP: f64 = 0.005;

/// Makes the page; `verbose` shows every answer whole.
pub(super) fn page(report: &Report, changes: Option<&[Change]>, verbose: u8) -> Page {
    let mut page = Page::new();
    for model in &report.models {
        one_model(&mut page, report, model);
        answers(&mut page, model, verbose);
        page.blank();
    }
    if report.models.len() > 1 {
        side::by_side(&mut page, report);
        page.blank();
    }
    for change in changes.into_iter().flatten() {
        compared(&mut page, change);
    }
    header(&mut page, report);
    page
}

/// Explains a report that is not good: a model that could not be asked, or the first below the
/// threshold.
pub(super) fn failure(report: &Report) -> Option<Failure> {
    if report.ok {
        return None;
    }
    let broken = report.models.iter().find_map(|model| {
        let error = model.error.as_ref()?;
        Some((model, error))
    });
    if let Some((model, error)) = broken {
        let message = format!("`{}` could not be asked: {error}", model.model);
        return Some(Failure::new(Kind::Backend, "backend_failed", message));
    }
    let threshold = report.suite.pass_threshold;
    let below = report.models.iter().filter(|model| !model.summary.ok);
    let says = below.map(|model| match model.summary.score {
        Some(score) => format!(
            "`{}` reaches {score:.2} of at least {threshold:.2}",
            model.model
        ),
        None => format!("`{}` was asked nothing that counts", model.model),
    });
    let message = says.collect::<Vec<_>>().join(", ");
    Some(Failure::failed("below_threshold", message))
}

fn one_model(page: &mut Page, report: &Report, model: &ModelReport) {
    let suite = &report.suite;
    page.line([
        plain(format!("suite: {}@{} · ", suite.name, suite.version)),
        plain(
            report
                .agent
                .as_ref()
                .map_or_else(String::new, |agent| format!("agent={agent} · ")),
        ),
        plain("model="),
        strong(&model.model),
        plain(format!(" · {} cases", suite.cases)),
    ]);
    page.blank();
    if let Some(error) = &model.error {
        page.line([bad("  could not be asked: "), plain(error)]);
        if model.cases.is_empty() {
            return;
        }
    }
    case_table(page, &model.cases);
    let notes = model.cases.iter().filter_map(|row| {
        let note = row.note.as_ref()?;
        (row.status != Status::Skipped).then(|| format!("  * {}: {note}", row.case))
    });
    for note in notes {
        page.line([dim(note)]);
    }
    page.blank();
    summary(page, model);
}

fn case_table(page: &mut Page, rows: &[CaseRow]) {
    let columns = [
        column("total_ms", rows, |row| whole(row.total_ms)),
        column("tok_in", rows, |row| counted(row, row.tok_in)),
        column("tok_out", rows, |row| counted(row, row.tok_out)),
        column("tools", rows, |row| counted(row, row.tools as u64)),
        column("tok/s", rows, |row| tenth(row.tok_per_sec)),
    ];
    let [total, tok_in, tok_out, tools, rate] = &columns;
    let headings = [
        "  case", "pass", &total.0, &tok_in.0, &tok_out.0, &tools.0, &rate.0, "",
    ];
    let cells = rows.iter().enumerate().map(|(index, row)| {
        let cell = |column: &(String, Vec<String>)| plain(&column.1[index]);
        [
            plain(format!("  {}", row.case)),
            verdict(row),
            cell(total),
            cell(tok_in),
            cell(tok_out),
            cell(tools),
            cell(rate),
            dim(remark(row)),
        ]
    });
    page.table(headings, cells.collect::<Vec<_>>());
}

/// A heading and its cells, right-aligned.
fn column(
    heading: &str,
    rows: &[CaseRow],
    cell: impl Fn(&CaseRow) -> String,
) -> (String, Vec<String>) {
    let cells: Vec<String> = rows.iter().map(cell).collect();
    let widths = cells.iter().map(|cell| cell.chars().count());
    let width = widths.max().unwrap_or(0).max(heading.chars().count());
    let padded = cells.iter().map(|cell| format!("{cell:>width$}")).collect();
    (format!("{heading:>width$}"), padded)
}

fn verdict(row: &CaseRow) -> Span {
    let good_ones = row.tries.iter().filter(|one| one.pass).count();
    let of = match row.tries.len() {
        0 | 1 => String::new(),
        all => format!(" {good_ones}/{all}"),
    };
    let mark = if row.note.is_some() && row.status != Status::Skipped {
        "*"
    } else {
        ""
    };
    match row.status {
        Status::Pass => good(format!("pass{of}{mark}")),
        Status::Fail => bad(format!("FAIL{of}{mark}")),
        Status::Error => bad(format!("ERROR{of}{mark}")),
        Status::Skipped => warning("skipped"),
    }
}

fn remark(row: &CaseRow) -> String {
    if row.status == Status::Skipped {
        return row.note.clone().unwrap_or_default();
    }
    let error = row.tries.iter().find_map(|one| one.error.clone());
    let spread = row.spread_ms;
    let spread = spread.map(|[least, most]| format!("{least:.0}–{most:.0} ms"));
    let no_rate = row.tries.iter().find_map(|one| one.no_rate.clone());
    let no_rate = no_rate.map(|why| format!("no rate: {why}"));
    let parts: Vec<String> = [error, spread, no_rate].into_iter().flatten().collect();
    parts.join("; ")
}

fn summary(page: &mut Page, model: &ModelReport) {
    let sum = &model.summary;
    let share = sum.passed as f64 / sum.counted.max(1) as f64;
    let percent = (share * 100.0).round();
    let mut overall = format!(
        "# overall: {}/{} cases pass ({percent:.0}%)",
        sum.passed, sum.counted
    );
    // Writing to a String cannot fail.
    if let Some(score) = sum
        .score
        .filter(|score| (score - share).abs() >= SCORE_STEP)
    {
        let _ = write!(overall, ", weighted {score:.2}");
    }
    if sum.skipped > 0 {
        let _ = write!(overall, ", {} skipped", sum.skipped);
    }
    if sum.errors > 0 {
        let _ = write!(overall, ", {} without an answer to judge", sum.errors);
    }
    page.text(&overall);
    let ratio = sum.avg_reasoning_ratio;
    let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
    page.text(&format!(
        "# avg tok/s {} · avg reasoning ratio {ratio} · p95 latency {}",
        tenth(sum.avg_tok_per_sec),
        seconds(sum.p95_latency_ms),
    ));
    let load = model.load_ms.map(|ms| format!("load {ms:.0} ms, "));
    page.text(&format!(
        "# {}first token cold {} ms, then {} ms (median) · decode tok/s {} · window {}",
        load.unwrap_or_default(),
        whole(model.cold_first_token_ms),
        whole(sum.ttft_ms),
        tenth(sum.decode_tok_per_sec),
        model.context_tokens,
    ));
    let of = match (&model.sha256, &model.runtime_version) {
        (Some(sha256), _) => format!("checkpoint sha256 {sha256}"),
        (None, Some(version)) => format!("version {version}"),
        (None, None) => "version unknown".to_owned(),
    };
    page.line([dim(format!(
        "# {} ({}), device {}, {of}",
        model.provider, model.locality, model.device
    ))]);
}

fn answers(page: &mut Page, model: &ModelReport, verbose: u8) {
    for row in &model.cases {
        let tries = row.tries.iter().filter(|one| verbose > 0 || !one.pass);
        for one in tries {
            answer(page, row, one, verbose);
        }
    }
}

fn answer(page: &mut Page, row: &CaseRow, one: &Try, verbose: u8) {
    page.blank();
    page.line([
        strong(&row.case),
        dim(format!("  expected: {}", row.expected)),
    ]);
    for reason in one.error.iter().chain(&one.reasons) {
        page.line([bad("  why: "), plain(reason)]);
    }
    if verbose > 0 && !one.reasoning.is_empty() {
        lines(page, "  thought: ", &one.reasoning, usize::MAX);
    }
    let most = if verbose > 0 {
        usize::MAX
    } else {
        ANSWER_LINES_MAX
    };
    if !one.output.trim().is_empty() {
        lines(page, "  answer: ", &one.output, most);
    }
    for call in &one.tool_calls {
        page.line([
            dim("  call: "),
            plain(format!("{} {}", call.name, call.arguments)),
        ]);
    }
}

fn lines(page: &mut Page, name: &str, text: &str, most: usize) {
    let all: Vec<&str> = text.trim().lines().collect();
    let indent = " ".repeat(name.len());
    for (number, line) in all.iter().take(most).enumerate() {
        let lead = if number == 0 { name } else { &indent };
        page.line([dim(lead), plain(line)]);
    }
    if all.len() > most {
        let left = all.len() - most;
        page.line([dim(format!("{indent}… {left} more lines, `-v` shows them"))]);
    }
}

fn compared(page: &mut Page, change: &Change) {
    page.line([strong("compared: "), plain(&change.model)]);
    let of = |values: [Option<f64>; 2], digits: usize| {
        let [was, now] = values
            .map(|value| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}")));
        format!("{was} → {now}")
    };
    page.fields([
        ("  score", of(change.score, 2)),
        ("  tok/s", of(change.tok_per_sec, 1)),
        ("  p95 ms", of(change.p95_latency_ms, 0)),
    ]);
    for (case, was, now) in &change.cases {
        page.line([plain(format!("  {case}: {} → {}", word(*was), word(*now)))]);
    }
    if change.cases.is_empty() {
        page.text("  every case as before");
    }
    page.blank();
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Pass => "pass",
        Status::Fail => "fail",
        Status::Error => "error",
        Status::Skipped => "skipped",
    }
}

fn header(page: &mut Page, report: &Report) {
    let machine = &report.machine;
    page.line([dim(format!(
        "# {}: {}, {} cores, {} · {} threads · aldo {}",
        visible(&machine.os),
        visible(&machine.cpu),
        machine.cores,
        size::bytes(machine.memory_bytes),
        machine.threads,
        machine.build
    ))]);
}

/// Tokens, or nothing for a case that was not asked.
fn counted(row: &CaseRow, count: u64) -> String {
    match row.status {
        Status::Skipped => "-".to_owned(),
        Status::Pass | Status::Fail | Status::Error => count.to_string(),
    }
}

fn whole(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"))
}

fn tenth(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

fn seconds(ms: Option<f64>) -> String {
    ms.map_or_else(|| "-".to_owned(), |ms| format!("{:.1} s", ms / 1e3))
}
