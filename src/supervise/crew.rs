//! Who is in a tree of agents: every spec is read and every rule is checked before anybody works.

use std::collections::BTreeMap;

use super::error::CrewError;
use super::mapping;
use crate::capabilities::PrivacyTier;
use crate::spec::{AgentError, Composite, Found, Strategy};

/// The most agents below the one at the top.
const AGENTS_MAX: usize = 64;

/// An agent in its place: with those it starts, where it is a supervisor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    /// The agent.
    pub(crate) found: Found,
    /// The subagents of a supervisor, in the order of its spec.
    pub(crate) children: Vec<Child>,
    /// The agent that joins their outputs.
    pub(crate) aggregator: Option<Box<Child>>,
}

/// An agent that another one starts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Child {
    /// What its output is called.
    pub(crate) alias: String,
    /// From its inputs to where each comes from; what is usual where there is none.
    pub(crate) input_map: BTreeMap<String, String>,
    /// The agent.
    pub(crate) member: Member,
}

/// Finds an agent by its name.
pub(crate) type Find<'a> = dyn Fn(&str) -> Result<Found, AgentError> + 'a;

/// Reads every agent below `root`, by `find`, at most `depth_max` deep. The whole tree then has one tier,
/// the highest there is in it: what an agent is given goes down, and what it writes comes back up.
///
/// # Errors
/// [`CrewError`] for the first rule that does not hold.
pub(crate) fn gather(root: Found, find: &Find<'_>, depth_max: usize) -> Result<Member, CrewError> {
    let mut gathering = Gathering {
        find,
        depth_max,
        top: root.spec.name().to_owned(),
        above: Vec::new(),
        agents: 0,
    };
    let mut member = gathering.member(root)?;
    let tier = member.highest_tier();
    member.raise_to(tier);
    Ok(member)
}

struct Gathering<'a> {
    find: &'a Find<'a>,
    depth_max: usize,
    top: String,
    /// The names of those above the agent that is looked at.
    above: Vec<String>,
    agents: usize,
}

impl Gathering<'_> {
    fn member(&mut self, found: Found) -> Result<Member, CrewError> {
        let Some(composite) = found.spec.composite.clone() else {
            return Ok(Member {
                found,
                children: Vec::new(),
                aggregator: None,
            });
        };
        self.above.push(found.spec.name().to_owned());
        let mut children = Vec::new();
        for child in &composite.subagents {
            let alias = child.alias.as_ref().unwrap_or(&child.agent).clone();
            children.push(self.child(&found, &child.agent, alias, child.input_map.clone())?);
        }
        let aggregator = match (composite.strategy, &composite.aggregator) {
            (Strategy::Debate, Some(name)) => {
                let child = self.child(&found, name, name.clone(), BTreeMap::new())?;
                Some(Box::new(child))
            }
            (Strategy::Debate, None)
            | (Strategy::Sequential | Strategy::Parallel | Strategy::Iterative, _) => None,
        };
        self.above.pop();
        check_names(&found, &composite, &children)?;
        Ok(Member {
            found,
            children,
            aggregator,
        })
    }

    fn child(
        &mut self,
        parent: &Found,
        name: &str,
        alias: String,
        input_map: BTreeMap<String, String>,
    ) -> Result<Child, CrewError> {
        let (agent, child) = (parent.spec.name().to_owned(), name.to_owned());
        if self.above.iter().any(|above| above == name) {
            return Err(CrewError::Above { agent, child });
        }
        if !parent
            .spec
            .spawn_allowed
            .iter()
            .any(|allowed| allowed == name)
        {
            return Err(CrewError::NotAllowed { agent, child });
        }
        let depth_max = self.depth_max;
        if self.above.len() > depth_max {
            return Err(CrewError::TooDeep {
                agent,
                child,
                depth_max,
            });
        }
        self.agents += 1;
        if self.agents > AGENTS_MAX {
            return Err(CrewError::TooMany {
                agent: self.top.clone(),
                agents_max: AGENTS_MAX,
            });
        }
        let found = (self.find)(name).map_err(|source| CrewError::Unusable {
            agent,
            child,
            source,
        })?;
        Ok(Child {
            alias,
            input_map,
            member: self.member(found)?,
        })
    }
}

fn check_names(parent: &Found, composite: &Composite, children: &[Child]) -> Result<(), CrewError> {
    let agent = || parent.spec.name().to_owned();
    for (at, child) in children.iter().enumerate() {
        let before = children.get(..at).unwrap_or_default();
        let taken = before.iter().any(|other| other.alias == child.alias);
        if taken || child.alias == parent.spec.name() {
            return Err(CrewError::SameName {
                agent: agent(),
                alias: child.alias.clone(),
            });
        }
        let never = |source: &str| {
            let place = children.iter().position(|other| other.alias == source);
            match composite.strategy {
                Strategy::Parallel | Strategy::Debate => place.is_some(),
                Strategy::Sequential => place.is_some_and(|place| place >= at),
                Strategy::Iterative => false,
            }
        };
        let heads = child.input_map.values().map(|source| mapping::head(source));
        if let Some(source) = heads.into_iter().find(|source| never(source)) {
            return Err(CrewError::TooEarly {
                agent: agent(),
                child: child.alias.clone(),
                source_name: source.to_owned(),
            });
        }
    }
    Ok(())
}

impl Member {
    /// Returns the agent's name.
    pub(crate) fn name(&self) -> &str {
        self.found.spec.name()
    }

    /// Returns how its children work together, for a supervisor.
    pub(crate) fn composite(&self) -> Option<&Composite> {
        self.found.spec.composite.as_ref()
    }

    /// Whether it asks a model itself. A supervisor does when it has a prompt: it speaks first.
    pub(crate) fn speaks(&self) -> bool {
        self.composite().is_none() || !self.found.spec.prompt.system.trim().is_empty()
    }

    /// Returns its children, the aggregator last.
    pub(crate) fn below(&self) -> impl Iterator<Item = &Child> {
        self.children.iter().chain(self.aggregator.as_deref())
    }

    /// Returns it and every agent below it, each before those it starts.
    pub(crate) fn all(&self) -> Vec<&Self> {
        let below = self.below().flat_map(|child| child.member.all());
        std::iter::once(self).chain(below).collect()
    }

    fn highest_tier(&self) -> PrivacyTier {
        let tiers = self
            .all()
            .into_iter()
            .map(|member| member.found.spec.tier());
        tiers.max().unwrap_or_else(|| self.found.spec.tier())
    }

    /// Raises the tier of all to `tier`.
    pub(crate) fn raise_to(&mut self, tier: PrivacyTier) {
        self.found.spec.model_policy.privacy_tier = tier;
        let below = self
            .children
            .iter_mut()
            .chain(self.aggregator.as_deref_mut());
        for child in below {
            child.member.raise_to(tier);
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
