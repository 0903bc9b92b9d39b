//! Who answers questions about calls: a person somewhere, `--yes`, or nobody.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::approval::Question;

/// Answers questions about calls. Where nobody can answer, the answer is no.
#[derive(Debug, Clone, Default)]
pub struct Approver {
    yes: bool,
    person: Option<mpsc::Sender<Asked>>,
    granted: Arc<Mutex<HashSet<String>>>,
}

/// A question on its way to a person. Dropped without an answer, it is answered with no.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub question: Question,
    answer: oneshot::Sender<Answer>,
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This once.
    Once,
    /// This and every later call of the same tool with the same arguments in the same folder.
    Always,
    /// No.
    No,
}

/// By what a call may run, as the record of the run says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Nobody needs to be asked.
    NotAsked,
    /// `--yes`.
    Flag,
    /// A person said so.
    Person,
    /// A person said so of the same call before.
    Earlier,
}

impl Approver {
    /// Makes one that asks nobody: every question is answered with no, but for those `yes` covers.
    pub fn nobody(yes: bool) -> Self {
        Self {
            yes,
            ..Self::default()
        }
    }

    /// Makes one whose questions go to `person`, but for those `yes` covers.
    pub fn asking(yes: bool, person: mpsc::Sender<Asked>) -> Self {
        Self {
            yes,
            person: Some(person),
            ..Self::default()
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// A sentence for the model when the answer is no, or nobody can give one.
    pub async fn ask(&self, question: Question) -> Result<Permission, String> {
        let exactly = question.exactly();
        if self.lock().contains(&exactly) {
            return Ok(Permission::Earlier);
        }
        if self.yes && question.is_covered_by_yes() {
            return Ok(Permission::Flag);
        }
        let reason = question.reason();
        let tool = question.tool.clone();
        match self.answer(question).await {
            Some(Answer::Once) => Ok(Permission::Person),
            Some(Answer::Always) => {
                self.lock().insert(exactly);
                Ok(Permission::Person)
            }
            Some(Answer::No) => Err(format!("the user does not want this call of `{tool}`")),
            None => Err(format!(
                "nobody is there to approve this call of `{tool}`: {reason}"
            )),
        }
    }

    async fn answer(&self, question: Question) -> Option<Answer> {
        let person = self.person.as_ref()?;
        let (answer, answered) = oneshot::channel();
        person.send(Asked { question, answer }).await.ok()?;
        answered.await.ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.granted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    /// Gives the answer; whoever asked may have gone.
    pub fn answer(self, answer: Answer) {
        let _ = self.answer.send(answer);
    }
}

impl Permission {
    /// Returns the word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Flag => "flag",
            Self::Person => "person",
            Self::Earlier => "earlier",
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::super::approval::Cause;
    use super::*;

    fn question(arguments: serde_json::Value, cause: Cause) -> Question {
        Question {
            agent: "a".to_owned(),
            tool: "fs.write".to_owned(),
            arguments,
            folder: Some("/w".into()),
            cause,
            in_spec: false,
        }
    }

    fn protected() -> Cause {
        Cause::ProtectedPath {
            path: ".env".to_owned(),
        }
    }

    #[tokio::test]
    async fn g08_where_nobody_can_answer_the_answer_is_no() {
        let approver = Approver::nobody(false);
        let refused = approver.ask(question(json!({}), Cause::Always)).await;
        assert!(refused.unwrap_err().contains("nobody is there to approve"));
        let (sender, receiver) = mpsc::channel(1);
        drop(receiver);
        let approver = Approver::asking(false, sender);
        assert!(
            approver
                .ask(question(json!({}), Cause::Always))
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn g08_an_answer_holds_for_exactly_these_arguments_and_this_folder() {
        let (sender, mut receiver) = mpsc::channel::<Asked>(1);
        let person = tokio::spawn(async move {
            let mut asked = 0;
            while let Some(question) = receiver.recv().await {
                asked += 1;
                let first = asked == 1;
                question.answer(if first { Answer::Always } else { Answer::No });
            }
            asked
        });
        let approver = Approver::asking(false, sender);
        let first = question(json!({"path": "a"}), protected());
        assert_eq!(approver.ask(first.clone()).await, Ok(Permission::Person));
        assert_eq!(approver.ask(first.clone()).await, Ok(Permission::Earlier));
        let other = question(json!({"path": "b"}), protected());
        assert!(approver.ask(other).await.is_err());
        let elsewhere = Question {
            folder: Some("/v".into()),
            ..first
        };
        assert!(approver.ask(elsewhere).await.is_err());
        drop(approver);
        assert_eq!(
            person.await.ok(),
            Some(3),
            "the same call was not asked again"
        );
    }

    #[tokio::test]
    async fn yes_covers_what_the_spec_foresees_and_nothing_that_may_have_happened() {
        let approver = Approver::nobody(true);
        let always = question(json!({}), Cause::Always);
        assert_eq!(approver.ask(always).await, Ok(Permission::Flag));
        let surprise = question(json!({}), protected());
        assert!(approver.ask(surprise.clone()).await.is_err());
        let foreseen = Question {
            in_spec: true,
            ..surprise
        };
        assert_eq!(approver.ask(foreseen.clone()).await, Ok(Permission::Flag));
        let again = Question {
            cause: Cause::MayHaveHappened,
            ..foreseen
        };
        assert!(approver.ask(again).await.is_err());
    }
}
