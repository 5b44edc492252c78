//! Trust policies of identity providers.

use super::Reviewer;
use super::view::Statement;
use crate::policy::actions::pattern_matches;
use crate::policy::document::Effect;
use crate::policy::problem::Rule;

/// The provider of GitHub Actions, which signs for everybody on GitHub.
const GITHUB: &str = "token.actions.githubusercontent.com";

impl Reviewer<'_> {
    pub(super) fn trust(&mut self, statement: &Statement<'_>) {
        let Some(principal) = statement.principal.as_ref().filter(|it| !it.negated) else {
            return;
        };
        if statement.action.negated || statement.effect != Effect::Allow {
            return;
        }
        self.fitting_action(statement);
        let providers: Vec<String> = principal
            .federated
            .iter()
            .map(|text| provider(text).to_ascii_lowercase())
            .collect();
        if principal.others || providers.is_empty() {
            return;
        }
        for condition in &statement.conditions {
            let Some((prefix, _)) = condition.key.rsplit_once(':') else {
                continue;
            };
            let prefix = prefix.to_ascii_lowercase();
            let url = prefix.contains('.');
            if url && !providers.contains(&prefix) && !providers.iter().any(|it| it.is_empty()) {
                let message = format!(
                    "{} is said by another provider than {}, so a request never has it",
                    condition.key,
                    super::listed(&providers)
                );
                self.suspect(&condition.spot, Rule::Condition, message);
            }
        }
        // Source: IAM User Guide, "Create a role for OpenID Connect federation", "Configuring a role
        // for GitHub OIDC identity provider".
        let whose = [
            "sub",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "job_workflow_ref",
            "enterprise_id",
            "actor_id",
        ];
        let narrowed = statement.conditions.iter().any(|condition| {
            let key = condition.key.to_ascii_lowercase();
            let claim = key.strip_prefix(GITHUB).and_then(|it| it.rsplit_once(':'));
            claim.is_some_and(|(_, claim)| whose.contains(&claim))
        });
        let github = providers
            .iter()
            .any(|it| it == GITHUB || it.starts_with(&format!("{GITHUB}/")));
        if github && !narrowed {
            let message = format!(
                "every repository on GitHub may assume the role; add a condition on {GITHUB}:sub"
            );
            self.suspect(&principal.spot, Rule::Meaning, message);
        }
    }

    /// Each sort of principal has its own action to assume a role.
    ///
    /// Source: AWS STS API Reference, AssumeRole, AssumeRoleWithSAML and AssumeRoleWithWebIdentity.
    fn fitting_action(&mut self, statement: &Statement<'_>) {
        let Some(principal) = &statement.principal else {
            return;
        };
        let saml = principal
            .federated
            .iter()
            .any(|it| it.contains(":saml-provider/"));
        let web = principal
            .federated
            .iter()
            .any(|it| !it.contains(":saml-provider/"));
        for (text, spot) in &statement.action.texts {
            if text.contains(['*', '?']) {
                continue;
            }
            let is = |name: &str| pattern_matches(text, name);
            let (fits, whose) = if is("sts:AssumeRole") {
                (principal.others, "AWS identities and services")
            } else if is("sts:AssumeRoleWithSAML") {
                (saml, "SAML providers")
            } else if is("sts:AssumeRoleWithWebIdentity") {
                (web, "OpenID Connect providers")
            } else {
                continue;
            };
            if !fits {
                let message = format!("{text} is for {whose}, and the Principal names none");
                self.suspect(spot, Rule::Meaning, message);
            }
        }
    }
}

/// What the claims of a provider are named after: its URL, or the domain name that it is named by.
/// Empty for a SAML provider.
fn provider(text: &str) -> &str {
    if !text.starts_with("arn:") {
        return text;
    }
    text.split_once(":oidc-provider/")
        .map_or("", |(_, url)| url)
}
