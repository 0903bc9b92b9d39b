//! What the program says when an agent cannot be used.

use serde_json::json;

use crate::failure::Failure;
use crate::router::{Consideration, Refusal};
use crate::spec::AgentError;
use crate::yaml::FileError;

/// How many faults of one spec are said in hints; `validate` says them all.
const FAULTS_SHOWN_MAX: usize = 5;

impl From<AgentError> for Failure {
    fn from(error: AgentError) -> Self {
        let message = error.to_string();
        match error {
            AgentError::Unknown { nearest, .. } => {
                let failure = Self::usage("unknown_agent", message);
                match nearest {
                    Some(near) => failure.hint(format!("did you mean `{near}`?")),
                    None => failure.hint("list the agents here with `aldo agents ls`"),
                }
            }
            AgentError::OtherName { path, inside } => Self::usage("agent_name_mismatch", message)
                .hint(format!("rename the file, or run it as `aldo run {path}`"))
                .details(json!({ "path": path, "name": inside })),
            AgentError::Spec(error) => error.into(),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let mut failure = Self::usage("invalid_spec", error.to_string());
        let hint = error.faults.first().and_then(|fault| fault.hint.clone());
        failure.hints.extend(hint);
        failure
            .hints
            .extend(error.lines().skip(1).take(FAULTS_SHOWN_MAX));
        failure.details(json!(error))
    }
}

/// Makes the failure of a need no model may answer; `trace` says what became of each candidate.
pub(crate) fn refused(refusal: &Refusal, trace: &[Consideration]) -> Failure {
    Failure::refused(refusal.code.as_str(), &refusal.reason)
        .hint(&refusal.fix)
        .details(json!({ "trace": trace }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;
    use crate::router::RefusalCode;
    use crate::yaml::Fault;

    #[test]
    fn an_unknown_agent_is_wrong_usage_with_a_hint() {
        let near = AgentError::Unknown {
            name: "helo".to_owned(),
            nearest: Some("hello".to_owned()),
        };
        let failure = Failure::from(near);
        assert_eq!(failure.kind, Kind::Usage);
        assert_eq!(failure.message, "no agent named `helo`");
        assert_eq!(failure.hints, ["did you mean `hello`?"]);
    }

    #[test]
    fn a_wrong_spec_is_wrong_usage_with_each_fault() {
        let fault = |line, hint: Option<&str>| Fault {
            line,
            column: 3,
            message: "unknown key `x`".to_owned(),
            hint: hint.map(str::to_owned),
        };
        let error = FileError {
            path: "a.yaml".to_owned(),
            faults: vec![fault(1, Some("did you mean `y`?")), fault(2, None)],
        };
        let failure = Failure::from(error);
        assert_eq!(failure.message, "a.yaml:1:3: unknown key `x` (and 1 more)");
        assert_eq!(
            failure.hints,
            ["did you mean `y`?", "a.yaml:2:3: unknown key `x`"]
        );
        let details = failure.details.expect("faults for scripts");
        assert_eq!(details["faults"][1]["line"], 2);
    }

    #[test]
    fn a_refusal_exits_with_3_and_its_own_code() {
        let refusal = Refusal {
            code: RefusalCode::PrivacyTierUnroutable,
            reason: "no".to_owned(),
            fix: "do".to_owned(),
        };
        let failure = refused(&refusal, &[]);
        assert_eq!(failure.kind, Kind::Refused);
        assert_eq!(failure.code, "privacy_tier_unroutable");
        assert_eq!(failure.hints, ["do"]);
    }
}
