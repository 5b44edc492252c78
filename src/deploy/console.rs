//! The pages of the AWS console. Each partition has a console of its own.
//!
//! Source: AWS General Reference and the guides of the China and GovCloud Regions for the domains; the
//! paths are those that CodePipeline itself puts into `externalExecutionUrl`.

use crate::ident::Region;

fn page(region: &Region, path: &str) -> String {
    let host = match region.partition() {
        "aws-cn" => format!("{region}.console.amazonaws.cn"),
        "aws-us-gov" => format!("{region}.console.amazonaws-us-gov.com"),
        _ => format!("{region}.console.aws.amazon.com"),
    };
    format!("https://{host}/{path}")
}

/// A pipeline.
pub fn pipeline_page(region: &Region, pipeline: &str) -> String {
    page(
        region,
        &format!("codesuite/codepipeline/pipelines/{pipeline}/view?region={region}"),
    )
}

/// One execution of a pipeline.
pub fn execution_page(region: &Region, pipeline: &str, execution: &str) -> String {
    page(
        region,
        &format!(
            "codesuite/codepipeline/pipelines/{pipeline}/executions/{execution}/timeline?region={region}"
        ),
    )
}

/// A build.
pub fn build_page(region: &Region, account: &str, build: &str) -> String {
    let project = build.split(':').next().unwrap_or(build);
    let build = build.replace(':', "%3A");
    page(
        region,
        &format!("codesuite/codebuild/{account}/projects/{project}/build/{build}/?region={region}"),
    )
}

/// A CodeDeploy deployment.
pub fn deployment_page(region: &Region, deployment: &str) -> String {
    page(
        region,
        &format!("codesuite/codedeploy/deployments/{deployment}?region={region}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_console() {
        for (region, host) in [
            ("ap-northeast-2", "ap-northeast-2.console.aws.amazon.com"),
            ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
            (
                "us-gov-west-1",
                "us-gov-west-1.console.amazonaws-us-gov.com",
            ),
        ] {
            let region = Region::parse(region).unwrap();
            let link = execution_page(&region, "dev-orders", "e1");
            assert_eq!(
                link,
                format!(
                    "https://{host}/codesuite/codepipeline/pipelines/dev-orders/executions/e1/timeline?region={region}"
                )
            );
        }
        let seoul = Region::parse("ap-northeast-2").unwrap();
        assert_eq!(
            build_page(&seoul, "202949997891", "dev-orders:1-2"),
            "https://ap-northeast-2.console.aws.amazon.com/codesuite/codebuild/202949997891/projects/dev-orders/build/dev-orders%3A1-2/?region=ap-northeast-2"
        );
    }
}
