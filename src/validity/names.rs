//! The names of things, as AWS takes them.
//!
//! Each check answers what is wrong, at which character, and what is allowed, so that a person can
//! mend a name without opening a manual. The sandbox refuses by the same rules.

#[cfg(test)]
mod tests;

/// A name that AWS would refuse. `Display` says what is wrong with it; [`NameError::allowed`] says
/// what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} '{name}': {fault}")]
pub struct NameError {
    /// What the name is for, for example `IAM role name`.
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// What is wrong with it.
    pub fault: String,
    /// What is allowed, as a phrase without a final stop.
    pub allowed: &'static str,
    /// The character that is wrong, counted from 0, where it is one character.
    pub at: Option<usize>,
    /// The limit, where the name is too long.
    pub limit: Option<usize>,
}

/// What is asked of a kind of name: its length and its letters.
struct Rule {
    what: &'static str,
    allowed: &'static str,
    min: usize,
    max: usize,
    letter: fn(char) -> bool,
}

impl Rule {
    fn fault(&self, name: &str, fault: impl Into<String>, at: Option<usize>) -> NameError {
        NameError {
            what: self.what,
            name: name.to_owned(),
            fault: fault.into(),
            allowed: self.allowed,
            at,
            limit: None,
        }
    }

    fn check(&self, name: &str) -> Result<(), NameError> {
        if name.is_empty() && self.min > 0 {
            return Err(self.fault(name, "it is empty", None));
        }
        let wrong = name
            .chars()
            .enumerate()
            .find(|(_, letter)| !(self.letter)(*letter));
        if let Some((at, letter)) = wrong {
            return Err(self.fault(
                name,
                format!("{} at character {} is not allowed", shown(letter), at + 1),
                Some(at),
            ));
        }
        let length = name.chars().count();
        if length < self.min {
            return Err(self.fault(
                name,
                format!("{length} characters, at least {} are needed", self.min),
                None,
            ));
        }
        if length > self.max {
            let mut error = self.fault(
                name,
                format!("{length} characters, {} are allowed", self.max),
                None,
            );
            error.limit = Some(self.max);
            return Err(error);
        }
        Ok(())
    }
}

/// A character as a person can see it.
fn shown(letter: char) -> String {
    match letter {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        letter if letter.is_control() => format!("U+{:04X}", u32::from(letter)),
        letter => format!("'{letter}'"),
    }
}

fn word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn letter_digit_hyphen(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-'
}

/// An S3 bucket in the global namespace: 3 to 63 lower-case letters, digits, dots and hyphens, a
/// letter or digit at both ends, no two dots in a row, not an IP address, none of the reserved
/// beginnings and endings. Source: Amazon S3 User Guide, "General purpose bucket naming rules".
pub fn check_bucket(name: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "S3 bucket name",
        allowed: "3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends",
        min: 3,
        max: 63,
        letter: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-',
    };
    RULE.check(name)?;
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(RULE.fault(name, "it must start with a letter or digit", Some(0)));
    }
    if !name.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        let last = name.chars().count().saturating_sub(1);
        return Err(RULE.fault(name, "it must end with a letter or digit", Some(last)));
    }
    if let Some(at) = name.find("..") {
        return Err(RULE.fault(name, "two dots in a row are not allowed", Some(at)));
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err(RULE.fault(name, "it looks like an IP address", None));
    }
    for reserved in ["xn--", "sthree-", "amzn-s3-demo-"] {
        if name.starts_with(reserved) {
            return Err(RULE.fault(
                name,
                format!("names that start with '{reserved}' are reserved by AWS"),
                Some(0),
            ));
        }
    }
    for reserved in ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"] {
        if name.ends_with(reserved) {
            return Err(RULE.fault(
                name,
                format!("names that end with '{reserved}' are reserved by AWS"),
                Some(name.len().saturating_sub(reserved.len())),
            ));
        }
    }
    Ok(())
}

/// An IAM role, without its path. Source: the IAM API model (`roleNameType`).
pub fn check_role_name(name: &str) -> Result<(), NameError> {
    Rule {
        what: "IAM role name",
        allowed: "1 to 64 letters, digits and the characters _+=,.@-",
        min: 1,
        max: 64,
        letter: |c| word(c) || "+=,.@-".contains(c),
    }
    .check(name)
}

/// The path of an IAM role: `/`, or a text between two slashes. Source: the IAM API model
/// (`pathType`).
pub fn check_role_path(path: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "IAM path",
        allowed: "/ alone, or up to 512 visible ASCII characters that start and end with a slash, for example /cicd/",
        min: 1,
        max: 512,
        letter: |c| c.is_ascii_graphic(),
    };
    RULE.check(path)?;
    if !path.starts_with('/') {
        return Err(RULE.fault(path, "it must start with a slash", Some(0)));
    }
    if !path.ends_with('/') {
        let last = path.chars().count().saturating_sub(1);
        return Err(RULE.fault(path, "it must end with a slash", Some(last)));
    }
    if path == "//" {
        return Err(RULE.fault(path, "there is nothing between its slashes", None));
    }
    Ok(())
}

/// The description of an IAM role: Latin-1 only. Source: the IAM API model
/// (`roleDescriptionType`).
pub fn check_role_description(text: &str) -> Result<(), NameError> {
    Rule {
        what: "IAM description",
        allowed: "up to 1000 Latin-1 characters (Western European letters, digits, punctuation)",
        min: 0,
        max: 1000,
        letter: latin1,
    }
    .check(text)
}

/// Whether IAM takes a character in a role's description. Source: the IAM API model.
pub fn latin1(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='~' | '\u{A1}'..='\u{FF}')
}

/// A managed policy of the customer, without its path: what a permission boundary names. Source:
/// the IAM API model (`policyNameType`).
pub fn check_policy_name(name: &str) -> Result<(), NameError> {
    Rule {
        what: "IAM policy name",
        allowed: "1 to 128 letters, digits and the characters _+=,.@-",
        min: 1,
        max: 128,
        letter: |c| word(c) || "+=,.@-".contains(c),
    }
    .check(name)
}

/// The session name of an assumed role. Source: the STS API model (`roleSessionNameType`).
pub fn check_role_session_name(name: &str) -> Result<(), NameError> {
    Rule {
        what: "role session name",
        allowed: "2 to 64 letters, digits and the characters _+=,.@-",
        min: 2,
        max: 64,
        letter: |c| word(c) || "+=,.@-".contains(c),
    }
    .check(name)
}

/// The external id that a role's trust policy asks for. Source: the STS API model
/// (`externalIdType`).
pub fn check_external_id(text: &str) -> Result<(), NameError> {
    Rule {
        what: "external id",
        allowed: "2 to 1224 letters, digits and the characters _+=,.@:/-",
        min: 2,
        max: 1224,
        letter: |c| word(c) || "+=,.@:/-".contains(c),
    }
    .check(text)
}

/// The serial number or ARN of an MFA device. Source: the STS API model (`serialNumberType`).
pub fn check_mfa_serial(text: &str) -> Result<(), NameError> {
    Rule {
        what: "MFA device",
        allowed: "its ARN or serial number: 9 to 256 letters, digits and the characters _+=/:,.@-",
        min: 9,
        max: 256,
        letter: |c| word(c) || "+=/:,.@-".contains(c),
    }
    .check(text)
}

/// A KMS alias, with `alias/`. `alias/aws/` belongs to AWS. Source: the KMS API model
/// (`AliasNameType`) and the documentation of `CreateAlias`.
pub fn check_key_alias(alias: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "KMS alias",
        allowed: "alias/ and then letters, digits and the characters /_-, 256 in all, not starting with alias/aws/",
        min: 1,
        max: 256,
        letter: |c| word(c) || c == '/' || c == '-',
    };
    RULE.check(alias)?;
    match alias.strip_prefix("alias/") {
        None => Err(RULE.fault(alias, "it must start with 'alias/'", Some(0))),
        Some("") => Err(RULE.fault(alias, "nothing follows 'alias/'", None)),
        Some(rest) if rest.starts_with("aws/") => Err(RULE.fault(
            alias,
            "aliases that start with 'alias/aws/' belong to AWS",
            Some(6),
        )),
        Some(_) => Ok(()),
    }
}

/// A CodeCommit repository. Source: the CodeCommit API model (`RepositoryName`), and the CodeCommit
/// User Guide for the ending `.git`.
pub fn check_repository(name: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "CodeCommit repository name",
        allowed: "1 to 100 letters, digits, dots, underscores and hyphens, not ending with .git",
        min: 1,
        max: 100,
        letter: |c| word(c) || c == '.' || c == '-',
    };
    RULE.check(name)?;
    if name.ends_with(".git") {
        let at = name.chars().count().saturating_sub(4);
        return Err(RULE.fault(name, "it must not end with '.git'", Some(at)));
    }
    Ok(())
}

/// A branch, as `git check-ref-format --branch` accepts it and CodeCommit takes it (1 to 256
/// characters). Source: the manual page of git-check-ref-format; the CodeCommit API model
/// (`BranchName`).
pub fn check_branch(name: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "branch name",
        allowed: "what Git takes: no spaces, no ~^:?*[\\, no '..', '@{' or '//', no slash at either end, no dot at the start of a part, no '.lock' at the end of a part, no hyphen at the start",
        min: 1,
        max: 256,
        letter: |c| !c.is_control() && c != ' ' && !"~^:?*[\\".contains(c),
    };
    RULE.check(name)?;
    for wrong in ["..", "@{", "//"] {
        if let Some(bytes) = name.find(wrong) {
            let at = name.get(..bytes).map_or(0, |before| before.chars().count());
            return Err(RULE.fault(name, format!("it contains '{wrong}'"), Some(at)));
        }
    }
    let last = name.chars().count().saturating_sub(1);
    if name == "@" || name == "HEAD" {
        return Err(RULE.fault(name, "the name has a meaning of its own in Git", None));
    }
    if name.starts_with('-') {
        return Err(RULE.fault(name, "it starts with a hyphen", Some(0)));
    }
    if name.starts_with("refs/") {
        return Err(RULE.fault(
            name,
            "this is a full reference; the branch is what follows 'refs/heads/'",
            Some(0),
        ));
    }
    if name.starts_with('/') {
        return Err(RULE.fault(name, "it starts with a slash", Some(0)));
    }
    if name.ends_with('/') {
        return Err(RULE.fault(name, "it ends with a slash", Some(last)));
    }
    if name.ends_with('.') {
        return Err(RULE.fault(name, "it ends with a dot", Some(last)));
    }
    for part in name.split('/') {
        if part.starts_with('.') {
            return Err(RULE.fault(name, format!("the part '{part}' starts with a dot"), None));
        }
        if part.ends_with(".lock") {
            return Err(RULE.fault(name, format!("the part '{part}' ends with '.lock'"), None));
        }
    }
    Ok(())
}

/// A CodeBuild project. Source: the CodeBuild API model (`ProjectName`).
pub fn check_project(name: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "CodeBuild project name",
        allowed: "2 to 150 letters, digits, hyphens and underscores, starting with a letter or digit",
        min: 2,
        max: 150,
        letter: |c| word(c) || c == '-',
    };
    RULE.check(name)?;
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(RULE.fault(name, "it must start with a letter or digit", Some(0)));
    }
    Ok(())
}

/// A pipeline, a stage or an action of CodePipeline. Source: the CodePipeline API model
/// (`PipelineName`, `StageName`, `ActionName`).
pub fn check_pipeline(name: &str) -> Result<(), NameError> {
    Rule {
        what: "pipeline name",
        allowed: "1 to 100 letters, digits and the characters .@-_",
        min: 1,
        max: 100,
        letter: |c| word(c) || ".@-".contains(c),
    }
    .check(name)
}

/// An EventBridge rule or the id of a rule's target. Source: the EventBridge API model (`RuleName`,
/// `TargetId`).
pub fn check_rule(name: &str) -> Result<(), NameError> {
    Rule {
        what: "EventBridge rule name",
        allowed: "1 to 64 letters, digits, dots, hyphens and underscores",
        min: 1,
        max: 64,
        letter: |c| word(c) || ".-".contains(c),
    }
    .check(name)
}

/// An ECR repository: parts of lower-case letters and digits, joined by `.`, `_`, `__` or hyphens,
/// with slashes between the parts. Source: the ECR API model (`RepositoryName`).
pub fn check_image_repository(name: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "ECR repository name",
        allowed: "2 to 256 lower-case letters and digits, with single dots, one or two underscores, hyphens or slashes between them",
        min: 2,
        max: 256,
        letter: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c),
    };
    RULE.check(name)?;
    for part in name.split('/') {
        if part.is_empty() {
            return Err(RULE.fault(
                name,
                "there is nothing between two slashes or at an end",
                None,
            ));
        }
        if !part.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !part.ends_with(|c: char| c.is_ascii_alphanumeric())
        {
            return Err(RULE.fault(
                name,
                format!("'{part}' must start and end with a letter or digit"),
                None,
            ));
        }
        let joints = part.split(|c: char| c.is_ascii_alphanumeric());
        for joint in joints.filter(|joint| !joint.is_empty()) {
            let legal =
                joint == "." || joint == "_" || joint == "__" || joint.bytes().all(|b| b == b'-');
            if !legal {
                return Err(RULE.fault(
                    name,
                    format!("'{joint}' is not allowed between letters"),
                    None,
                ));
            }
        }
    }
    Ok(())
}

/// An image tag. Source: the OCI distribution specification, "Pulling manifests".
pub fn check_image_tag(tag: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "image tag",
        allowed: "1 to 128 letters, digits, dots, hyphens and underscores, not starting with a dot or hyphen",
        min: 1,
        max: 128,
        letter: |c| word(c) || ".-".contains(c),
    };
    RULE.check(tag)?;
    if tag.starts_with(['.', '-']) {
        return Err(RULE.fault(tag, "it starts with a dot or hyphen", Some(0)));
    }
    Ok(())
}

/// A CodeDeploy application. Source: the CodeDeploy API model (length) and the CodeDeploy User
/// Guide, "CodeDeploy quotas" (letters).
pub fn check_deploy_application(name: &str) -> Result<(), NameError> {
    codedeploy("CodeDeploy application name", name)
}

/// A CodeDeploy deployment group. Source: as [`check_deploy_application`].
pub fn check_deployment_group(name: &str) -> Result<(), NameError> {
    codedeploy("deployment group name", name)
}

/// A deployment configuration of the customer's own; `CodeDeployDefault.` is reserved for the
/// predefined ones. Source: the CodeDeploy API documentation of `CreateDeploymentConfig`.
pub fn check_deployment_config(name: &str) -> Result<(), NameError> {
    codedeploy("deployment configuration name", name)?;
    if name.starts_with("CodeDeployDefault.") {
        return Err(NameError {
            what: "deployment configuration name",
            name: name.to_owned(),
            fault: "names that start with 'CodeDeployDefault.' are reserved by AWS".to_owned(),
            allowed: "1 to 100 letters, digits and the characters +=,.@_-",
            at: Some(0),
            limit: None,
        });
    }
    Ok(())
}

fn codedeploy(what: &'static str, name: &str) -> Result<(), NameError> {
    Rule {
        what,
        allowed: "1 to 100 letters, digits and the characters +=,.@_-",
        min: 1,
        max: 100,
        letter: |c| word(c) || "+=,.@-".contains(c),
    }
    .check(name)
}

/// A connection of AWS CodeConnections. Source: the CodeConnections API model (`ConnectionName`:
/// the length; any character). Characters that only cause trouble in a shell are refused too.
pub fn check_connection(name: &str) -> Result<(), NameError> {
    Rule {
        what: "connection name",
        allowed: "1 to 32 characters, none of them a control character",
        min: 1,
        max: 32,
        letter: |c| !c.is_control(),
    }
    .check(name)
}

/// The family of a task definition. Source: the ECS API documentation of `RegisterTaskDefinition`.
pub fn check_task_family(name: &str) -> Result<(), NameError> {
    ecs("task definition family", name)
}

/// An ECS cluster. Source: the ECS API documentation of `CreateCluster`.
pub fn check_cluster(name: &str) -> Result<(), NameError> {
    ecs("ECS cluster name", name)
}

/// An ECS service. Source: the ECS API documentation of `CreateService`.
pub fn check_service(name: &str) -> Result<(), NameError> {
    ecs("ECS service name", name)
}

/// A container of a task definition. Source: the ECS API documentation of `ContainerDefinition`.
pub fn check_container(name: &str) -> Result<(), NameError> {
    ecs("container name", name)
}

fn ecs(what: &'static str, name: &str) -> Result<(), NameError> {
    Rule {
        what,
        allowed: "1 to 255 letters, digits, hyphens and underscores",
        min: 1,
        max: 255,
        letter: |c| word(c) || c == '-',
    }
    .check(name)
}

/// A target group or load balancer. Source: the Elastic Load Balancing API documentation of
/// `CreateTargetGroup` and `CreateLoadBalancer`.
pub fn check_target_group(name: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "target group name",
        allowed: "1 to 32 letters, digits and hyphens, with no hyphen at either end",
        min: 1,
        max: 32,
        letter: letter_digit_hyphen,
    };
    RULE.check(name)?;
    if name.starts_with('-') || name.ends_with('-') {
        return Err(RULE.fault(name, "it starts or ends with a hyphen", None));
    }
    Ok(())
}

fn tag_letter(letter: char) -> bool {
    letter.is_alphabetic() || letter.is_numeric() || letter == ' ' || "_.:/=+-@".contains(letter)
}

/// The key of a tag that goes on things of every service: the narrowest limits of all of them (127
/// characters). Letters of every script are allowed. Source: the API models of IAM (`tagKeyType`)
/// and CodeBuild (`KeyInput`); the prefix `aws:` is AWS's own, AWS General Reference, "Tagging".
pub fn check_tag_key(key: &str) -> Result<(), NameError> {
    const RULE: Rule = Rule {
        what: "tag key",
        allowed: "1 to 127 letters, digits, spaces and the characters _.:/=+-@, not starting with aws:",
        min: 1,
        max: 127,
        letter: tag_letter,
    };
    RULE.check(key)?;
    if key
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
    {
        return Err(RULE.fault(
            key,
            "keys that start with 'aws:' are reserved by AWS",
            Some(0),
        ));
    }
    Ok(())
}

/// The value of a tag that goes on things of every service: the narrowest limits of all of them
/// (255 characters). Source: as [`check_tag_key`] (`tagValueType`, `ValueInput`).
pub fn check_tag_value(value: &str) -> Result<(), NameError> {
    Rule {
        what: "tag value",
        allowed: "up to 255 letters, digits, spaces and the characters _.:/=+-@",
        min: 0,
        max: 255,
        letter: tag_letter,
    }
    .check(value)
}
