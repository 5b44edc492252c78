//! Reads a refused call out of AWS's sentences.
//!
//! Source: the sentences are those of the services' documentation and of public issues; IAM User Guide,
//! "Troubleshoot access denied error messages", for the frame that most of them share.

use std::sync::LazyLock;

use regex_lite::Regex;

/// A call that was refused, as far as a sentence says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Who made it.
    pub principal: Option<String>,
    /// The call, as IAM names it.
    pub call: Option<String>,
    /// On what.
    pub resource: Option<String>,
    /// Which policies it is about.
    pub because: Option<String>,
}

/// A frame: its pattern, and what it says besides what the pattern catches as `who`, `call`, `what`, `why`.
struct Frame {
    pattern: Regex,
    who: Option<&'static str>,
    call: Option<&'static str>,
}

static FRAMES: LazyLock<Vec<Frame>> = LazyLock::new(|| {
    let rows: [(&str, Option<&'static str>, Option<&'static str>); 9] = [
        (
            r#"(?:User: )?(?P<who>arn:\S+) is not authorized to perform: (?P<call>[a-z0-9-]+:\w+)(?: on resource: "?(?P<what>[^\s"]+?)"?(?:[\s,;)]|\.?$|\.\s)(?P<why>(?:because|with an explicit deny)[^.()\n]*)?)?"#,
            None,
            None,
        ),
        (
            r"(?P<who>arn:\S+) is not authorized to perform AssumeRole on role (?P<what>arn:[^\s,)]+)",
            None,
            Some("sts:AssumeRole"),
        ),
        (
            r"CodePipeline is not authorized to perform AssumeRole on role (?P<what>arn:[^\s,)]+)",
            Some("codepipeline.amazonaws.com"),
            Some("sts:AssumeRole"),
        ),
        (
            r"CodeBuild is not authorized to perform: sts:AssumeRole on (?P<what>arn:[^\s,)]+)",
            Some("codebuild.amazonaws.com"),
            Some("sts:AssumeRole"),
        ),
        (
            r"CodeDeploy does not have the permissions required to assume the role (?P<what>arn:[^\s,)]+)",
            Some("codedeploy.amazonaws.com"),
            Some("sts:AssumeRole"),
        ),
        (
            r"ECS was unable to assume the role '(?P<what>arn:[^']+)' that was provided for this task",
            Some("ecs-tasks.amazonaws.com"),
            Some("sts:AssumeRole"),
        ),
        // The role that it works on load balancers with.
        (
            r"ECS was unable to assume the role '(?P<what>arn:[^']+)'",
            Some("ecs.amazonaws.com"),
            Some("sts:AssumeRole"),
        ),
        (
            r"The IAM role (?P<who>arn:\S+) does not give you permission to perform operations in the following AWS service: (?P<what>\w+)",
            None,
            None,
        ),
        (
            r"Service role (?P<who>arn:\S+) does not allow AWS CodeBuild to create",
            None,
            Some("logs:CreateLogStream"),
        ),
    ];
    rows.into_iter()
        .filter_map(|(pattern, who, call)| {
            let pattern = Regex::new(pattern).ok()?;
            Some(Frame { pattern, who, call })
        })
        .collect()
});

/// The refused call that a text speaks of; the last one, where it speaks of several: in a log the others
/// are attempts before.
pub fn refusal(text: &str) -> Option<Refusal> {
    FRAMES.iter().find_map(|frame| {
        let found = frame.pattern.captures_iter(text).last()?;
        let part = |name: &str| {
            found
                .name(name)
                .map(|it| it.as_str().trim().trim_end_matches('.').to_owned())
                .filter(|it| !it.is_empty())
        };
        // Services put what is their own behind IAM's sentence.
        let why = part("why").map(|why| match why.split_once(" status code") {
            Some((why, _)) => why.to_owned(),
            None => why,
        });
        Some(Refusal {
            principal: part("who").or_else(|| frame.who.map(str::to_owned)),
            call: part("call").or_else(|| frame.call.map(str::to_owned)),
            resource: part("what"),
            because: why,
        })
    })
}

/// The account in an ARN.
pub fn account_of(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}
