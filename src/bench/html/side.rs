//! Several models side by side: a row a case, a column a model.

use std::fmt::Write as _;

use super::{anchor, dash, escaped, ms, word};
use crate::bench::report_wire::{CaseRow, ModelReport, Report, Status};

/// Writes the table; nothing of one model, whose own table says it all.
pub(super) fn table(report: &Report) -> String {
    if report.models.len() < 2 {
        return String::new();
    }
    let mut out = String::from(
        "<section><h2>Case by case</h2><div class=\"wide\"><table class=\"side\"><thead><tr><th>case</th>",
    );
    // Writing to a String cannot fail.
    for model in &report.models {
        let _ = write!(
            out,
            "<th><a href=\"#{}\">{}</a><br>{}</th>",
            anchor(model),
            escaped(&model.model),
            escaped(&model.provider)
        );
    }
    out += "</tr></thead><tbody>\n";
    for case in report.cases_asked() {
        let _ = write!(out, "<tr><td>{}</td>", escaped(case));
        for model in &report.models {
            out += &cell(model, case);
        }
        out += "</tr>\n";
    }
    out += "</tbody></table></div></section>\n";
    out
}

fn cell(model: &ModelReport, case: &str) -> String {
    let Some(row) = model.cases.iter().find(|row| row.case == case) else {
        return format!("<td>{}</td>", dash());
    };
    let (word, class) = word(row);
    format!(
        "<td><span class=\"{class}\">{word}</span>{}</td>",
        time(row)
    )
}

fn time(row: &CaseRow) -> String {
    match row.status {
        Status::Pass | Status::Fail => format!(" {}", ms(row.total_ms)),
        Status::Error | Status::Skipped => String::new(),
    }
}
