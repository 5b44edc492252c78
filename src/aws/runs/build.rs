//! CodeBuild: builds.

use aws_sdk_codebuild::types::{Build as SdkBuild, BuildPhase};

use crate::aws::account::Account;
use crate::cloud::run::{Build, Phase};
use crate::cloud::{CloudError, harmless};

use super::{moment, text};

pub async fn build(account: &Account, id: &str) -> Result<Option<Build>, CloudError> {
    let answer = account
        .codebuild()
        .batch_get_builds()
        .ids(id)
        .send()
        .await
        .map_err(|error| account.place.failed("codebuild", "BatchGetBuilds", error))?;
    Ok(answer.builds().first().map(read))
}

fn read(it: &SdkBuild) -> Build {
    let logs = it.logs();
    Build {
        id: it.id().unwrap_or_default().to_owned(),
        project: it.project_name().unwrap_or_default().to_owned(),
        status: it
            .build_status()
            .map_or_else(String::new, |status| status.as_str().to_owned()),
        phase: text(it.current_phase()),
        started: moment(it.start_time()),
        ended: moment(it.end_time()),
        phases: it.phases().iter().map(phase).collect(),
        role: text(it.service_role()),
        log_group: logs.and_then(|logs| text(logs.group_name())),
        log_stream: logs.and_then(|logs| text(logs.stream_name())),
        log_url: logs.and_then(|logs| text(logs.deep_link())),
        environment: it
            .environment()
            .map(|environment| environment.environment_variables())
            .unwrap_or_default()
            .iter()
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect(),
        exported: it
            .exported_environment_variables()
            .iter()
            .filter_map(|variable| Some((text(variable.name())?, text(variable.value())?)))
            .collect(),
    }
}

fn phase(it: &BuildPhase) -> Phase {
    Phase {
        name: it
            .phase_type()
            .map_or_else(String::new, |kind| kind.as_str().to_owned()),
        status: it.phase_status().map(|status| status.as_str().to_owned()),
        started: moment(it.start_time()),
        ended: moment(it.end_time()),
        contexts: it
            .contexts()
            .iter()
            .filter_map(|context| {
                let code = context.status_code().unwrap_or_default();
                let message = context.message().unwrap_or_default().trim();
                // A phase that went well carries one that is empty.
                (!code.is_empty() || !message.is_empty())
                    .then(|| (code.to_owned(), harmless(message)))
            })
            .collect(),
    }
}
