//! The blueprint that tests share: one application, three environments, four accounts.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::Facts;
use crate::blueprint::{
    Access, Blueprint, Build, Container, Deploy, DeploymentConfig, Environment, NamePatterns,
    SharedAccount, Source, Strategy,
};
use crate::ident::{AccountId, Arn, EnvironmentName, Region};

/// `bys`, `awssdk-iam`, with dev, stg and prd.
pub fn blueprint() -> Blueprint {
    let environments: IndexMap<_, _> = [
        ("dev", "558846431111", "develop"),
        ("stg", "558846432222", "stage"),
        ("prd", "558846433333", "master"),
    ]
    .into_iter()
    .map(|(name, account, branch)| {
        (
            EnvironmentName::parse(name).unwrap(),
            environment(name, account, branch),
        )
    })
    .collect();
    Blueprint {
        application: "awssdk-iam".into(),
        organization: "bys".into(),
        description: None,
        region: Region::parse("ap-northeast-2").unwrap(),
        shared: SharedAccount {
            account: AccountId::parse("202949997891").unwrap(),
            access: Access::default(),
        },
        source: Source::CodeCommit {
            repository: "awssdk-iam".into(),
        },
        build: Build {
            image: "aws/codebuild/amazonlinux-x86_64-standard:5.0".into(),
            compute_type: "BUILD_GENERAL1_SMALL".into(),
            buildspec: "buildspec.yml".into(),
            timeout_minutes: 60,
        },
        environments,
        names: NamePatterns::default(),
        tags: BTreeMap::from([("team".into(), "platform".into())]),
        role_path: "/".into(),
        permission_boundary: None,
        templates: None,
    }
}

/// One environment of it.
pub fn environment(name: &str, account: &str, branch: &str) -> Environment {
    Environment {
        account: AccountId::parse(account).unwrap(),
        branch: branch.into(),
        access: Access::default(),
        confirm: name == "prd",
        deploy: Deploy {
            strategy: Strategy::CodedeployBlueGreen,
            cluster: format!("bys-{name}-ecs-main"),
            service: "awssdk-iam".into(),
            config: DeploymentConfig::Canary10Percent5Minutes,
            target_groups: vec!["awssdk-iam-blue".into(), "awssdk-iam-green".into()],
            listener: Some(
                Arn::parse(&format!(
                    "arn:aws:elasticloadbalancing:ap-northeast-2:{account}:listener/app/bys-{name}-alb-main/0123456789abcdef/fedcba9876543210"
                ))
                .unwrap(),
            ),
            test_listener: None,
            keep_old_minutes: 5,
        },
        container: Container {
            name: "awssdk-iam".into(),
            port: 10012,
            cpu: 512,
            memory: 1024,
        },
    }
}

/// What AWS would have chosen.
pub fn facts() -> Facts {
    Facts {
        key_arn: "arn:aws:kms:ap-northeast-2:202949997891:key/11112222-71d6-4265-9dab-111122223333"
            .into(),
        connection_arn: None,
    }
}
