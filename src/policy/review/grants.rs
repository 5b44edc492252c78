//! Grants that are wider than they look.

use super::Reviewer;
use super::view::Statement;
use crate::policy::actions::{Pattern, pattern_matches};
use crate::policy::document::Effect;
use crate::policy::problem::Rule;

impl Reviewer<'_> {
    pub(super) fn grants(&mut self, statement: &Statement<'_>) {
        if statement.effect != Effect::Allow {
            return;
        }
        if statement.action.negated {
            let message =
                "NotAction with Allow grants every other action, those of services to come too";
            let Some((_, spot)) = statement.action.texts.first() else {
                return;
            };
            self.suspect(&spot.whole(), Rule::Meaning, message);
        }
        if let Some(resource) = &statement.resource
            && resource.negated
            && let Some((_, spot)) = resource.texts.first()
        {
            let message = "NotResource with Allow grants every other resource, those to come too";
            self.suspect(&spot.whole(), Rule::Meaning, message);
        }
        self.pass_role(statement);
    }

    /// Whoever may pass every role to every service may do whatever the most powerful role may.
    ///
    /// Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
    fn pass_role(&mut self, statement: &Statement<'_>) {
        if statement.action.negated {
            return;
        }
        let passes = statement.action.texts.iter().find(|(text, _)| {
            text.get(..4)
                .is_some_and(|it| it.eq_ignore_ascii_case("iam:"))
                && pattern_matches(text, "iam:PassRole")
        });
        let Some((text, _)) = passes else {
            return;
        };
        let wide = statement.resource.iter().find_map(|resource| {
            let mut texts = resource.texts.iter();
            let wide = texts.find(|(text, _)| {
                let name = text.splitn(6, ':').nth(5).unwrap_or_default();
                Pattern::new(text).is_everything()
                    || matches!(name, "*" | "role/*" | "role*" | "role/**")
            });
            wide.filter(|_| !resource.negated)
        });
        let told = statement.conditions.iter().any(|it| {
            it.key.eq_ignore_ascii_case("iam:PassedToService")
                || it.key.eq_ignore_ascii_case("iam:AssociatedResourceArn")
        });
        if let Some((resource, spot)) = wide.filter(|_| !told) {
            let message = format!(
                "{text} on \"{resource}\" passes every role to every service; name the roles, and the service in a condition on iam:PassedToService"
            );
            self.suspect(spot, Rule::Meaning, message);
        }
    }
}
