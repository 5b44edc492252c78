//! Failures that cannot be put into a sandbox, and why not.

/// A failure that no world here can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absent {
    /// The failure, such as `F31`.
    pub id: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Why it cannot be had here, and where it is met instead.
    pub why: &'static str,
}

/// The failure of an id that cannot be had, if it is one.
pub fn absent(id: &str) -> Option<&'static Absent> {
    let wanted = id.trim();
    let (head, _) = wanted.split_once(':').unwrap_or((wanted, ""));
    ABSENT.iter().find(|it| it.id.eq_ignore_ascii_case(head))
}

const GITHUB: &str = "it happens in a GitHub Actions workflow, which does not run here";
const SERVERS: &str = "it happens on EC2 instances, and the sandbox has none";
const CREATION: &str =
    "AWS refuses it when the thing is made, so no run meets it: crosspipe checks it before";

/// All of them.
pub const ABSENT: &[Absent] = &[
    Absent {
        id: "F11",
        what: "docker rmi of an image that is not there",
        why: "it depends on what a command of the build finds, and the sandbox reads commands without running them",
    },
    Absent {
        id: "F14",
        what: "git asks for a password, or answers 403",
        why: "it lies in the credential helper of the machine that pushes",
    },
    Absent {
        id: "F15",
        what: "a deployment configuration that does not exist",
        why: "CodeDeploy refuses the group that names one, and the deletion of one that a group names: write a wrong deploy.config into crosspipe.toml and type crosspipe apply",
    },
    Absent {
        id: "F18",
        what: "deploys on a pull request that was closed without merging",
        why: GITHUB,
    },
    Absent {
        id: "F19",
        what: "the CodeDeploy agent has no credentials",
        why: SERVERS,
    },
    Absent {
        id: "F20",
        what: "blue/green with a launch template lacks permissions",
        why: SERVERS,
    },
    Absent {
        id: "F28",
        what: "the service-linked role of ECS is missing",
        why: "only the first cluster or service of an account meets it, and the environments here have both",
    },
    Absent {
        id: "F29",
        what: "a policy names a principal that does not exist",
        why: "AWS refuses to save such a policy, so no run meets it; F30 is what a role that was deleted later leaves behind",
    },
    Absent {
        id: "F31",
        what: "GitHub's token does not fit the role's trust",
        why: GITHUB,
    },
    Absent {
        id: "F32",
        what: "a role for GitHub without a condition on sub",
        why: CREATION,
    },
    Absent {
        id: "F41",
        what: "bucket and pipeline in different Regions",
        why: "a bucket cannot change its Region, and what each of AWS's services says of a wrong one is not known well enough to be imitated",
    },
    Absent {
        id: "F42",
        what: "the bucket's name is taken",
        why: CREATION,
    },
    Absent {
        id: "F44",
        what: "the bucket does not take ACLs",
        why: "nothing in a pipeline of crosspipe sets one",
    },
    Absent {
        id: "F45",
        what: "an artifact between two environment accounts",
        why: "each environment has a pipeline of its own, whose artifacts all come from the shared account",
    },
    Absent {
        id: "F47",
        what: "a new account may not build yet",
        why: "it is a limit that AWS keeps for an account, and that no call shows",
    },
    Absent {
        id: "F53",
        what: "Docker Hub's pull rate limit",
        why: "it depends on what docker pulls, and the sandbox reads commands without running them",
    },
    Absent {
        id: "F56",
        what: "chained credentials end after an hour",
        why: "a build here does not take an hour: how long commands take is known only where they run",
    },
    Absent {
        id: "F62",
        what: "CodeDeploy's role cannot see the service",
        why: "CodeDeploy checks it when the group is made; later it is F61",
    },
    Absent {
        id: "F63",
        what: "a deployment group without its parts",
        why: CREATION,
    },
    Absent {
        id: "F70",
        what: "an image for another processor",
        why: "images here are records without a platform",
    },
    Absent {
        id: "F71",
        what: "tasks without a way to the registry",
        why: "routes and endpoints of a VPC are not part of the sandbox",
    },
    Absent {
        id: "F76",
        what: "a target group without a load balancer",
        why: "ECS checks it when the service is made; of a service that is there F09 and F81 are the like",
    },
    Absent {
        id: "F77",
        what: "tasks fail their health checks",
        why: "nothing of an image runs here, so every target is healthy",
    },
    Absent {
        id: "F78",
        what: "green, and the site is down",
        why: "nothing of an image runs here, so every target is healthy",
    },
    Absent {
        id: "F79",
        what: "auto scaling during a deployment",
        why: "the sandbox has no Application Auto Scaling",
    },
    Absent {
        id: "F88",
        what: "CodeCommit takes no new repository",
        why: "it is a decision of AWS about an account",
    },
    Absent {
        id: "F90",
        what: "a variable of an action is too long",
        why: CREATION,
    },
    Absent {
        id: "F91",
        what: "a pipeline with one stage",
        why: CREATION,
    },
    Absent {
        id: "F93",
        what: "an update cancels the run that is going on",
        why: "nothing has to be broken for it: change a pipeline with aws codepipeline update-pipeline while it runs",
    },
    Absent {
        id: "F94",
        what: "throttling",
        why: "the sandbox answers as fast as it is asked",
    },
    Absent {
        id: "F95",
        what: "inline policies of a role are too long",
        why: CREATION,
    },
    Absent {
        id: "F96",
        what: "a trust policy is too long",
        why: CREATION,
    },
    Absent {
        id: "F97",
        what: "a key policy is too long",
        why: CREATION,
    },
    Absent {
        id: "F98",
        what: "letters that IAM does not take",
        why: CREATION,
    },
    Absent {
        id: "F99",
        what: "names that differ in case only",
        why: CREATION,
    },
    Absent {
        id: "F102",
        what: "a container name that the workflow does not find",
        why: GITHUB,
    },
    Absent {
        id: "F104",
        what: "GitHub drops an output that looks like a secret",
        why: GITHUB,
    },
    Absent {
        id: "F106",
        what: "a deployment to servers that is reported green",
        why: SERVERS,
    },
    Absent {
        id: "F108",
        what: "two tools own one service",
        why: "the second tool is not here; what it leaves behind is F09 or F82",
    },
];
