//! What is known of a break: where a run ends with it, in which words, and how it is put right again.

use serde::Serialize;

use super::site::{Misfit, Site};

/// How a pipeline deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// CodeDeploy shifts the traffic between two task sets.
    CodedeployBlueGreen,
    /// ECS replaces tasks.
    EcsRolling,
    /// ECS itself shifts the traffic between two revisions.
    EcsBlueGreen,
}

/// All of them.
pub const ANY: &[Strategy] = &[
    Strategy::CodedeployBlueGreen,
    Strategy::EcsRolling,
    Strategy::EcsBlueGreen,
];
/// CodeDeploy's.
pub const CODEDEPLOY: &[Strategy] = &[Strategy::CodedeployBlueGreen];
/// Those that ECS carries out itself.
pub const ECS: &[Strategy] = &[Strategy::EcsRolling, Strategy::EcsBlueGreen];
/// ECS's rolling update.
pub const ROLLING: &[Strategy] = &[Strategy::EcsRolling];
/// ECS's blue/green deployment.
pub const NATIVE: &[Strategy] = &[Strategy::EcsBlueGreen];

impl Strategy {
    /// As it is written in `crosspipe.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::CodedeployBlueGreen => "codedeploy-blue-green",
            Self::EcsRolling => "ecs-rolling",
            Self::EcsBlueGreen => "ecs-blue-green",
        }
    }
}

/// How well AWS's words are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// AWS's documentation or API model has them.
    Documented,
    /// Seen in a public issue, repository or log.
    Observed,
    /// Put together from what is documented or was seen; the whole sentence was not.
    Reasoned,
    /// From memory, or the sandbox's own.
    Unverified,
}

impl Known {
    /// For a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Reasoned => "put together from what was observed",
            Self::Unverified => "not verified",
        }
    }
}

/// Where words are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum See {
    /// `aws logs get-log-events`, or the build in the console.
    BuildLog,
    /// `aws codedeploy get-deployment`.
    Deployment,
    /// `aws ecs describe-services`: the service's events.
    ServiceEvents,
    /// `aws ecs describe-tasks`: why a task has stopped.
    StoppedTask,
    /// `aws ecs describe-service-deployments`: what became of it, and why.
    ServiceDeployment,
}

impl See {
    /// For a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::BuildLog => "in the build's log",
            Self::Deployment => "of CodeDeploy's deployment",
            Self::ServiceEvents => "in the ECS service's events",
            Self::StoppedTask => "as the stopped task's reason",
            Self::ServiceDeployment => "of the ECS service deployment",
        }
    }
}

/// Words in a second place, which say more than the action does.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    /// Where.
    pub see: See,
    /// The words, as in [`End::Fails`].
    pub says: &'static str,
}

/// What becomes of the next run. In words, `{name}` stands for a thing of this world, and `<name>` for what differs
/// from run to run.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// An action fails.
    Fails {
        /// The category of the action: `Source`, `Build` or `Deploy`.
        at: &'static str,
        /// `errorDetails.code`.
        code: &'static str,
        /// `errorDetails.message`, whole.
        says: &'static str,
        /// How well that is known.
        known: Known,
        /// Where more is said.
        more: &'static [Sight],
    },
    /// No run starts.
    Silence {
        /// What can be seen all the same.
        look: &'static str,
    },
    /// The run lands as if nothing were wrong.
    Lands {
        /// What is wrong all the same.
        look: &'static str,
        /// Where something is said of it.
        more: &'static [Sight],
    },
    /// One push starts two runs.
    Twice,
    /// Of several runs some are superseded.
    Superseded,
}

/// How it is put right again.
#[derive(Debug, Clone, Copy)]
pub enum Right {
    /// `crosspipe apply` finds it and sets it back.
    Apply,
    /// The commit is taken back, or the file set right, with another push.
    Push,
    /// By hand.
    Hand(&'static str),
}

impl Right {
    /// For a person.
    pub fn text(self) -> &'static str {
        match self {
            Self::Apply => "crosspipe apply --sandbox sets it back",
            Self::Push => "push a commit that sets the file right: git revert of this one will do",
            Self::Hand(text) => text,
        }
    }
}

/// What puts a break into a world.
pub(super) type Put = fn(&mut Site<'_>) -> Result<(), Misfit>;

/// A known failure that can be put into a world.
#[derive(Clone, Copy)]
pub struct Break {
    /// The failure, such as `F02`.
    pub id: &'static str,
    /// Which of its causes, where there are several.
    pub variant: &'static str,
    /// A name, such as `action-role-cannot-decrypt`.
    pub name: &'static str,
    /// What is done, in one line.
    pub what: &'static str,
    /// What becomes of a run, by the strategies that it belongs to.
    pub ends: &'static [(&'static [Strategy], End)],
    /// How it is put right again.
    pub right: Right,
    /// Puts it in.
    pub(super) put: Put,
}

impl Break {
    /// `F02` or `F02:key`.
    pub fn full_id(&self) -> String {
        match self.variant {
            "" => self.id.to_owned(),
            variant => format!("{}:{variant}", self.id),
        }
    }

    /// The number of the failure.
    pub fn number(&self) -> u32 {
        self.id.trim_start_matches('F').parse().unwrap_or(u32::MAX)
    }

    /// What becomes of a run that deploys in a certain way; `None` where the failure does not belong to it.
    pub fn end(&self, strategy: Strategy) -> Option<End> {
        let found = self.ends.iter().find(|(of, _)| of.contains(&strategy));
        found.map(|(_, end)| *end)
    }

    /// The strategies that it belongs to.
    pub fn strategies(&self) -> Vec<Strategy> {
        ANY.iter()
            .copied()
            .filter(|strategy| self.end(*strategy).is_some())
            .collect()
    }
}

/// Something that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The account.
    pub account: String,
    /// What was changed: an ARN, or a name with what it is.
    pub resource: String,
    /// How it was.
    pub before: String,
    /// How it is.
    pub after: String,
}

/// An action that fails, with nothing more to see.
pub(super) const fn fails(
    at: &'static str,
    code: &'static str,
    says: &'static str,
    known: Known,
) -> End {
    seen(at, code, says, known, &[])
}

/// An action that fails, with more said elsewhere.
pub(super) const fn seen(
    at: &'static str,
    code: &'static str,
    says: &'static str,
    known: Known,
    more: &'static [Sight],
) -> End {
    End::Fails {
        at,
        code,
        says,
        known,
        more,
    }
}

/// Words in a second place.
pub(super) const fn sight(see: See, says: &'static str) -> Sight {
    Sight { see, says }
}
