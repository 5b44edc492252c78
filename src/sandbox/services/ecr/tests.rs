#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use base64::Engine as _;
use serde_json::{Value, json};

use super::SERVICE;
use crate::sandbox::services::testing::{ACCOUNT, Bench, REGION};

const MANIFEST: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":7,"digest":"sha256:aa"},"layers":[{"size":5,"digest":"sha256:bb"}]}"#;

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.ok(
        &SERVICE,
        "CreateRepository",
        json!({"repositoryName": "dev/orders"}),
    );
    let manifest = serde_json::from_str(MANIFEST).unwrap();
    super::pushed(&mut bench.world, (ACCOUNT, REGION), "dev/orders", &manifest);
    bench
}

fn put(bench: &mut Bench, manifest: &str, tag: &str) -> crate::sandbox::service::Answer {
    bench.ask(
        &SERVICE,
        "PutImage",
        json!({"repositoryName": "dev/orders", "imageManifest": manifest, "imageTag": tag}),
    )
}

#[test]
fn a_repository_is_made_described_and_deleted() {
    let mut bench = Bench::new();
    let made = bench.ok(
        &SERVICE,
        "CreateRepository",
        json!({"repositoryName": "dev/orders", "tags": [{"Key": "a", "Value": "b"}],
               "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
               "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
               "imageScanningConfiguration": {"scanOnPush": true}}),
    );
    assert_eq!(
        made["repository"],
        json!({
            "repositoryArn": "arn:aws:ecr:ap-northeast-2:558846431111:repository/dev/orders",
            "registryId": ACCOUNT,
            "repositoryName": "dev/orders",
            "repositoryUri": "558846431111.dkr.ecr.ap-northeast-2.amazonaws.com/dev/orders",
            "createdAt": 1_700_000_000.0,
            "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
            "imageScanningConfiguration": {"scanOnPush": true},
            "encryptionConfiguration": {"encryptionType": "AES256"},
        })
    );
    let described = bench.ok(
        &SERVICE,
        "DescribeRepositories",
        json!({"repositoryNames": ["dev/orders"]}),
    );
    assert_eq!(described["repositories"][0], made["repository"]);
    let fault = bench.fault(
        &SERVICE,
        "CreateRepository",
        json!({"repositoryName": "dev/orders"}),
    );
    assert_eq!(fault.code, "RepositoryAlreadyExistsException");
    bench.ok(
        &SERVICE,
        "DeleteRepository",
        json!({"repositoryName": "dev/orders"}),
    );
    let fault = bench.fault(
        &SERVICE,
        "DescribeRepositories",
        json!({"repositoryNames": ["dev/orders"]}),
    );
    assert_eq!(fault.code, "RepositoryNotFoundException");
    assert_eq!(
        fault.message,
        "The repository with name 'dev/orders' does not exist in the registry with id '558846431111'"
    );
}

#[test]
fn names_follow_the_model() {
    let mut bench = Bench::new();
    for (name, legal) in [
        ("ab", true),
        ("a", false),
        ("a.b_c__d-e---f/g1", true),
        ("a..b", false),
        ("a___b", false),
        ("Orders", false),
        ("-a", false),
        ("a-", false),
        ("a//b", false),
        ("a/", false),
        ("한글", false),
    ] {
        let answer = bench.ask(
            &SERVICE,
            "CreateRepository",
            json!({"repositoryName": name}),
        );
        assert_eq!(answer.is_ok(), legal, "{name}");
        if let Err(fault) = answer {
            assert_eq!(fault.code, "InvalidParameterException");
            assert!(
                fault
                    .message
                    .starts_with("Invalid parameter at 'repositoryName' failed")
            );
        }
    }
}

#[test]
fn wrong_settings_are_refused() {
    let mut bench = Bench::new();
    for (field, value) in [
        ("imageTagMutability", json!("SOMETIMES")),
        ("imageTagMutability", json!("MUTABLE_WITH_EXCLUSION")),
        (
            "imageTagMutabilityExclusionFilters",
            json!([{"filterType": "WILDCARD", "filter": "a"}]),
        ),
        (
            "encryptionConfiguration",
            json!({"encryptionType": "ROT13"}),
        ),
        ("registryId", json!("12")),
    ] {
        let mut input = json!({"repositoryName": "orders"});
        input[field] = value;
        assert_eq!(
            bench.fault(&SERVICE, "CreateRepository", input).code,
            "InvalidParameterException",
            "{field}"
        );
    }
    let fault = bench.fault(
        &SERVICE,
        "CreateRepository",
        json!({"repositoryName": "orders", "tags": [{"Key": "aws:x", "Value": "b"}]}),
    );
    assert_eq!(fault.code, "InvalidTagParameterException");
}

#[test]
fn immutable_tags_stay() {
    let mut bench = bench();
    let other = MANIFEST.replace("\"size\":7", "\"size\":8");
    put(&mut bench, MANIFEST, "v1").unwrap();
    put(&mut bench, &other, "v1").expect("a mutable tag moves");
    bench.ok(
        &SERVICE,
        "PutImageTagMutability",
        json!({"repositoryName": "dev/orders", "imageTagMutability": "IMMUTABLE"}),
    );
    let fault = put(&mut bench, MANIFEST, "v1").unwrap_err();
    assert_eq!(fault.code, "ImageTagAlreadyExistsException");
    assert_eq!(
        fault.message,
        "The image tag 'v1' already exists in the 'dev/orders' repository and cannot be overwritten because the tag is immutable."
    );
    assert_eq!(
        put(&mut bench, &other, "v1").unwrap_err().code,
        "ImageAlreadyExistsException"
    );
    put(&mut bench, &other, "v2").expect("another tag for the same image");
}

#[test]
fn a_manifest_comes_after_its_layers() {
    let mut bench = bench();
    let more = MANIFEST.replace(
        "\"layers\":[",
        "\"layers\":[{\"size\":1,\"digest\":\"sha256:cc\"},{\"size\":1,\"digest\":\"sha256:dd\",\"mediaType\":\"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\"},",
    );
    let fault = put(&mut bench, &more, "v1").unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.message),
        (
            "LayersNotFoundException",
            format!(
                "Layers with digests '[sha256:cc]' required for pushing image into repository with name 'dev/orders' in the registry with id '{ACCOUNT}' do not exist"
            )
        )
    );
    let manifest = serde_json::from_str(&more).unwrap();
    super::pushed(&mut bench.world, (ACCOUNT, REGION), "dev/orders", &manifest);
    put(&mut bench, &more, "v1").unwrap();
}

#[test]
fn images_are_what_their_manifests_say() {
    let mut bench = bench();
    let image = put(&mut bench, MANIFEST, "v1").unwrap();
    let digest = image["image"]["imageId"]["imageDigest"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(digest, super::images::digest(MANIFEST.as_bytes()));
    let repository = json!({"repositoryName": "dev/orders"});
    let described = bench.ok(&SERVICE, "DescribeImages", repository.clone());
    assert_eq!(described["imageDetails"][0]["imageSizeInBytes"], 12);
    assert_eq!(described["imageDetails"][0]["imageTags"], json!(["v1"]));
    let listed = bench.ok(&SERVICE, "ListImages", repository.clone());
    assert_eq!(
        listed["imageIds"],
        json!([{"imageDigest": digest, "imageTag": "v1"}])
    );
    let got = bench.ok(
        &SERVICE,
        "BatchGetImage",
        json!({"repositoryName": "dev/orders", "imageIds": [{"imageTag": "v1"}, {"imageTag": "v9"}, {}]}),
    );
    assert_eq!(got["images"][0]["imageManifest"], MANIFEST);
    let codes: Vec<&Value> = got["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["failureCode"])
        .collect();
    assert_eq!(codes, ["ImageNotFound", "MissingDigestAndTag"]);
    let fault = bench.fault(
        &SERVICE,
        "DescribeImages",
        json!({"repositoryName": "dev/orders", "imageIds": [{"imageTag": "v9"}]}),
    );
    assert_eq!(fault.code, "ImageNotFoundException");
    assert!(
        fault.message.starts_with(
            "The image with imageId {imageDigest:'null', imageTag:'v9'} does not exist"
        )
    );
    let fault = bench.fault(&SERVICE, "DeleteRepository", repository.clone());
    assert_eq!(fault.code, "RepositoryNotEmptyException");
    let gone = bench.ok(
        &SERVICE,
        "BatchDeleteImage",
        json!({"repositoryName": "dev/orders", "imageIds": [{"imageTag": "v1"}]}),
    );
    assert_eq!(
        gone["imageIds"],
        json!([{"imageDigest": digest, "imageTag": "v1"}])
    );
    bench.ok(&SERVICE, "DeleteRepository", repository);
}

#[test]
fn bad_manifests_are_refused() {
    let mut bench = bench();
    for (manifest, code) in [
        ("not json", "InvalidParameterException"),
        ("{}", "InvalidParameterException"),
        (
            r#"{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"digest":"sha256:zz"}]}"#,
            "ReferencedImagesNotFoundException",
        ),
    ] {
        assert_eq!(
            put(&mut bench, manifest, "v1").unwrap_err().code,
            code,
            "{manifest}"
        );
    }
    assert_eq!(
        put(&mut bench, MANIFEST, "-v1").unwrap_err().code,
        "InvalidParameterException"
    );
    let fault = bench.fault(
        &SERVICE,
        "PutImage",
        json!({"repositoryName": "dev/orders", "imageManifest": MANIFEST, "imageDigest": "sha256:00"}),
    );
    assert_eq!(fault.code, "ImageDigestDoesNotMatchException");
}

#[test]
fn policies_are_parsed_kept_and_deleted() {
    let mut bench = bench();
    // A policy can only name an account that exists.
    bench
        .world
        .accounts
        .entry("202949997891".into())
        .or_default();
    let repository = json!({"repositoryName": "dev/orders"});
    assert_eq!(
        bench
            .fault(&SERVICE, "GetRepositoryPolicy", repository.clone())
            .code,
        "RepositoryPolicyNotFoundException"
    );
    let good = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Push", "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::202949997891:root"}, "Action": ["ecr:PutImage"]}]});
    let bad = [
        json!("text"),
        json!({}),
        json!({"Version": "2012-10-17", "Statement": []}),
        json!({"Version": "2013-01-01", "Statement": good["Statement"]}),
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "ecr:*"}]}),
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*"}]}),
        json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "somebody"}, "Action": "ecr:*"}]}),
        json!({"Statement": [{"Effect": "Maybe", "Principal": "*", "Action": "ecr:*"}]}),
    ];
    for policy in bad {
        let fault = bench.fault(
            &SERVICE,
            "SetRepositoryPolicy",
            json!({"repositoryName": "dev/orders", "policyText": policy.to_string()}),
        );
        assert_eq!(fault.code, "InvalidParameterException");
        assert!(
            fault.message.contains("Invalid repository policy provided"),
            "{policy}"
        );
    }
    let long = json!({"repositoryName": "dev/orders", "policyText": " ".repeat(10_241)});
    assert!(
        bench
            .fault(&SERVICE, "SetRepositoryPolicy", long)
            .message
            .contains("10240")
    );
    bench.ok(
        &SERVICE,
        "SetRepositoryPolicy",
        json!({"repositoryName": "dev/orders", "policyText": good.to_string()}),
    );
    let got = bench.ok(&SERVICE, "GetRepositoryPolicy", repository.clone());
    assert_eq!(got["policyText"], good.to_string());
    bench.ok(&SERVICE, "DeleteRepositoryPolicy", repository);
}

#[test]
fn lifecycle_policies_are_checked() {
    let mut bench = bench();
    let repository = json!({"repositoryName": "dev/orders"});
    let rule = |priority: i64, status: &str, unit: Value| {
        let mut selection =
            json!({"tagStatus": status, "countType": "sinceImagePushed", "countNumber": 14});
        if !unit.is_null() {
            selection["countUnit"] = unit;
        }
        json!({"rulePriority": priority, "description": "x".repeat(40), "selection": selection, "action": {"type": "expire"}})
    };
    let put = |rules: Vec<Value>| json!({"repositoryName": "dev/orders", "lifecyclePolicyText": json!({"rules": rules}).to_string()});
    assert_eq!(
        bench
            .fault(&SERVICE, "GetLifecyclePolicy", repository.clone())
            .code,
        "LifecyclePolicyNotFoundException"
    );
    for rules in [
        vec![rule(1, "tagged", json!("days"))],
        vec![rule(1, "untagged", Value::Null)],
        vec![rule(0, "untagged", json!("days"))],
        vec![
            rule(1, "any", json!("days")),
            rule(1, "untagged", json!("days")),
        ],
    ] {
        let fault = bench.fault(&SERVICE, "PutLifecyclePolicy", put(rules));
        assert!(
            fault
                .message
                .contains("Lifecycle policy validation failure"),
            "{}",
            fault.message
        );
    }
    let good = put(vec![rule(1, "untagged", json!("days"))]);
    bench.ok(&SERVICE, "PutLifecyclePolicy", good.clone());
    let got = bench.ok(&SERVICE, "GetLifecyclePolicy", repository.clone());
    assert_eq!(got["lifecyclePolicyText"], good["lifecyclePolicyText"]);
    bench.ok(&SERVICE, "DeleteLifecyclePolicy", repository);
}

#[test]
fn layers_are_uploaded_in_order() {
    let mut bench = bench();
    let id = bench.ok(
        &SERVICE,
        "InitiateLayerUpload",
        json!({"repositoryName": "dev/orders"}),
    )["uploadId"]
        .clone();
    let blob = base64::engine::general_purpose::STANDARD.encode("hello");
    let part = |first: u64, last: u64| json!({"repositoryName": "dev/orders", "uploadId": id, "partFirstByte": first, "partLastByte": last, "layerPartBlob": blob});
    let digest = super::images::digest(b"hellohello");
    let complete = |digest: &str| json!({"repositoryName": "dev/orders", "uploadId": id, "layerDigests": [digest]});
    assert_eq!(
        bench
            .fault(&SERVICE, "CompleteLayerUpload", complete(&digest))
            .code,
        "EmptyUploadException"
    );
    bench.ok(&SERVICE, "UploadLayerPart", part(0, 4));
    assert_eq!(
        bench.fault(&SERVICE, "UploadLayerPart", part(7, 11)).code,
        "InvalidLayerPartException"
    );
    bench.ok(&SERVICE, "UploadLayerPart", part(5, 9));
    assert_eq!(
        bench
            .fault(&SERVICE, "CompleteLayerUpload", complete("sha256:00"))
            .code,
        "InvalidLayerException"
    );
    bench.ok(&SERVICE, "CompleteLayerUpload", complete(&digest));
    assert_eq!(
        bench.fault(&SERVICE, "UploadLayerPart", part(10, 14)).code,
        "UploadNotFoundException"
    );
    let checked = bench.ok(
        &SERVICE,
        "BatchCheckLayerAvailability",
        json!({"repositoryName": "dev/orders", "layerDigests": [digest, "sha256:00", "bad"]}),
    );
    assert_eq!(
        checked["layers"][0],
        json!({"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": 10})
    );
    assert_eq!(checked["layers"][1]["layerAvailability"], "UNAVAILABLE");
    assert_eq!(checked["failures"][0]["failureCode"], "InvalidLayerDigest");
    bench.ok(
        &SERVICE,
        "GetDownloadUrlForLayer",
        json!({"repositoryName": "dev/orders", "layerDigest": digest}),
    );
    let fault = bench.fault(
        &SERVICE,
        "GetDownloadUrlForLayer",
        json!({"repositoryName": "dev/orders", "layerDigest": "sha256:00"}),
    );
    assert_eq!(fault.code, "LayersNotFoundException");
}

#[test]
fn tags_and_token() {
    let mut bench = bench();
    let arn = "arn:aws:ecr:ap-northeast-2:558846431111:repository/dev/orders";
    bench.ok(&SERVICE, "TagResource", json!({"resourceArn": arn, "tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}));
    bench.ok(
        &SERVICE,
        "UntagResource",
        json!({"resourceArn": arn, "tagKeys": ["a", "zz"]}),
    );
    let tags = bench.ok(&SERVICE, "ListTagsForResource", json!({"resourceArn": arn}));
    assert_eq!(tags["tags"], json!([{"Key": "b", "Value": "2"}]));
    let token = bench.ok(&SERVICE, "GetAuthorizationToken", json!({}));
    let data = &token["authorizationData"][0];
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(data["authorizationToken"].as_str().unwrap())
        .unwrap();
    assert!(decoded.starts_with(b"AWS:"));
    assert_eq!(
        data["proxyEndpoint"],
        "https://558846431111.dkr.ecr.ap-northeast-2.amazonaws.com"
    );
}

#[test]
fn pages() {
    let mut bench = Bench::new();
    for n in 0..5 {
        bench.ok(
            &SERVICE,
            "CreateRepository",
            json!({"repositoryName": format!("r{n}")}),
        );
    }
    let first = bench.ok(&SERVICE, "DescribeRepositories", json!({"maxResults": 3}));
    assert_eq!(first["repositories"].as_array().unwrap().len(), 3);
    let second = bench.ok(
        &SERVICE,
        "DescribeRepositories",
        json!({"maxResults": 3, "nextToken": first["nextToken"]}),
    );
    assert_eq!(second["repositories"].as_array().unwrap().len(), 2);
    assert!(second.get("nextToken").is_none());
    assert_eq!(
        bench
            .fault(&SERVICE, "DescribeRepositories", json!({"nextToken": "??"}))
            .code,
        "InvalidParameterException"
    );
}
