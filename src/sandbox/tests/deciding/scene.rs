//! Users, roles and documents for probes.

use serde_json::{Value, json};

use crate::sandbox::Options;
use crate::sandbox::tests::client::{
    Credentials, Got, Ground, administrator, credentials, element, ground, iam, json as ask_json,
    s3, sts,
};

/// A sandbox, and short ways to put something into it.
pub struct Scene {
    pub ground: Ground,
}

/// What an answer said, in one line: `200`, or `STATUS CODE: MESSAGE`.
pub fn said(got: &Got) -> String {
    if got.status < 300 {
        return got.status.to_string();
    }
    let text = got.text();
    let message = match serde_json::from_str::<Value>(&text) {
        Ok(value) => value["message"]
            .as_str()
            .or_else(|| value["Message"].as_str())
            .unwrap_or_default()
            .to_owned(),
        Err(_) => element(&text, "Message").replace("&quot;", "\""),
    };
    format!("{} {}: {message}", got.status, got.code())
}

pub fn document(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

pub fn allow(action: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

pub fn deny(action: Value, resource: Value) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": resource})
}

impl Scene {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        Self {
            ground: ground(change).await,
        }
    }

    pub fn admin(&self, account: &str) -> Credentials {
        administrator(&self.ground, account)
    }

    /// IAM as the account's administrator; must succeed.
    pub async fn iam(&self, account: &str, action: &str, pairs: &[(&str, &str)]) -> Got {
        let got = iam(&self.ground, &self.admin(account), action, pairs).await;
        assert_eq!(got.status, 200, "{action}: {}", got.text());
        got
    }

    /// A user with an inline policy of these statements.
    pub async fn user(&self, account: &str, name: &str, statements: Value) -> Credentials {
        self.iam(account, "CreateUser", &[("UserName", name)]).await;
        self.user_policy(account, name, statements).await;
        let got = self
            .iam(account, "CreateAccessKey", &[("UserName", name)])
            .await;
        let text = got.text();
        Credentials {
            key: element(&text, "AccessKeyId"),
            secret: element(&text, "SecretAccessKey"),
            token: None,
        }
    }

    /// Another inline policy for a user; none where there are no statements.
    pub async fn user_policy(&self, account: &str, name: &str, statements: Value) {
        if statements.as_array().is_some_and(Vec::is_empty) {
            return;
        }
        let policy = document(statements);
        self.iam(
            account,
            "PutUserPolicy",
            &[
                ("UserName", name),
                ("PolicyName", "p"),
                ("PolicyDocument", &policy),
            ],
        )
        .await;
    }

    /// A role with a trust policy and an inline policy.
    pub async fn role(&self, account: &str, name: &str, trust: Value, statements: Value) {
        let trust = document(trust);
        self.iam(
            account,
            "CreateRole",
            &[("RoleName", name), ("AssumeRolePolicyDocument", &trust)],
        )
        .await;
        if statements.as_array().is_some_and(|list| !list.is_empty()) {
            let policy = document(statements);
            self.iam(
                account,
                "PutRolePolicy",
                &[
                    ("RoleName", name),
                    ("PolicyName", "p"),
                    ("PolicyDocument", &policy),
                ],
            )
            .await;
        }
    }

    /// A managed policy; answers its ARN.
    pub async fn managed(&self, account: &str, name: &str, statements: Value) -> String {
        let policy = document(statements);
        let got = self
            .iam(
                account,
                "CreatePolicy",
                &[("PolicyName", name), ("PolicyDocument", &policy)],
            )
            .await;
        element(&got.text(), "Arn")
    }

    /// Takes on a role; must succeed.
    pub async fn assume(
        &self,
        who: &Credentials,
        role: &str,
        more: &[(&str, &str)],
    ) -> Credentials {
        let mut pairs = vec![("RoleArn", role), ("RoleSessionName", "probe")];
        pairs.extend_from_slice(more);
        let got = sts(&self.ground, who, "AssumeRole", &pairs).await;
        assert_eq!(got.status, 200, "{}", got.text());
        credentials(&got.text())
    }

    /// A call of a JSON service.
    pub async fn json(&self, who: &Credentials, target: &str, input: Value) -> String {
        let (prefix, operation) = target.split_once('.').unwrap();
        let (service, prefix) = match prefix {
            "kms" => ("kms", "TrentService"),
            "ecr" => ("ecr", "AmazonEC2ContainerRegistry_V20150921"),
            "ecs" => ("ecs", "AmazonEC2ContainerServiceV20141113"),
            "events" => ("events", "AWSEvents"),
            "codebuild" => ("codebuild", "CodeBuild_20161006"),
            "codepipeline" => ("codepipeline", "CodePipeline_20150709"),
            "codecommit" => ("codecommit", "CodeCommit_20150413"),
            "codedeploy" => ("codedeploy", "CodeDeploy_20141006"),
            "organizations" => ("organizations", "AWSOrganizationsV20161128"),
            other => panic!("{other} is not known"),
        };
        let target = format!("{prefix}.{operation}");
        let ask = ask_json(&self.ground, service, &target, &input);
        let got = ask.signed(who).0.send(&self.ground).await;
        if got.status == 200 {
            return got.text();
        }
        said(&got)
    }

    /// A call of a JSON service that must succeed.
    pub async fn ok(&self, who: &Credentials, target: &str, input: Value) -> Value {
        let text = self.json(who, target, input).await;
        serde_json::from_str(if text.is_empty() { "null" } else { &text })
            .unwrap_or_else(|_| panic!("{target}: {text}"))
    }

    /// A request to S3.
    pub async fn s3(&self, who: &Credentials, method: &str, target: &str, body: &str) -> String {
        said(&s3(&self.ground, who, method, target, body).await)
    }

    /// A bucket with a policy (none where there are no statements).
    pub async fn bucket(&self, account: &str, name: &str, statements: Value) {
        let admin = self.admin(account);
        let body = r#"<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>ap-northeast-2</LocationConstraint></CreateBucketConfiguration>"#;
        assert_eq!(
            self.s3(&admin, "PUT", &format!("/{name}"), body).await,
            "200"
        );
        self.bucket_policy(account, name, statements).await;
    }

    pub async fn bucket_policy(&self, account: &str, name: &str, statements: Value) {
        if statements.as_array().is_some_and(Vec::is_empty) {
            return;
        }
        let policy = document(statements);
        let target = format!("/{name}?policy");
        assert_eq!(
            self.s3(&self.admin(account), "PUT", &target, &policy).await,
            "204"
        );
    }

    /// A key with a policy, or with KMS's own where there are no statements. Answers its ARN.
    pub async fn key(&self, account: &str, statements: Value) -> String {
        let mut input = json!({});
        if statements.as_array().is_some_and(|list| !list.is_empty()) {
            input = json!({"Policy": document(statements), "BypassPolicyLockoutSafetyCheck": true});
        }
        let made = self.ok(&self.admin(account), "kms.CreateKey", input).await;
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }
}
