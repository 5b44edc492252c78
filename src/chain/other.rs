//! Actions that are neither source, build nor deployment.
//!
//! Source: AWS CodePipeline User Guide, "Add a manual approval action", "AWS Lambda invoke action reference".

use super::list::{Ask, List};
use super::need::{Confidence, Step};
use super::says::Words;
use super::scene::{Action, account_in};
use super::source::CODEPIPELINE;

impl<'a> List<'a> {
    /// A person is asked; a topic is told, where there is one.
    pub fn approval(&mut self, action: &Action<'a>) {
        self.assume(action, "approval");
        let Some(topic) = action.configured("NotificationArn") else {
            return;
        };
        let who = self.scene.action_session(action);
        self.add(
            Ask::new(
                "approval/notify",
                Step::Act,
                &who,
                "sns:Publish",
                topic,
                account_in(topic).unwrap_or(self.scene.account),
            )
            .via(CODEPIPELINE)
            .why("The topic tells people that their approval is waited for.")
            .refused(Words::Plain {
                failure: "",
                seen: Confidence::Reasoned,
            }),
        );
    }

    /// A Lambda function is called.
    pub fn function(&mut self, action: &Action<'a>) {
        self.assume(action, "invoke");
        self.input_artifacts(action);
        let who = self.scene.action_session(action);
        let account = self.scene.account_of(action);
        let name = action.configured("FunctionName").unwrap_or_default();
        let arn = if name.starts_with("arn:") {
            name.to_owned()
        } else {
            self.scene.arn(
                "lambda",
                self.scene.region_of(action),
                account,
                &format!("function:{name}"),
            )
        };
        self.add(
            Ask::new(
                "invoke/function",
                Step::Act,
                &who,
                "lambda:InvokeFunction",
                arn,
                account,
            )
            .via(CODEPIPELINE)
            .why("The action calls the function.")
            .refused(Words::Plain {
                failure: "",
                seen: Confidence::Reasoned,
            }),
        );
        self.gap("The function answers with codepipeline:PutJobSuccessResult in the name of its own role, which is not listed.");
    }

    pub fn other(&mut self, action: &Action<'a>) {
        self.assume(action, "action");
        self.gap(format!(
            "What an action of category {} and provider {} asks is not known here.",
            action.category, action.provider
        ));
    }
}
