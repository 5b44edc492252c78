use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::validity::refusal;

fn good() -> Value {
    json!({
        "name": "orders-dev",
        "roleArn": "arn:aws:iam::111111111111:role/cicd/orders-dev-pipeline",
        "pipelineType": "V2",
        "executionMode": "QUEUED",
        "artifactStore": {
            "type": "S3",
            "location": "orders-artifacts",
            "encryptionKey": {"id": "arn:aws:kms:ap-northeast-2:111111111111:key/11112222-3333-4444-5555-666677778888", "type": "KMS"}
        },
        "stages": [
            {"name": "Source", "actions": [{
                "name": "Source",
                "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
                "namespace": "SourceVariables",
                "configuration": {"RepositoryName": "orders", "BranchName": "develop", "PollForSourceChanges": "false"},
                "outputArtifacts": [{"name": "SourceOut"}]
            }]},
            {"name": "Build", "actions": [{
                "name": "Build",
                "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
                "configuration": {
                    "ProjectName": "orders-dev",
                    "EnvironmentVariables": "[{\"name\":\"BRANCH_NAME\",\"value\":\"#{SourceVariables.BranchName}\",\"type\":\"PLAINTEXT\"}]"
                },
                "inputArtifacts": [{"name": "SourceOut"}],
                "outputArtifacts": [{"name": "BuildOut"}]
            }]},
            {"name": "Deploy", "actions": [{
                "name": "Deploy",
                "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "CodeDeployToECS", "version": "1"},
                "roleArn": "arn:aws:iam::222222222222:role/cicd/orders-deploy",
                "configuration": {
                    "ApplicationName": "orders",
                    "DeploymentGroupName": "orders",
                    "TaskDefinitionTemplateArtifact": "BuildOut",
                    "AppSpecTemplateArtifact": "BuildOut",
                    "Image1ArtifactName": "BuildOut",
                    "Image1ContainerName": "IMAGE1_NAME"
                },
                "inputArtifacts": [{"name": "BuildOut"}]
            }]}
        ]
    })
}

/// The good pipeline with one value changed (a null takes it away).
fn with(pointer: &str, value: Value) -> Value {
    let mut pipeline = good();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let parent = pipeline.pointer_mut(parent).unwrap();
    match parent {
        Value::Object(map) if value.is_null() => {
            map.shift_remove(last);
        }
        Value::Object(map) => {
            map.insert(last.to_owned(), value);
        }
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => items[last.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    pipeline
}

fn said(pipeline: &Value) -> String {
    check_in(pipeline, Some("ap-northeast-2"))
        .iter()
        .map(|it| {
            format!(
                "{} {}: {}",
                it.code.name().unwrap_or("(later)"),
                it.place,
                it.message
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_good_pipeline_has_no_problem() {
    assert_eq!(check(&good()), []);
    assert_eq!(refusal(&check(&good())), None);
}

#[test]
fn values_outside_the_model() {
    assert_snapshot!(said(&with("/name", json!("a b"))), @r"ValidationException name: Value 'a b' at 'pipeline.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+");
    assert_snapshot!(said(&with("/roleArn", Value::Null)), @"ValidationException roleArn: Value null at 'pipeline.roleArn' failed to satisfy constraint: Member must not be null");
    assert_snapshot!(said(&with("/executionMode", json!("FIFO"))), @"ValidationException executionMode: Value 'FIFO' at 'pipeline.executionMode' failed to satisfy constraint: Member must satisfy enum value set: [QUEUED, SUPERSEDED, PARALLEL]");
    assert_snapshot!(said(&with("/stages/1/actions/0/runOrder", json!(0))), @"ValidationException stages[1].actions[0].runOrder: Value '0' at 'pipeline.stages.2.member.actions.1.member.runOrder' failed to satisfy constraint: Member must have value greater than or equal to 1");
    assert_snapshot!(said(&with("/stages/1/actions/0/configuration/ProjectName", json!(""))), @"ValidationException stages[1].actions[0].configuration.ProjectName: Value '' at 'pipeline.stages.2.member.actions.1.member.configuration.ProjectName.member' failed to satisfy constraint: Member must have length greater than or equal to 1");
    assert_snapshot!(said(&with("/stages/0/actions/0/outputArtifacts/0/name", json!("a.b"))), @r"ValidationException stages[0].actions[0].outputArtifacts[0].name: Value 'a.b' at 'pipeline.stages.1.member.actions.1.member.outputArtifacts.1.member.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_\-]+");
    assert_snapshot!(said(&with("/stages", json!("x"))), @"SerializationException stages: expected a list at 'pipeline.stages', found a string");
    let mut two = with("/name", json!(""));
    two["executionMode"] = json!("x");
    let (code, message) = refusal(&check(&two)).unwrap();
    assert_eq!(code, "ValidationException");
    assert!(
        message.starts_with("3 validation errors detected: Value '' at 'pipeline.name'"),
        "{message}"
    );
}

#[test]
fn stages_and_sources() {
    let mut one = good();
    one["stages"].as_array_mut().unwrap().truncate(1);
    assert_snapshot!(said(&one), @r"
    InvalidStructureException stages: Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline
    InvalidStructureException stages: Pipeline should have at least one action that is not a source action
    ");
    assert_snapshot!(said(&with("/stages/1/actions", json!([]))).lines().next().unwrap(), @"InvalidStageDeclarationException stages[1].actions: Stage Build should have at least one action");
    let mut turned = good();
    turned["stages"].as_array_mut().unwrap().swap(0, 1);
    let text = said(&turned);
    assert!(
        text.contains("Pipeline should start with a stage that only contains source actions"),
        "{text}"
    );
    assert!(
        text.contains("source actions may only be in the first stage"),
        "{text}"
    );
    assert!(
        text.contains("is not declared as Output Artifact Bundle in any of the preceding actions"),
        "{text}"
    );
    assert_snapshot!(said(&with("/stages/1/name", json!("Source"))), @"InvalidStageDeclarationException stages[1].name: Stage names must be unique within a pipeline. Source has been used more than once");
    assert_snapshot!(said(&with("/stages/1/blockers", json!([{"name": "x", "type": "Schedule"}]))), @"InvalidBlockerDeclarationException stages[1].blockers: Stage Build has blockers, which are reserved for future use");
}

#[test]
fn artifacts_and_their_order() {
    assert_snapshot!(said(&with("/stages/1/actions/0/outputArtifacts/0/name", json!("SourceOut"))).lines().next().unwrap(), @"InvalidStructureException stages[1].actions[0].outputArtifacts[0]: Output Artifact Bundle name must be unique within the pipeline. SourceOut has been used more than once");
    assert_snapshot!(said(&with("/stages/1/actions/0/inputArtifacts", json!([]))), @"InvalidActionDeclarationException stages[1].actions[0].inputArtifacts: Action Build declares 0 input artifacts which is less than the minimum count (1)");
    // Within one stage the run order decides.
    let mut same = good();
    let mut deploy = same["stages"].as_array_mut().unwrap().remove(2)["actions"][0].take();
    deploy["runOrder"] = json!(1);
    same["stages"][1]["actions"]
        .as_array_mut()
        .unwrap()
        .push(deploy.clone());
    assert!(said(&same).contains("is not declared as Output Artifact Bundle"));
    same["stages"][1]["actions"][1]["runOrder"] = json!(2);
    assert_eq!(check(&same), []);
}

#[test]
fn stores_and_keys() {
    assert_snapshot!(said(&with("/artifactStore", Value::Null)), @"InvalidStructureException artifactStore: Pipeline must have either artifactStore or artifactStores, and not both");
    assert_snapshot!(said(&with("/artifactStore/encryptionKey", Value::Null)), @"(later) artifactStore.encryptionKey: Action Deploy runs as a role of another account: the artifacts are encrypted with the AWS managed key, which no other account can use");
    assert_snapshot!(said(&with("/artifactStore/encryptionKey/id", json!("alias/x"))), @"(later) artifactStore.encryptionKey: Action Deploy runs as a role of another account: the key is not named by its key ARN, so it is looked up in the account of the action's role");
    assert_eq!(
        refusal(&check(&with("/artifactStore/encryptionKey", Value::Null))),
        None
    );
    assert_eq!(
        said(&with("/stages/1/actions/0/region", json!("ap-northeast-2"))),
        ""
    );
    assert_snapshot!(said(&with("/stages/1/actions/0/region", json!("eu-west-1"))), @"InvalidStructureException stages[1].actions[0].region: Action Build is in region eu-west-1: a pipeline with actions in other regions needs artifactStores with a store for each region");
    let mut many = with("/artifactStore", Value::Null);
    many["artifactStores"] = json!({"eu-west-1": good()["artifactStore"]});
    assert_snapshot!(said(&many), @"InvalidStructureException artifactStores: Pipeline has no artifact store for region ap-northeast-2");
}

#[test]
fn action_types_and_configurations() {
    assert_snapshot!(said(&with("/stages/2/actions/0/actionTypeId/provider", json!("CodeDeployToEKS"))), @"InvalidActionDeclarationException stages[2].actions[0].actionTypeId: ActionType (Category: 'Deploy', Provider: 'CodeDeployToEKS', Owner: 'AWS', Version: '1') in action 'Deploy' is not available in region 'AP_NORTHEAST_2'");
    assert_snapshot!(said(&with("/stages/1/actions/0/configuration/ProjectName", Value::Null)), @"InvalidActionDeclarationException stages[1].actions[0].configuration.ProjectName: Action configuration for action 'Build' is missing required configuration 'ProjectName'");
    assert_snapshot!(said(&with("/stages/0/actions/0/configuration/Branch", json!("x"))), @"InvalidActionDeclarationException stages[0].actions[0].configuration.Branch: Action configuration for action 'Source' contains unknown configuration 'Branch'");
    assert_snapshot!(said(&with("/stages/2/actions/0/configuration/Image1ArtifactName", Value::Null)), @"InvalidActionDeclarationException stages[2].actions[0].configuration.Image1ArtifactName: Action configuration for action 'Deploy' has 'Image1ContainerName' without 'Image1ArtifactName': they come as a pair");
    assert_snapshot!(said(&with("/stages/2/actions/0/configuration/AppSpecTemplateArtifact", json!("SourceOut"))), @"InvalidActionDeclarationException stages[2].actions[0].configuration.AppSpecTemplateArtifact: Action Deploy takes SourceOut as AppSpecTemplateArtifact, which is not among its input artifacts");
    assert_snapshot!(said(&with("/stages/2/actions/0/configuration/Image1ContainerName", json!("<IMAGE1_NAME>"))), @"(later) stages[2].actions[0].configuration.Image1ContainerName: Image1ContainerName is the placeholder without its brackets: write IMAGE1_NAME");
    assert_snapshot!(said(&with("/stages/1/actions/0/configuration/EnvironmentVariables", json!("A=b"))), @"InvalidActionDeclarationException stages[1].actions[0].configuration.EnvironmentVariables: Action Build has EnvironmentVariables that are not a JSON array");
    assert_snapshot!(said(&with("/stages/1/actions/0/timeoutInMinutes", json!(10))), @"InvalidActionDeclarationException stages[1].actions[0].timeoutInMinutes: Action Build has a timeout, which only manual approval actions take");
}

#[test]
fn variables_and_namespaces() {
    let variables = |reference: &str| {
        with(
            "/stages/1/actions/0/configuration/EnvironmentVariables",
            json!(format!(
                "[{{\"name\":\"A\",\"value\":\"#{{{reference}}}\"}}]"
            )),
        )
    };
    assert_snapshot!(said(&variables("Nowhere.BranchName")), @"InvalidActionDeclarationException stages[1].actions[0].configuration.EnvironmentVariables: Action Build refers to '#{Nowhere.BranchName}', a namespace that does not exist");
    assert_snapshot!(said(&variables("SourceVariables.Branch")), @"InvalidActionDeclarationException stages[1].actions[0].configuration.EnvironmentVariables: Action Build refers to '#{SourceVariables.Branch}': CodeCommit has the variables AuthorDate, BranchName, CommitId, CommitMessage, CommitterDate, RepositoryName");
    assert!(
        said(&variables("BranchName"))
            .contains("Valid format for a pipeline execution variable reference")
    );
    assert_eq!(said(&variables("codepipeline.PipelineExecutionId")), "");
    assert_snapshot!(said(&with("/stages/0/actions/0/namespace", json!("codepipeline"))).lines().next().unwrap(), @"InvalidActionDeclarationException stages[0].actions[0].namespace: Namespace codepipeline of action Source is reserved");
    assert_snapshot!(said(&with("/stages/0/actions/0/namespace", json!("BuildOut"))).lines().next().unwrap(), @"InvalidActionDeclarationException stages[0].actions[0].namespace: Namespace BuildOut of action Source is the name of an artifact");
    let clone = with(
        "/stages/0/actions/0/configuration/OutputArtifactFormat",
        json!("CODEBUILD_CLONE_REF"),
    );
    assert_eq!(said(&clone), "");
}

#[test]
fn types_and_triggers() {
    assert_snapshot!(said(&with("/pipelineType", json!("V1"))), @"InvalidStructureException executionMode: Pipeline of type V1 cannot have executionMode: it needs type V2");
    let trigger = json!([{"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Source"}}]);
    assert_snapshot!(said(&with("/triggers", trigger)), @"InvalidStructureException triggers[0].gitConfiguration.sourceActionName: Trigger names Source, which is no source action with a connection");
}

/// Any JSON at all.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~⟨#{}.]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-zA-Z]{0,12}", inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_value_anywhere_is_too_much(value in anything(), at in 0_usize..9) {
        let pointer = [
            "/stages", "/stages/0", "/stages/0/actions", "/stages/0/actions/0", "/stages/1/actions/0/configuration",
            "/stages/1/actions/0/inputArtifacts", "/artifactStore", "/triggers", "/stages/2/actions/0/configuration/Image1ContainerName",
        ][at];
        let _ = check_in(&with(pointer, value), Some("eu-west-1"));
    }
}
