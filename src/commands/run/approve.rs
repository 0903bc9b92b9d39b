//! Questions about calls, asked on the terminal.

use tokio::sync::{mpsc, oneshot};

use super::Args;
use crate::commands::Context;
use crate::tools::{Answer, Approver, Asked};
use crate::ui;

/// The questions of a run, on their way to the terminal.
pub(super) struct Questions {
    asked: mpsc::Receiver<Asked>,
}

/// Makes the one who answers for a run: the person at the terminal where there is one, else nobody.
pub(super) fn approver(ctx: &Context, args: &Args) -> (Approver, Questions) {
    let (sender, asked) = mpsc::channel(1);
    let approver = if ctx.ui.may_ask() {
        Approver::asking(args.yes, sender)
    } else {
        Approver::nobody(args.yes)
    };
    (approver, Questions { asked })
}

impl Questions {
    /// Asks as questions come, until `work` is done.
    pub(super) async fn until<T>(&mut self, ctx: &Context<'_>, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => done,
            // Nobody answers any more, which is a no to whatever is asked.
            () = self.ask(ctx) => {
                self.asked.close();
                work.await
            }
        }
    }

    /// Asks as questions come, for as long as the run goes on.
    pub(super) async fn ask(&mut self, ctx: &Context<'_>) {
        while let Some(asked) = self.asked.recv().await {
            let question = &asked.question;
            let folder = question.folder.as_ref();
            let folder = folder.map_or_else(String::new, |path| format!(" in {}", path.display()));
            ctx.ui.ask(&format!(
                "`{}` wants to call {}{folder}: {} ({})",
                question.agent,
                question.tool,
                question.arguments,
                question.reason()
            ));
            match typed().await {
                Some(answer) => asked.answer(answer),
                // Dropped, the question is answered with no.
                None => return,
            }
        }
        // Nobody asks any more; the run is not over for that.
        std::future::pending::<()>().await;
    }
}

/// Waits for a line, in a thread that the end of the run does not wait for.
async fn typed() -> Option<Answer> {
    let (line, read) = oneshot::channel();
    let reading = std::thread::Builder::new().name("answers".to_owned());
    let started = reading.spawn(move || line.send(ui::read_line()));
    started.ok()?;
    Some(match read.await.ok()?.to_ascii_lowercase().as_str() {
        "y" | "yes" => Answer::Once,
        "a" | "always" => Answer::Always,
        _ => Answer::No,
    })
}
