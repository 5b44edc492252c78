//! What the commands of a buildspec ask: taking on a role, logging in to a registry, pushing an image.

use super::buildspec::{Line, PULL, image, lines};
use super::list::{Ask, List};
use super::need::{Actor, Step, Who};
use super::run::Registry;
use super::says::{Told, Words};
use super::scene::{Action, account_in, bucket_and_key, region_in, resource_in, session};
use super::shell::{Assumed, Ran, UNKNOWN, option};

/// What a push to a repository asks, in its order.
///
/// Source: Amazon ECR User Guide, "Required IAM permissions for pushing an image".
const PUSH: [(&str, &str, &str); 5] = [
    (
        "check-layers",
        "BatchCheckLayerAvailability",
        "It asks which layers the repository has already.",
    ),
    (
        "begin-layer",
        "InitiateLayerUpload",
        "It begins to upload a layer.",
    ),
    ("layer", "UploadLayerPart", "It uploads a layer."),
    (
        "end-layer",
        "CompleteLayerUpload",
        "It says that a layer is whole.",
    ),
    (
        "image",
        "PutImage",
        "It stores the image's manifest and tag.",
    ),
];

impl<'a> List<'a> {
    /// Everything that the commands of a build ask.
    pub fn commands(&mut self, action: &Action<'a>, role: &str) {
        let build = self.scene.build_session(role);
        let lines = lines(self.scene, action);
        for line in &lines {
            for ran in &line.ran {
                self.ran(action, &build, line, ran);
            }
        }
        let given: &[Registry] = self
            .scene
            .beside(&action.place)
            .map_or(&[], |beside| &beside.registries);
        for registry in given {
            self.registry(action, &build, registry);
        }
        if lines.is_empty() && given.is_empty() {
            self.gap("The buildspec is not at hand: what its commands ask (roles, registries, parameters) is not listed.");
        }
    }

    /// A push that is known without its command.
    fn registry(&mut self, action: &Action<'a>, build: &Who, registry: &Registry) {
        let line = Line {
            phase: "BUILD",
            text: "docker push".to_owned(),
            ran: Vec::new(),
        };
        let repository = registry.repository.as_str();
        let account = account_in(repository).unwrap_or_default();
        let region = region_in(repository).unwrap_or_default();
        let name = resource_in(repository)
            .and_then(|it| it.strip_prefix("repository/"))
            .unwrap_or_default();
        let who = registry.push_role.clone().map(|role| Assumed {
            role,
            session: "build".to_owned(),
        });
        let address = format!(
            "{account}.dkr.ecr.{region}.{}/{name}:latest",
            self.scene.run.region.dns_suffix()
        );
        let words = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect();
        let mut run = |words: Vec<String>, who: Option<Assumed>| {
            let login = Some(who.clone());
            let ran = Ran {
                words,
                who,
                tolerated: false,
                login,
            };
            self.ran(action, build, &line, &ran);
        };
        if let Some(assumed) = &who {
            run(
                words(&["aws", "sts", "assume-role", "--role-arn", &assumed.role]),
                None,
            );
        }
        run(words(&["aws", "ecr", "get-login-password"]), who.clone());
        run(words(&["docker", "push", &address]), who);
    }

    fn caller(&mut self, build: &Who, who: Option<&Assumed>) -> Option<Who> {
        let Some(assumed) = who else {
            return Some(build.clone());
        };
        if assumed.role.contains(UNKNOWN) || account_in(&assumed.role).is_none() {
            return None;
        }
        let shown = assumed.session.replace(UNKNOWN, "0");
        let name = if shown.is_empty() { "build" } else { &shown };
        let pattern = if assumed.session.is_empty() {
            ".+".to_owned()
        } else {
            let parts: Vec<String> = assumed.session.split(UNKNOWN).map(escaped).collect();
            parts.join(".*")
        };
        Some(session(
            Actor::Push,
            &assumed.role,
            name.to_owned(),
            &pattern,
        ))
    }

    fn ran(&mut self, action: &Action<'a>, build: &Who, line: &Line, ran: &Ran) {
        let Some(who) = self.caller(build, ran.who.as_ref()) else {
            self.gap(format!(
                "Which role the buildspec takes on before `{}` is not known: what it asks is not listed.",
                shown(&ran.words)
            ));
            return;
        };
        let word = |at: usize| ran.words.get(at).map_or("", String::as_str);
        match (word(0), word(1), word(2)) {
            (_, "sts", "assume-role") => self.assume_by_command(&who, line, ran),
            (_, "sts", "get-caller-identity") => {}
            (_, "ecr", "get-login-password" | "get-login" | "get-authorization-token") => {
                let account = who.principal().account().unwrap_or_default().to_owned();
                let ask = self
                    .command(
                        "login",
                        &who,
                        "ecr:GetAuthorizationToken",
                        "*",
                        &account,
                        line,
                        ran,
                    )
                    .why("It asks for the password of the registry. The action is about no resource: only \"*\" allows it.");
                self.add(ask);
            }
            (_, "ecr", operation) => self.ecr(action, &who, operation, line, ran),
            (_, "ecs", "describe-task-definition") => {
                let account = who.principal().account().unwrap_or_default().to_owned();
                let ask = self
                    .command(
                        "task-definition",
                        &who,
                        "ecs:DescribeTaskDefinition",
                        "*",
                        &account,
                        line,
                        ran,
                    )
                    .why("It looks up a revision of the task definition.");
                self.add(ask);
            }
            (_, "ssm", "get-parameter" | "get-parameters") => {
                self.parameter(action, &who, line, ran)
            }
            (_, "secretsmanager", "get-secret-value") => self.secret(action, &who, line, ran),
            (_, "s3", "cp" | "mv" | "sync") => self.s3(&who, line, ran),
            ("aws", ..) => self.gap(format!(
                "The buildspec runs `{}`: what that asks is not listed.",
                shown(&ran.words)
            )),
            (_, "push", _) => self.image(build, "push", &PUSH, line, ran),
            (_, "pull", _) => self.image(build, "pull", &PULL, line, ran),
            _ => {}
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one request with its place")]
    fn command(
        &self,
        id: &str,
        who: &Who,
        action: &str,
        resource: &str,
        owner: &str,
        line: &Line,
        ran: &Ran,
    ) -> Ask {
        let is_docker = ran.words.first().is_none_or(|it| it != "aws");
        let (service, operation) = action.split_once(':').unwrap_or_default();
        let told = if is_docker {
            Told::Docker
        } else {
            let code = match service {
                "sts" | "s3" => "AccessDenied",
                _ => "AccessDeniedException",
            };
            Told::Cli {
                code,
                operation: operation.to_owned(),
            }
        };
        // The AWS CLI ends with 254 when a service refuses; a script with what its author says.
        let is_script = line.text.contains(['\n', '|', ';']);
        let exit = if is_docker || is_script { 1 } else { 254 };
        Ask::new(
            format!("build/{id}"),
            Step::BuildCommands,
            who,
            action,
            resource,
            owner,
        )
        .optional_if(ran.tolerated)
        .refused(Words::Command {
            command: line.text.clone(),
            told,
            phase: line.phase,
            exit,
        })
    }

    fn assume_by_command(&mut self, who: &Who, line: &Line, ran: &Ran) {
        let role = option(&ran.words, "--role-arn").unwrap_or_default();
        let Some(account) = account_in(&role).filter(|_| !role.contains(UNKNOWN)) else {
            self.gap(format!(
                "The buildspec takes on a role that is not known here ({}): nothing of it is listed.",
                role.replace(UNKNOWN, "?")
            ));
            return;
        };
        let ask = self
            .command("assume-role", who, "sts:AssumeRole", &role, account, line, ran)
            .why("The build takes on the role that may push the image. Both the build role's policy and that role's trust must allow it.");
        self.add(ask);
    }

    fn ecr(&mut self, action: &Action<'a>, who: &Who, operation: &str, line: &Line, ran: &Ran) {
        let (id, name, why) = match operation {
            "describe-images" => (
                "images",
                "DescribeImages",
                "It looks up an image of the repository.",
            ),
            "list-images" => (
                "list-images",
                "ListImages",
                "It lists the repository's images.",
            ),
            "batch-get-image" => ("manifest", "BatchGetImage", "It reads an image's manifest."),
            "put-image" => ("tag-image", "PutImage", "It gives an image another tag."),
            "batch-delete-image" => ("delete-image", "BatchDeleteImage", "It deletes an image."),
            "describe-repositories" => (
                "repository",
                "DescribeRepositories",
                "It looks up the repository.",
            ),
            "create-repository" => (
                "create-repository",
                "CreateRepository",
                "It makes the repository.",
            ),
            other => {
                self.gap(format!(
                    "The buildspec runs `aws ecr {other}`: what that asks is not listed."
                ));
                return;
            }
        };
        let repository = option(&ran.words, "--repository-name")
            .or_else(|| option(&ran.words, "--repository-names"))
            .unwrap_or_default();
        if repository.is_empty() || repository.contains(UNKNOWN) {
            self.gap(format!(
                "The buildspec runs `aws ecr {operation}` on a repository that is not known here."
            ));
            return;
        }
        let own = who.principal().account().unwrap_or_default().to_owned();
        let account = option(&ran.words, "--registry-id").unwrap_or(own);
        let region = option(&ran.words, "--region")
            .filter(|region| !region.contains(UNKNOWN))
            .unwrap_or_else(|| self.scene.region_of(action).to_owned());
        let arn = self.scene.arn(
            "ecr",
            &region,
            &account,
            &format!("repository/{repository}"),
        );
        let ask = self
            .command(id, who, &format!("ecr:{name}"), &arn, &account, line, ran)
            .why(why);
        self.add(ask);
    }

    fn image(
        &mut self,
        build: &Who,
        what: &str,
        actions: &[(&str, &str, &str)],
        line: &Line,
        ran: &Ran,
    ) {
        let mut images = ran.words.iter().skip(2);
        let Some(address) = images.find(|it| it.contains(".dkr.ecr.")) else {
            return;
        };
        let Some(image) = image(self.scene, address) else {
            self.gap(format!(
                "The buildspec {what}es an image whose address is not known here ({}).",
                address.replace(UNKNOWN, "?")
            ));
            return;
        };
        let Some(login) = &ran.login else {
            self.gap(format!(
                "The buildspec runs `docker {what}` for {} without a login to that registry before it: it ends with 'no basic auth credentials'.",
                image.address
            ));
            return;
        };
        let Some(who) = self.caller(build, login.as_ref()) else {
            self.gap(format!(
                "Which role logs in to the registry of {} is not known.",
                image.address
            ));
            return;
        };
        let owner = account_in(&image.repository).unwrap_or_default().to_owned();
        for (id, name, why) in actions {
            let ask = self
                .command(
                    &format!("{what}-{id}"),
                    &who,
                    &format!("ecr:{name}"),
                    &image.repository,
                    &owner,
                    line,
                    ran,
                )
                .why(format!(
                    "{why} It counts in whose name the registry was logged in to."
                ));
            self.add(ask);
        }
    }

    fn parameter(&mut self, action: &Action<'a>, who: &Who, line: &Line, ran: &Ran) {
        let (name, operation) = match option(&ran.words, "--name") {
            Some(name) => (name, "GetParameter"),
            None => (
                option(&ran.words, "--names").unwrap_or_default(),
                "GetParameters",
            ),
        };
        let account = who.principal().account().unwrap_or_default().to_owned();
        let region = self.scene.region_of(action);
        let arn = self.parameter_arn(region, &account, &name);
        let ask = self
            .command(
                "parameter",
                who,
                &format!("ssm:{operation}"),
                &arn,
                &account,
                line,
                ran,
            )
            .why("It reads a parameter.");
        self.add(ask);
    }

    fn secret(&mut self, action: &Action<'a>, who: &Who, line: &Line, ran: &Ran) {
        let id = option(&ran.words, "--secret-id").unwrap_or_default();
        let account = who.principal().account().unwrap_or_default().to_owned();
        let region = self.scene.region_of(action);
        let arn = self.secret_arn(region, &account, &id);
        let owner = account_in(&arn).unwrap_or_default().to_owned();
        let ask = self
            .command(
                "secret",
                who,
                "secretsmanager:GetSecretValue",
                &arn,
                &owner,
                line,
                ran,
            )
            .why("It reads a secret.");
        self.add(ask);
    }

    fn s3(&mut self, who: &Who, line: &Line, ran: &Ran) {
        let places: Vec<&String> = ran
            .words
            .iter()
            .skip(3)
            .filter(|word| !word.starts_with("--"))
            .take(2)
            .collect();
        for (index, place) in places.iter().enumerate() {
            if !place.starts_with("s3://") || place.contains(UNKNOWN) {
                continue;
            }
            let (bucket, key) = bucket_and_key(place);
            let arn = format!("{}/{key}", self.bucket_arn(bucket));
            let owner = self.scene.owner_of_bucket(bucket).to_owned();
            let (id, name, why) = match index {
                0 => ("download", "s3:GetObject", "It reads from a bucket."),
                _ => ("upload", "s3:PutObject", "It writes to a bucket."),
            };
            let ask = self
                .command(id, who, name, &arn, &owner, line, ran)
                .why(why);
            self.add(ask);
        }
    }

    /// A parameter's ARN, by its name or ARN.
    pub fn parameter_arn(&self, region: &str, account: &str, name: &str) -> String {
        if name.starts_with("arn:") {
            return name.to_owned();
        }
        let name = name.split(':').next().unwrap_or_default();
        let resource = format!("parameter/{}", name.trim_start_matches('/'));
        self.scene.arn("ssm", region, account, &resource)
    }

    /// A secret's ARN, by its name or ARN. AWS puts six letters behind the name; a policy ends in `-??????`
    /// or `*` where they are not known.
    pub fn secret_arn(&self, region: &str, account: &str, id: &str) -> String {
        if id.starts_with("arn:") {
            // A reference in a task definition or a buildspec goes on with a JSON key and a version.
            return id.splitn(8, ':').take(7).collect::<Vec<_>>().join(":");
        }
        let name = id.split(':').next().unwrap_or_default();
        self.scene.arn(
            "secretsmanager",
            region,
            account,
            &format!("secret:{name}-AbCdEf"),
        )
    }
}

/// A command as a gap shows it.
fn shown(words: &[String]) -> String {
    let words: Vec<String> = words
        .iter()
        .take(3)
        .map(|word| word.replace(UNKNOWN, "?"))
        .collect();
    words.join(" ")
}

fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|letter| {
            let escape = !(letter.is_alphanumeric() || letter == '_' || letter == '-');
            escape.then_some('\\').into_iter().chain([letter])
        })
        .collect()
}
