//! The images that AWS keeps for builds.

use serde_json::{Value, json};

/// Source: CodeBuild User Guide, "Docker images provided by CodeBuild". Only what is current there.
const IMAGES: &[(&str, &[(&str, &str)])] = &[
    (
        "AMAZON_LINUX",
        &[
            (
                "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "AWS CodeBuild - Docker image for Amazon Linux 2023, x86_64",
            ),
            (
                "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
                "AWS CodeBuild - Docker image for Amazon Linux 2023, x86_64 (former name)",
            ),
            (
                "aws/codebuild/amazonlinux-aarch64-standard:3.0",
                "AWS CodeBuild - Docker image for Amazon Linux 2023, ARM",
            ),
            (
                "aws/codebuild/amazonlinux2-aarch64-standard:3.0",
                "AWS CodeBuild - Docker image for Amazon Linux 2023, ARM (former name)",
            ),
        ],
    ),
    (
        "UBUNTU",
        &[
            (
                "aws/codebuild/standard:6.0",
                "AWS CodeBuild - Docker image for Ubuntu 22.04",
            ),
            (
                "aws/codebuild/standard:7.0",
                "AWS CodeBuild - Docker image for Ubuntu 22.04, newer tools",
            ),
        ],
    ),
    (
        "WINDOWS_SERVER",
        &[
            (
                "aws/codebuild/windows-base:2019-3.0",
                "AWS CodeBuild - Docker image for Windows Server Core 2019",
            ),
            (
                "aws/codebuild/windows-base:2022-1.0",
                "AWS CodeBuild - Docker image for Windows Server Core 2022",
            ),
        ],
    ),
];

/// Whether AWS offers an image, by one of its versions or without one.
pub fn offered(image: &str) -> bool {
    let all = IMAGES.iter().flat_map(|(_, images)| images.iter());
    all.map(|(name, _)| *name).any(|name| {
        image == name
            || image
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('-'))
            || image.contains("-lambda-")
    })
}

/// The answer of ListCuratedEnvironmentImages.
pub fn platforms() -> Value {
    let platforms: Vec<Value> = IMAGES
        .iter()
        .map(|(platform, images)| {
            let images: Vec<Value> = images
                .iter()
                .map(|(name, description)| {
                    json!({"name": name, "description": description, "versions": [name]})
                })
                .collect();
            json!({"platform": platform, "languages": [{"language": "BASE", "images": images}]})
        })
        .collect();
    json!({"platforms": platforms})
}
