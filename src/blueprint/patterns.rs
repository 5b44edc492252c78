//! The patterns that names are made from: where each is used and what AWS asks of its result.

use crate::validity::names::{self, NameError};

use super::NamePatterns;

/// Whose account a thing lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// One thing in the shared account that serves all environments.
    Shared,
    /// A thing in the shared account for each environment.
    SharedPerEnvironment,
    /// A thing in each environment's account.
    Environment,
}

/// A pattern of `[names]`.
pub struct Pattern {
    /// Its key.
    pub name: &'static str,
    /// What is named by it.
    pub what: &'static str,
    /// Whose account the thing lives in.
    pub home: Home,
    /// The names that must differ from each other share a scope.
    pub scope: &'static str,
    /// What AWS asks of the name.
    pub check: fn(&str) -> Result<(), NameError>,
    /// Reads it.
    pub get: fn(&NamePatterns) -> &String,
    /// Sets it.
    pub get_mut: fn(&mut NamePatterns) -> &mut String,
}

macro_rules! pattern {
    ($field:ident, $what:literal, $home:ident, $scope:literal, $check:expr) => {
        Pattern {
            name: stringify!($field),
            what: $what,
            home: Home::$home,
            scope: $scope,
            check: $check,
            get: |patterns| &patterns.$field,
            get_mut: |patterns| &mut patterns.$field,
        }
    };
}

fn check_alias(name: &str) -> Result<(), NameError> {
    names::check_key_alias(&format!("alias/{name}"))
}

/// All patterns, in the order that a person reads them.
pub const PATTERNS: [Pattern; 18] = [
    pattern!(
        pipeline,
        "pipeline",
        SharedPerEnvironment,
        "pipeline",
        names::check_pipeline
    ),
    pattern!(
        project,
        "CodeBuild project",
        SharedPerEnvironment,
        "project",
        names::check_project
    ),
    pattern!(
        rule,
        "EventBridge rule",
        SharedPerEnvironment,
        "rule",
        names::check_rule
    ),
    pattern!(
        bucket,
        "artifact bucket",
        Shared,
        "bucket",
        names::check_bucket
    ),
    pattern!(
        key_alias,
        "alias of the artifact key",
        Shared,
        "alias",
        check_alias
    ),
    pattern!(
        connection,
        "connection",
        Shared,
        "connection",
        names::check_connection
    ),
    pattern!(
        pipeline_role,
        "role of the pipeline",
        SharedPerEnvironment,
        "role",
        names::check_role_name
    ),
    pattern!(
        build_role,
        "role of the build",
        SharedPerEnvironment,
        "role",
        names::check_role_name
    ),
    pattern!(
        events_role,
        "role of the rule",
        SharedPerEnvironment,
        "role",
        names::check_role_name
    ),
    pattern!(
        deploy_role,
        "role of the deploy action",
        Environment,
        "role",
        names::check_role_name
    ),
    pattern!(
        push_role,
        "role of the image push",
        Environment,
        "role",
        names::check_role_name
    ),
    pattern!(
        codedeploy_role,
        "role of CodeDeploy",
        Environment,
        "role",
        names::check_role_name
    ),
    pattern!(
        execution_role,
        "role that starts tasks",
        Environment,
        "role",
        names::check_role_name
    ),
    pattern!(
        task_role,
        "role of the application",
        Environment,
        "role",
        names::check_role_name
    ),
    pattern!(
        image_repository,
        "ECR repository",
        Environment,
        "image repository",
        names::check_image_repository
    ),
    pattern!(
        deploy_application,
        "CodeDeploy application",
        Environment,
        "CodeDeploy application",
        names::check_deploy_application
    ),
    pattern!(
        deployment_group,
        "deployment group",
        Environment,
        "deployment group",
        names::check_deployment_group
    ),
    pattern!(
        task_family,
        "task definition family",
        Environment,
        "task family",
        names::check_task_family
    ),
];

/// The placeholders that a pattern may hold.
pub const PLACEHOLDERS: [&str; 5] = [
    "organization",
    "application",
    "environment",
    "account",
    "region",
];

/// Every `{...}` in a pattern, without the braces, and whether a brace is left over.
pub fn placeholders(pattern: &str) -> (Vec<&str>, bool) {
    let mut found = Vec::new();
    let mut stray = false;
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        stray |= before.contains('}');
        let Some((name, tail)) = after.split_once('}') else {
            return (found, true);
        };
        found.push(name);
        rest = tail;
    }
    (found, stray || rest.contains('}'))
}

/// A pattern with its placeholders replaced, or nothing where one of them is not known.
pub fn fill(pattern: &str, known: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut text = pattern.to_owned();
    for placeholder in placeholders(pattern).0 {
        text = text.replace(&format!("{{{placeholder}}}"), &known(placeholder)?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_has_a_row() {
        let json = serde_json::to_value(NamePatterns::default()).unwrap();
        let mut in_model: Vec<String> = json.as_object().unwrap().keys().cloned().collect();
        let mut here: Vec<String> = PATTERNS
            .iter()
            .map(|pattern| pattern.name.to_owned())
            .collect();
        in_model.sort();
        here.sort();
        assert_eq!(in_model, here);
        for pattern in &PATTERNS {
            let expected = json.get(pattern.name).unwrap().as_str().unwrap();
            assert_eq!((pattern.get)(&NamePatterns::default()), expected);
        }
    }

    #[test]
    fn placeholders_and_stray_braces() {
        assert_eq!(placeholders("{a}-{b}"), (vec!["a", "b"], false));
        assert_eq!(placeholders("{a"), (vec![], true));
        assert_eq!(placeholders("a}"), (vec![], true));
        assert_eq!(
            fill("{a}-x", |name| (name == "a").then(|| "1".to_owned())).as_deref(),
            Some("1-x")
        );
        assert_eq!(fill("{b}", |_| None), None);
    }
}
