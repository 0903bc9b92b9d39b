//! The report as one page that needs nothing but itself: table, prompts, answers with what matched
//! marked, reasoning, and a chart of quality and speed. Pure.
//!
//! Everything a model or a suite wrote is text: it is escaped, and the page runs no script and loads
//! nothing.

use std::fmt::Write as _;

use super::report_wire::{CaseRow, ModelReport, Report, Status, Try};

mod chart;
mod side;

const STYLE: &str = include_str!("html/style.css");

/// Writes the page.
pub fn page(report: &Report, description: &str) -> String {
    let suite = &report.suite;
    let agent = report.agent.as_ref();
    let agent = agent.map_or_else(String::new, |agent| format!(" · agent {agent}"));
    let title = format!("{}@{}{agent}", suite.name, suite.version);
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>{title}</h1><p>{}</p></header>\n",
        escaped(description),
        title = escaped(&title),
    );
    out += &overview(report);
    out += &chart::svg(&report.models);
    out += &side::table(report);
    for model in &report.models {
        out += &model_section(model);
    }
    out += &footer(report);
    out += "</body>\n</html>\n";
    out
}

fn overview(report: &Report) -> String {
    let mut out = String::from(
        "<section><h2>Models</h2><div class=\"wide\"><table><thead><tr><th>model</th><th>provider</th>\
         <th class=\"n\">passed</th><th class=\"n\">score</th><th class=\"n\">tok/s</th>\
         <th class=\"n\">decode tok/s</th><th class=\"n\">load</th><th class=\"n\">first token, cold</th>\
         <th class=\"n\">first token, warm</th><th class=\"n\">p95</th></tr></thead><tbody>\n",
    );
    for model in &report.models {
        let sum = &model.summary;
        let state = if model.error.is_none() && sum.ok {
            "pass"
        } else {
            "fail"
        };
        let score = sum.score.map_or_else(dash, |score| format!("{score:.2}"));
        let _ = writeln!(
            out,
            "<tr><td><a href=\"#{}\">{}</a></td><td>{}</td><td class=\"n {state}\">{} of {}</td>\
             <td class=\"n\">{score}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            anchor(model),
            escaped(&model.model),
            escaped(&model.provider),
            sum.passed,
            sum.counted,
            tenth(sum.avg_tok_per_sec),
            tenth(sum.decode_tok_per_sec),
            ms(model.load_ms),
            ms(model.cold_first_token_ms),
            ms(sum.ttft_ms),
            ms(sum.p95_latency_ms),
        );
    }
    out += "</tbody></table></div></section>\n";
    out
}

fn model_section(model: &ModelReport) -> String {
    let mut out = String::new();
    let of = match (&model.sha256, &model.runtime_version) {
        (Some(sha256), _) => format!("sha256 {sha256}"),
        (None, Some(version)) => format!("version {version}"),
        (None, None) => "version unknown".to_owned(),
    };
    let _ = writeln!(
        out,
        "<section id=\"{}\"><h2>{}</h2><p class=\"facts\">{} · {} · device {} · window {} tokens · {}</p>",
        anchor(model),
        escaped(&model.model),
        escaped(&model.provider),
        escaped(&model.locality),
        escaped(&model.device),
        model.context_tokens,
        escaped(&of),
    );
    if let Some(error) = &model.error {
        let _ = write!(
            out,
            "<p class=\"fail\">could not be asked: {}</p>",
            escaped(error)
        );
    }
    out += "<div class=\"row head\"><span>case</span><span>result</span><span class=\"n\">total</span>\
            <span class=\"n\">tok in</span><span class=\"n\">tok out</span><span class=\"n\">tools</span>\
            <span class=\"n\">tok/s</span></div>\n";
    for row in &model.cases {
        out += &case(row);
    }
    out += "</section>\n";
    out
}

fn case(row: &CaseRow) -> String {
    let (word, class) = word(row);
    let mut out = String::new();
    let _ = write!(
        out,
        "<details><summary class=\"row\"><span>{}</span><span class=\"{class}\">{word}</span>\
         <span class=\"n\">{}</span><span class=\"n\">{}</span><span class=\"n\">{}</span>\
         <span class=\"n\">{}</span><span class=\"n\">{}</span></summary>\n<div class=\"inside\">",
        escaped(&row.case),
        ms(row.total_ms),
        count(row, row.tok_in),
        count(row, row.tok_out),
        count(row, row.tools as u64),
        tenth(row.tok_per_sec),
    );
    let _ = write!(
        out,
        "<p>Probes: {}</p><p>Expected: {}</p>",
        escaped(&row.probes),
        escaped(&row.expected)
    );
    if let Some(note) = &row.note {
        let _ = write!(out, "<p class=\"skipped\">Note: {}</p>", escaped(note));
    }
    if !row.prompt.is_empty() {
        let _ = write!(out, "<h3>Prompt</h3><pre>{}</pre>", escaped(&row.prompt));
    }
    for (number, one) in row.tries.iter().enumerate() {
        if row.tries.len() > 1 {
            let _ = write!(out, "<h3>Try {} of {}</h3>", number + 1, row.tries.len());
        }
        out += &answer(one);
    }
    out += "</div></details>\n";
    out
}

/// What became of a case, and the class that colours it.
fn word(row: &CaseRow) -> (&'static str, &'static str) {
    match row.status {
        Status::Pass => ("pass", "pass"),
        Status::Fail => ("fail", "fail"),
        Status::Error => ("error", "fail"),
        Status::Skipped => ("skipped", "skipped"),
    }
}

/// A count, or nothing for a case that was not asked.
fn count(row: &CaseRow, count: u64) -> String {
    match row.status {
        Status::Skipped => dash(),
        Status::Pass | Status::Fail | Status::Error => count.to_string(),
    }
}

fn answer(one: &Try) -> String {
    let mut out = String::new();
    for reason in one.error.iter().chain(&one.reasons) {
        let _ = write!(out, "<p class=\"fail\">{}</p>", escaped(reason));
    }
    if let Some(why) = &one.no_rate {
        let _ = write!(out, "<p class=\"skipped\">no rate: {}</p>", escaped(why));
    }
    if !one.output.is_empty() {
        let class = if one.pass { "good" } else { "poor" };
        let _ = write!(
            out,
            "<h3>Answer</h3><pre class=\"{class}\">{}</pre>",
            marked(&one.output, &one.matches)
        );
    }
    for call in &one.tool_calls {
        let arguments = serde_json::to_string_pretty(&call.arguments).unwrap_or_default();
        let _ = write!(
            out,
            "<h3>Call</h3><pre>{} {}</pre>",
            escaped(&call.name),
            escaped(&arguments)
        );
    }
    if !one.reasoning.is_empty() {
        let _ = write!(
            out,
            "<details><summary>Reasoning</summary><pre>{}</pre></details>",
            escaped(&one.reasoning)
        );
    }
    out
}

fn footer(report: &Report) -> String {
    let machine = &report.machine;
    format!(
        "<footer>{}, {}, {} cores, {:.1} GB of memory, {} threads · aldo {} · begun {} · each case asked {} ×</footer>\n",
        escaped(&machine.os),
        escaped(&machine.cpu),
        machine.cores,
        machine.memory_bytes as f64 / 1e9,
        machine.threads,
        escaped(&machine.build),
        escaped(&report.started_at),
        report.repeat,
    )
}

/// Text with the ranges that matched marked; a range that is none of the text's is left out.
fn marked(text: &str, ranges: &[[usize; 2]]) -> String {
    let mut out = String::new();
    let mut done = 0;
    for [start, end] in ranges {
        let (Some(before), Some(inside)) = (text.get(done..*start), text.get(*start..*end)) else {
            continue;
        };
        let _ = write!(out, "{}<mark>{}</mark>", escaped(before), escaped(inside));
        done = *end;
    }
    out += &escaped(text.get(done..).unwrap_or_default());
    out
}

/// Text that no browser takes for anything else.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '\n' | '\t' => out.push(c),
            c if c.is_control()
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c) =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

fn anchor(model: &ModelReport) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name = format!("{}-{}", model.provider, model.model);
    name.chars().map(safe).collect()
}

fn ms(value: Option<f64>) -> String {
    match value {
        None => dash(),
        Some(ms) if ms >= 10_000.0 => format!("{:.1} s", ms / 1e3),
        Some(ms) => format!("{ms:.0} ms"),
    }
}

fn tenth(value: Option<f64>) -> String {
    value.map_or_else(dash, |value| format!("{value:.1}"))
}

fn dash() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matched_is_marked_and_nothing_is_markup() {
        let text = "a <b> & é <script>";
        let at = text.find("<b>").unwrap_or_default();
        assert_eq!(
            marked(text, &[[at, at + 3], [99, 120]]),
            "a <mark>&lt;b&gt;</mark> &amp; é &lt;script&gt;"
        );
        assert_eq!(escaped("\u{1b}\u{202e}'\""), "\u{fffd}\u{fffd}&#39;&quot;");
    }
}
