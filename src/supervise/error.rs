use crate::spec::AgentError;

/// Why an agent cannot have the agents below it that its spec names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CrewError {
    /// The spec names an agent it may not start.
    #[error("`{agent}` may not start `{child}`, which is not in its `spawn.allowed`")]
    NotAllowed {
        /// The supervisor.
        agent: String,
        /// The agent it names.
        child: String,
    },
    /// An agent would start itself, or one that it was started by.
    #[error("`{agent}` may not start `{child}`, which it works for itself")]
    Above {
        /// The supervisor.
        agent: String,
        /// The agent it names.
        child: String,
    },
    /// The tree would be too deep.
    #[error("`{agent}` may not start `{child}`: agents start agents at most {depth_max} deep")]
    TooDeep {
        /// The supervisor.
        agent: String,
        /// The agent it names.
        child: String,
        /// How deep they may.
        depth_max: usize,
    },
    /// The tree would have too many agents.
    #[error("`{agent}` needs more than {agents_max} agents below it")]
    TooMany {
        /// The agent at the top.
        agent: String,
        /// How many it may have.
        agents_max: usize,
    },
    /// Two agents of one supervisor go by one name.
    #[error("two subagents of `{agent}` are called `{alias}`")]
    SameName {
        /// The supervisor.
        agent: String,
        /// Their name.
        alias: String,
    },
    /// An input is to come from an agent that has not worked by then.
    #[error(
        "`{agent}` cannot give `{child}` the output of `{source_name}`, which comes no earlier"
    )]
    TooEarly {
        /// The supervisor.
        agent: String,
        /// The agent that is given it.
        child: String,
        /// Whose output it is.
        source_name: String,
    },
    /// An agent cannot be found or read.
    #[error("`{agent}` needs `{child}`: {source}")]
    Unusable {
        /// The supervisor.
        agent: String,
        /// The agent it names.
        child: String,
        /// What is wrong with it.
        source: AgentError,
    },
}

impl CrewError {
    /// Returns the fixed word scripts read.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "spawn_not_allowed",
            Self::Above { .. } => "spawn_cycle",
            Self::TooDeep { .. } => "spawn_too_deep",
            Self::TooMany { .. } => "spawn_too_many",
            Self::SameName { .. } | Self::TooEarly { .. } => "invalid_composite",
            Self::Unusable { .. } => "subagent_unusable",
        }
    }

    /// Returns what to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NotAllowed { agent, child } => {
                format!("add `{child}` to `spawn.allowed` of `{agent}`")
            }
            Self::Above { .. } => {
                "`composite.strategy: iterative` repeats agents, without a circle".to_owned()
            }
            Self::TooDeep { .. } => {
                "`ALDO_MAX_AGENT_DEPTH` allows more, or let one agent do the work of two".to_owned()
            }
            Self::TooMany { .. } => "start fewer agents".to_owned(),
            Self::SameName { .. } => "give each a name of its own with `as`".to_owned(),
            Self::TooEarly { .. } => {
                "an input comes from the supervisor's own inputs or from an agent before it"
                    .to_owned()
            }
            Self::Unusable { .. } => "list the agents here with `aldo agents ls`".to_owned(),
        }
    }
}
