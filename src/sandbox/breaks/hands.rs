//! What breaks do to a world: calls as the account's administrator, commits, the pipeline's definition, files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::entry::Change;
use super::site::{Misfit, Site, action_of, last, setting, text};
use crate::sandbox::service::{Call, Caller, Fault, Service};
use crate::sandbox::services::codecommit::objects::Files;
use crate::sandbox::services::elbv2::forwarded;
use crate::sandbox::services::{codebuild, codecommit, codepipeline};

impl Site<'_> {
    /// Writes down what was changed.
    pub fn changed(
        &mut self,
        account: &str,
        resource: impl Into<String>,
        before: impl Into<String>,
        after: impl Into<String>,
    ) {
        self.changes.push(Change {
            account: account.to_owned(),
            resource: resource.into(),
            before: before.into(),
            after: after.into(),
        });
    }

    /// Has an operation carried out as an account's administrator.
    ///
    /// # Errors
    /// The service's fault.
    pub fn ask(
        &mut self,
        account: &str,
        service: &Service,
        operation: &str,
        input: Value,
    ) -> Result<Value, Fault> {
        let arn = format!("arn:aws:iam::{account}:user/administrator");
        let call = Call {
            caller: Caller {
                account: account.to_owned(),
                arn: arn.clone(),
                user_id: "AIDACROSSPIPEBREAK".to_owned(),
                principal_arn: arn,
            },
            region: self.region.clone(),
            input,
            now: self.now,
            request_id: "crosspipe-sandbox-break".to_owned(),
        };
        let found = service.operations.iter().find(|it| it.name == operation);
        let found = found.ok_or_else(|| Fault::new("UnknownOperationException", operation))?;
        (found.run)(self.world, &call)
    }

    /// The same, where a fault means that the break does not fit.
    ///
    /// # Errors
    /// The fault, as a sentence.
    pub fn must(
        &mut self,
        account: &str,
        service: &Service,
        operation: &str,
        input: Value,
    ) -> Result<Value, Misfit> {
        self.ask(account, service, operation, input)
            .map_err(|fault| {
                Misfit::new(format!(
                    "{operation} is refused here: {}: {}",
                    fault.code, fault.message
                ))
            })
    }

    /// Changes the pipeline's definition with `UpdatePipeline`.
    ///
    /// # Errors
    /// CodePipeline does not take it.
    pub fn redefine(
        &mut self,
        before: &str,
        after: &str,
        change: impl FnOnce(&mut Value),
    ) -> Result<(), Misfit> {
        let mut pipeline = self.pipeline();
        change(&mut pipeline);
        let account = self.shared.clone();
        let input = json!({"pipeline": pipeline});
        self.must(&account, &codepipeline::SERVICE, "UpdatePipeline", input)?;
        let name = format!("pipeline {}", self.name);
        self.changed(&account, name, before, after);
        Ok(())
    }

    /// Changes the build project.
    ///
    /// # Errors
    /// CodeBuild does not take it.
    pub fn rebuild(
        &mut self,
        before: &str,
        after: &str,
        change: impl FnOnce(&mut Value),
    ) -> Result<(), Misfit> {
        let (name, mut project) = self.project()?;
        change(&mut project);
        let mut input = json!({"name": name});
        for member in [
            "source",
            "environment",
            "cache",
            "serviceRole",
            "logsConfig",
        ] {
            if let (Some(map), Some(value)) = (input.as_object_mut(), project.get(member)) {
                map.insert(member.to_owned(), value.clone());
            }
        }
        let account = self.shared.clone();
        self.must(&account, &codebuild::SERVICE, "UpdateProject", input)?;
        self.changed(&account, format!("build project {name}"), before, after);
        Ok(())
    }

    /// The files at the head of the pipeline's branch.
    ///
    /// # Errors
    /// There is nothing on it yet.
    pub fn files(&self) -> Result<Files, Misfit> {
        let (name, branch) = self.branch()?;
        let head = self
            .world
            .regional_ref(&self.shared, &self.region)
            .and_then(|regional| regional.codecommit.repositories.get(&name))
            .and_then(|repository| repository.head(&branch));
        head.map(|(_, files)| files).ok_or_else(|| {
            Misfit::new(format!(
                "the branch {branch} of {name} has no commit yet, and this failure is one of its files: push first"
            ))
        })
    }

    /// The text of a file at the head of the branch.
    ///
    /// # Errors
    /// It is not there.
    pub fn file(&self, path: &str) -> Result<String, Misfit> {
        let missing = || Misfit::new(format!("there is no file {path} on the pipeline's branch"));
        let files = self.files()?;
        let (_, blob) = files.get(path).ok_or_else(missing)?;
        let (name, _) = self.branch()?;
        self.world
            .regional_ref(&self.shared, &self.region)
            .and_then(|regional| regional.codecommit.repositories.get(&name))
            .and_then(|repository| repository.objects.blob(blob))
            .and_then(|content| String::from_utf8(content.to_vec()).ok())
            .ok_or_else(missing)
    }

    /// The file of a name that belongs to this environment: where several folders hold one, that of the folder
    /// with the environment's name.
    ///
    /// # Errors
    /// There is none, or it cannot be told which it is.
    pub fn own_file(&self, name: &str) -> Result<String, Misfit> {
        let files = self.files()?;
        let all: Vec<&String> = files.keys().filter(|path| last(path) == name).collect();
        let own = all
            .iter()
            .find(|path| path.split('/').any(|part| part == self.environment));
        match (own, all.as_slice()) {
            (Some(own), _) => Ok((*own).clone()),
            (None, [one]) => Ok((*one).clone()),
            _ => Err(Misfit::new(format!(
                "it cannot be told which file {name} on the pipeline's branch is this environment's"
            ))),
        }
    }

    /// The task definition's file, and what it says.
    ///
    /// # Errors
    /// There is none, or it is no JSON.
    pub fn taskdef_file(&self) -> Result<(String, Value), Misfit> {
        let path = setting(&self.action("Deploy")?, "TaskDefinitionTemplatePath").to_owned();
        let name = if path.is_empty() {
            "taskdef.json"
        } else {
            last(&path)
        };
        let path = self.own_file(name)?;
        let document = serde_json::from_str(&self.file(&path)?)
            .map_err(|_| Misfit::new(format!("{path} is no JSON")))?;
        Ok((path, document))
    }

    /// The path of the AppSpec's file.
    ///
    /// # Errors
    /// There is none.
    pub fn appspec_file(&self) -> Result<String, Misfit> {
        let path = setting(&self.action("Deploy")?, "AppSpecTemplatePath").to_owned();
        let name = if path.is_empty() {
            "appspec.yaml"
        } else {
            last(&path)
        };
        self.own_file(name)
    }

    /// The path of the buildspec.
    ///
    /// # Errors
    /// The project holds its buildspec itself.
    pub fn buildspec_file(&self) -> Result<String, Misfit> {
        let (_, project) = self.project()?;
        let given = project.pointer("/source/buildspec").and_then(Value::as_str);
        match given.unwrap_or_default() {
            "" => Ok("buildspec.yml".to_owned()),
            inside if inside.contains('\n') || inside.starts_with("arn:") => Err(Misfit::new(
                "the build project holds its buildspec itself: there is no file to change",
            )),
            path => Ok(path.trim_start_matches("./").to_owned()),
        }
    }

    /// Commits a file onto the pipeline's branch: with another text, or without it.
    ///
    /// # Errors
    /// There is no such branch, or nothing would change.
    pub fn commit(&mut self, path: &str, content: Option<&str>, what: &str) -> Result<(), Misfit> {
        let (name, branch) = self.branch()?;
        let account = self.shared.clone();
        let head = json!({"repositoryName": name, "branchName": branch});
        let head = self.must(&account, &codecommit::SERVICE, "GetBranch", head)?;
        let mut input = json!({
            "repositoryName": name,
            "branchName": branch,
            "parentCommitId": head.pointer("/branch/commitId"),
            "commitMessage": what,
            "authorName": "crosspipe sandbox break",
        });
        if let Some(members) = input.as_object_mut() {
            match content {
                Some(text) => members.insert(
                    "putFiles".to_owned(),
                    json!([{"filePath": path, "fileContent": STANDARD.encode(text)}]),
                ),
                None => members.insert("deleteFiles".to_owned(), json!([{"filePath": path}])),
            };
        }
        let made = self.must(&account, &codecommit::SERVICE, "CreateCommit", input)?;
        let id: String = text(&made, "commitId").chars().take(12).collect();
        self.changed(
            &account,
            format!("{path} on {branch} of {name}"),
            "as it was pushed",
            format!("commit {id}: {what}"),
        );
        self.starts = true;
        Ok(())
    }

    /// Commits a file with another text.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn edit(
        &mut self,
        path: &str,
        what: &str,
        change: impl FnOnce(&str) -> String,
    ) -> Result<(), Misfit> {
        let before = self.file(path)?;
        let after = change(&before);
        if after == before {
            return Err(Misfit::new(format!(
                "{path} does not hold what this failure changes in it"
            )));
        }
        self.commit(path, Some(&after), what)
    }

    /// Commits the task definition's file with other members.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn edit_taskdef(
        &mut self,
        what: &str,
        change: impl FnOnce(&mut Value),
    ) -> Result<(), Misfit> {
        let (path, mut document) = self.taskdef_file()?;
        change(&mut document);
        let pretty = serde_json::to_string_pretty(&document)
            .map_err(|error| Misfit::new(error.to_string()))?;
        self.edit(&path, what, |_| format!("{pretty}\n"))
    }

    /// The production listener: of the deployment group, of the service's rule, or the one that forwards to the
    /// service's target group.
    ///
    /// # Errors
    /// There is none.
    pub fn listener(&self) -> Result<String, Misfit> {
        let none = || Misfit::new("no listener sends traffic to the service");
        if let Ok((_, group)) = self.group() {
            let path =
                "/loadBalancerInfo/targetGroupPairInfoList/0/prodTrafficRoute/listenerArns/0";
            let arn = group.settings.pointer(path).and_then(Value::as_str);
            return arn.map(str::to_owned).ok_or_else(none);
        }
        let account = self.account()?;
        let service = self.service()?;
        let group = service.primary_target_group().ok_or_else(none)?.to_owned();
        let regional = self.world.regional_ref(&account, &self.region);
        let elb = &regional.ok_or_else(none)?.elbv2;
        let by_rule = elb.rules.values().find_map(|rule| {
            let own = forwarded(&rule.actions).contains(&group.as_str());
            own.then(|| rule.listener.clone())
        });
        let by_default = elb.listeners.values().find_map(|listener| {
            let own = forwarded(&listener.actions).contains(&group.as_str());
            own.then(|| listener.arn.clone())
        });
        by_rule.or(by_default).ok_or_else(none)
    }

    /// The role with which ECS itself shifts traffic.
    ///
    /// # Errors
    /// The service has none.
    pub fn infrastructure_role(&self) -> Result<String, Misfit> {
        let service = self.service()?;
        service
            .load_balancers
            .iter()
            .find_map(|it| it.pointer("/advancedConfiguration/roleArn")?.as_str())
            .map(str::to_owned)
            .ok_or_else(|| Misfit::new("the service has no infrastructure role"))
    }
}

/// The action of a category in a definition, to be changed.
pub fn action_mut<'p>(pipeline: &'p mut Value, category: &str) -> Option<&'p mut Value> {
    let (stage, name) = action_of(pipeline, category)
        .map(|(stage, action)| (stage.to_owned(), text(action, "name").to_owned()))?;
    pipeline
        .get_mut("stages")?
        .as_array_mut()?
        .iter_mut()
        .find(|it| text(it, "name") == stage)?
        .get_mut("actions")?
        .as_array_mut()?
        .iter_mut()
        .find(|it| text(it, "name") == name)
}

/// Sets a setting of the action of a category; takes it out where there is no value.
pub fn set(pipeline: &mut Value, category: &str, name: &str, value: Option<&str>) {
    let action = action_mut(pipeline, category);
    let settings = action.and_then(|it| it.get_mut("configuration"));
    if let Some(settings) = settings.and_then(Value::as_object_mut) {
        match value {
            Some(value) => settings.insert(name.to_owned(), json!(value)),
            None => settings.shift_remove(name),
        };
    }
}

/// Sets a member of an object that may lie deep in a value, by a path such as `/a/0/b`; takes it out where there is
/// no value. Objects that are missing on the way are made.
pub fn put_at(value: &mut Value, path: &str, new: Option<Value>) {
    let mut parts = path.split('/').skip(1).peekable();
    let mut place = value;
    while let Some(part) = parts.next() {
        if let Value::Array(list) = place {
            let Some(found) = part.parse().ok().and_then(|at: usize| list.get_mut(at)) else {
                return;
            };
            place = found;
            continue;
        }
        if !place.is_object() {
            *place = json!({});
        }
        let Some(members) = place.as_object_mut() else {
            return;
        };
        if parts.peek().is_some() {
            place = members.entry(part.to_owned()).or_insert(Value::Null);
            continue;
        }
        match new {
            Some(new) => members.insert(part.to_owned(), new),
            None => members.shift_remove(part),
        };
        return;
    }
}

/// Sets a member, as [`put_at`] does.
pub fn write(value: &mut Value, path: &str, new: impl Into<Value>) {
    put_at(value, path, Some(new.into()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_set_made_and_taken_out() {
        let mut value = json!({"a": [{"b": 1}], "c": null, "d": 1});
        write(&mut value, "/a/0/b", 2);
        write(&mut value, "/c/e/f", "x");
        write(&mut value, "/a/7/b", 3);
        put_at(&mut value, "/d", None);
        put_at(&mut value, "", None);
        assert_eq!(value, json!({"a": [{"b": 2}], "c": {"e": {"f": "x"}}}));
    }
}
