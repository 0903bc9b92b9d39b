//! `aldo runs ls`.

use jiff::tz::TimeZone;

use super::super::{Context, store};
use super::runs_wire::List;
use crate::failure::Failure;
use crate::store::{RunRecord, Status};
use crate::ui::{Outcome, Page, Span, bad, dim, good, plain, strong, warning};

/// As much of an id as tells runs of different milliseconds apart.
pub(super) const SHORT_ID_CHARS: usize = 13;

/// What can be typed after `aldo runs ls`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// List so many runs, the latest first; 0 lists all.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
}

/// Lists the latest runs.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let (runs, total) = match store::open_to_read(ctx)? {
        Some(store) => {
            // A store that can only be read still tells who was interrupted.
            let _ = store.sweep();
            (
                store.runs((args.limit > 0).then_some(args.limit))?,
                store.count()?,
            )
        }
        None => (Vec::new(), 0),
    };
    if total > runs.len() as u64 {
        ctx.ui.note(&format!(
            "the latest {} of {total} runs; `--limit 0` lists all",
            runs.len()
        ));
    }
    Ok(Outcome::new(&List::new(&runs, total), page(&runs)))
}

fn page(runs: &[RunRecord]) -> Page {
    let mut page = Page::new();
    if runs.is_empty() {
        page.line([
            plain("no runs yet; "),
            strong("aldo run hello"),
            plain(" makes one"),
        ]);
        return page;
    }
    page.table(
        [
            "run", "started", "agent", "status", "model", "tokens", "time",
        ],
        runs.iter().map(row),
    );
    page
}

fn row(run: &RunRecord) -> [Span; 7] {
    let id: String = run.id.chars().take(SHORT_ID_CHARS).collect();
    [
        strong(id),
        dim(started(run)),
        plain(&run.agent),
        status(run),
        plain(run.model.as_deref().unwrap_or("-")),
        plain(run.usage.tokens_out.to_string()),
        plain(run.elapsed_ms.map_or_else(|| "-".to_owned(), duration)),
    ]
}

/// Returns when a run began, on the clock on the wall.
pub(super) fn started(run: &RunRecord) -> String {
    let time = run.started_at.to_zoned(TimeZone::system());
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Returns where a run stands, with the reason where the word does not say it.
pub(super) fn status(run: &RunRecord) -> Span {
    let word = run.status.as_str();
    let text = match run.stop.as_deref() {
        Some(stop) if stop != word => format!("{word} ({stop})"),
        Some(_) | None => word.to_owned(),
    };
    match run.status {
        Status::Completed => good(text),
        Status::Running => strong(text),
        Status::Canceled | Status::Interrupted => warning(text),
        Status::Failed => bad(text),
    }
}

/// Returns a duration as people say it.
pub(super) fn duration(elapsed_ms: i64) -> String {
    match elapsed_ms {
        ..1_000 => format!("{elapsed_ms} ms"),
        1_000..60_000 => format!("{:.1} s", elapsed_ms as f64 / 1e3),
        60_000.. => format!("{} min {} s", elapsed_ms / 60_000, elapsed_ms / 1_000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_short() {
        let shown = [0, 999, 1_000, 59_940, 60_000, 3_723_000].map(duration);
        assert_eq!(
            shown,
            [
                "0 ms",
                "999 ms",
                "1.0 s",
                "59.9 s",
                "1 min 0 s",
                "62 min 3 s"
            ]
        );
    }
}
