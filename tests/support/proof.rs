//! A blueprint, everything that is rendered of it, and what one run of each of its pipelines asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use crosspipe::blueprint::{self, Blueprint};
use crosspipe::chain::{self, Bucket, Listing, Need, Run, Trigger, Who};
use crosspipe::policy::{self, Answer, Document, Policies, Principal};
use crosspipe::render::{self, EnvironmentDocuments, Facts, RoleDocuments, Templates};
use serde_json::{Value, json};

const TOML: &str = include_str!("../fixtures/bys.toml");
pub const CONNECTION: &str = "arn:aws:codeconnections:ap-northeast-2:202949997891:connection/aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb";
pub const SHARED: &str = "202949997891";

/// One way to deliver.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub name: &'static str,
    pub strategy: &'static str,
    pub connection: bool,
    pub role_path: &'static str,
    pub test_listener: bool,
    pub bucket_key: bool,
    pub tags: bool,
}

/// Every strategy, with every source; the rest in turn.
pub const WAYS: [Way; 7] = [
    way("codedeploy", "codedeploy-blue-green", false),
    way("codedeploy-connection", "codedeploy-blue-green", true),
    Way {
        role_path: "/cicd/",
        test_listener: true,
        bucket_key: true,
        ..way("codedeploy-more", "codedeploy-blue-green", false)
    },
    way("rolling", "ecs-rolling", false),
    Way {
        role_path: "/cicd/",
        bucket_key: true,
        ..way("rolling-connection", "ecs-rolling", true)
    },
    way("native", "ecs-blue-green", false),
    way("native-connection", "ecs-blue-green", true),
];

const fn way(name: &'static str, strategy: &'static str, connection: bool) -> Way {
    Way {
        name,
        strategy,
        connection,
        role_path: "/",
        test_listener: false,
        bucket_key: false,
        tags: true,
    }
}

/// A document by what carries it, for example `dev/deploy-role` and `policy`.
pub type Id = (String, &'static str);

/// Everything that was rendered, and the needs of each environment.
pub struct World {
    pub documents: BTreeMap<Id, Value>,
    pub parsed: BTreeMap<Id, Arc<Document>>,
    /// What carries the documents of a role, by the role's ARN.
    pub roles: BTreeMap<String, String>,
    pub bucket: String,
    pub key: String,
    pub runs: BTreeMap<String, Run>,
    pub listings: BTreeMap<String, Listing>,
}

fn listener(account: &str, last: &str) -> String {
    format!(
        "arn:aws:elasticloadbalancing:ap-northeast-2:{account}:listener/app/main/0123456789abcdef/{last}"
    )
}

fn blueprint(way: &Way) -> Blueprint {
    let mut text = TOML.to_owned();
    for (name, account) in [
        ("dev", "558846431111"),
        ("stg", "558846432222"),
        ("prd", "558846433333"),
    ] {
        let mut named = listener(account, "aaaaaaaaaaaaaaaa");
        if way.test_listener {
            let test = listener(account, "bbbbbbbbbbbbbbbb");
            named = format!("{named}\"\ntest_listener = \"{test}");
        }
        text = text.replace(&format!("@LISTENER-{name}@"), &named);
    }
    if way.strategy != "codedeploy-blue-green" {
        let kept = |line: &&str| {
            !["config ", "target_groups", "listener", "test_listener"]
                .iter()
                .any(|key| line.starts_with(key))
        };
        text = text.lines().filter(kept).collect::<Vec<_>>().join("\n");
        text = text.replace(
            "\"codedeploy-blue-green\"",
            &format!("\"{}\"", way.strategy),
        );
    }
    if way.connection {
        text = text.replace(
            "provider   = \"codecommit\"\nrepository = \"awssdk-iam\"",
            &format!(
                "provider   = \"github\"\nrepository = \"bys/awssdk-iam\"\nconnection = \"{CONNECTION}\""
            ),
        );
    }
    let mut made = blueprint::parse(&text, "crosspipe.toml").unwrap_or_else(|errors| {
        panic!("{}: {errors:?}\n{text}", way.name);
    });
    made.role_path = way.role_path.to_owned();
    made
}

impl World {
    pub fn new(way: &Way) -> Self {
        let blueprint = blueprint(way);
        let key =
            "arn:aws:kms:ap-northeast-2:202949997891:key/11112222-71d6-4265-9dab-111122223333";
        let facts = Facts {
            key_arn: key.to_owned(),
            connection_arn: way.connection.then(|| CONNECTION.to_owned()),
        };
        let made = render::documents(&blueprint, &facts, &Templates::embedded().unwrap()).unwrap();
        let mut world = Self {
            documents: BTreeMap::new(),
            parsed: BTreeMap::new(),
            roles: BTreeMap::new(),
            bucket: blueprint.shared_names().bucket,
            key: key.to_owned(),
            runs: BTreeMap::new(),
            listings: BTreeMap::new(),
        };
        world.put(
            "shared/artifact-key",
            "policy",
            &made.shared.artifact_key_policy,
        );
        world.put(
            "shared/artifact-bucket",
            "policy",
            &made.shared.artifact_bucket_policy,
        );
        for (name, documents) in &made.environments {
            let account = blueprint.environments[name].account.as_str();
            world.environment(&blueprint, name.as_str(), account, documents);
            let run = world.run(way, &blueprint, account, documents, &made.buildspec);
            world.listings.insert(name.to_string(), chain::list(&run));
            world.runs.insert(name.to_string(), run);
        }
        world
    }

    fn put(&mut self, carrier: &str, kind: &'static str, document: &Value) {
        let id = (carrier.to_owned(), kind);
        let parsed =
            policy::parse(document).unwrap_or_else(|problems| panic!("{id:?}: {problems:?}"));
        self.parsed.insert(id.clone(), Arc::new(parsed));
        self.documents.insert(id, document.clone());
    }

    fn role(&mut self, arn: String, carrier: &str, documents: &RoleDocuments) {
        self.put(carrier, "trust", &documents.trust);
        if let Some(policy) = &documents.policy {
            self.put(carrier, "policy", policy);
        }
        self.roles.insert(arn, carrier.to_owned());
    }

    fn environment(
        &mut self,
        blueprint: &Blueprint,
        name: &str,
        account: &str,
        made: &EnvironmentDocuments,
    ) {
        let arn = |account: &str, role: &str| {
            format!("arn:aws:iam::{account}:role{}{role}", blueprint.role_path)
        };
        let names = &made.names;
        let of_shared = [
            (
                "pipeline-role",
                &names.pipeline_role,
                Some(&made.pipeline_role),
            ),
            ("build-role", &names.build_role, Some(&made.build_role)),
            ("events-role", &names.events_role, made.events_role.as_ref()),
        ];
        let of_own = [
            ("deploy-role", &names.deploy_role, Some(&made.deploy_role)),
            ("push-role", &names.push_role, Some(&made.push_role)),
            (
                "codedeploy-role",
                &names.codedeploy_role,
                made.codedeploy_role.as_ref(),
            ),
            (
                "execution-role",
                &names.execution_role,
                Some(&made.execution_role),
            ),
            ("task-role", &names.task_role, Some(&made.task_role)),
        ];
        for (account, roles) in [(SHARED, of_shared.as_slice()), (account, of_own.as_slice())] {
            for (kind, role, documents) in roles {
                if let Some(documents) = documents {
                    self.role(arn(account, role), &format!("{name}/{kind}"), documents);
                }
            }
        }
        // The team's own role, which crosspipe does not make: what AWS's managed policy for it has.
        let infrastructure = RoleDocuments {
            trust: json!({"Version": "2012-10-17", "Statement": [{
                "Sid": "EcsService", "Effect": "Allow",
                "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"
            }]}),
            policy: Some(json!({"Version": "2012-10-17", "Statement": [{
                "Sid": "LoadBalancer", "Effect": "Allow",
                "Action": ["elasticloadbalancing:*"], "Resource": "*"
            }]})),
        };
        let arn = format!("arn:aws:iam::{account}:role/ecs-load-balancing");
        self.role(arn, &format!("{name}/team"), &infrastructure);
    }

    fn run(
        &self,
        way: &Way,
        blueprint: &Blueprint,
        account: &str,
        made: &EnvironmentDocuments,
        buildspec: &str,
    ) -> Run {
        let mut run = Run::new(
            blueprint.shared.account.clone(),
            blueprint.region.clone(),
            json!({ "pipeline": made.pipeline }),
        );
        if let (Some(rule), Some(targets)) = (&made.rule, &made.targets) {
            run.triggers.push(Trigger {
                account: blueprint.shared.account.clone(),
                rule: rule.clone(),
                target: targets["Targets"][0].clone(),
            });
        }
        run.buckets.insert(
            self.bucket.clone(),
            Bucket {
                owner: None,
                bucket_key: way.bucket_key,
                default_key: Some(self.key.clone()),
            },
        );
        let build = run.beside("Build", "Build");
        build.project = Some(made.project.clone());
        build.buildspec = Some(buildspec.to_owned());
        let deploy = run.beside("Deploy", "Deploy");
        let mut taskdef = made.taskdef.clone();
        if way.tags {
            taskdef["tags"] = json!([{"key": "team", "value": "platform"}]);
        }
        deploy.taskdef = Some(taskdef);
        deploy.appspec = made.appspec.clone();
        deploy.deployment_group = made.deployment_group.clone();
        let own = |service: &str, resource: &str| {
            format!("arn:aws:{service}:ap-northeast-2:{account}:{resource}")
        };
        if made.deployment_group.is_some() {
            for listener in ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"] {
                if listener.starts_with('a') || way.test_listener {
                    let rule = format!(
                        "listener-rule/app/main/0123456789abcdef/{listener}/1111111111111111"
                    );
                    deploy
                        .listener_rules
                        .push(own("elasticloadbalancing", &rule));
                }
            }
        } else {
            let strategy = if way.strategy == "ecs-rolling" {
                "ROLLING"
            } else {
                "BLUE_GREEN"
            };
            deploy.service = Some(json!({
                "deploymentConfiguration": {"strategy": strategy},
                "loadBalancers": [{
                    "targetGroupArn": own("elasticloadbalancing", "targetgroup/one/1111111111111111"),
                    "advancedConfiguration": {
                        "alternateTargetGroupArn": own("elasticloadbalancing", "targetgroup/two/2222222222222222"),
                        "productionListenerRule": own("elasticloadbalancing", "listener-rule/app/main/0/1/2"),
                        "roleArn": format!("arn:aws:iam::{account}:role/ecs-load-balancing")
                    }
                }]
            }));
        }
        run
    }

    /// Every need with its environment.
    pub fn needs(&self) -> impl Iterator<Item = (&str, &Need)> {
        self.listings
            .iter()
            .flat_map(|(name, listing)| listing.needs.iter().map(move |need| (name.as_str(), need)))
    }

    /// The documents that have a say in a need: of the caller, and of what is asked for.
    pub fn documents_of(&self, need: &Need) -> (Option<Id>, Option<Id>) {
        let carrier = |arn: &str| self.roles.get(arn).cloned();
        let identity = match &need.who {
            Who::Service(_) => None,
            Who::Role { arn, .. } => {
                let carrier =
                    carrier(arn).unwrap_or_else(|| panic!("{}: whose is {arn}?", need.id));
                Some((carrier, "policy"))
            }
        };
        let bucket = format!("arn:aws:s3:::{}", self.bucket);
        let resource = if need.iam_action.starts_with("sts:") {
            carrier(&need.resource).map(|carrier| (carrier, "trust"))
        } else if need.resource == self.key {
            Some(("shared/artifact-key".to_owned(), "policy"))
        } else if need.resource.starts_with(&bucket) {
            Some(("shared/artifact-bucket".to_owned(), "policy"))
        } else {
            None
        };
        (identity, resource)
    }

    pub fn policies(&self, need: &Need) -> Policies {
        let (identity, resource) = self.documents_of(need);
        let get = |id: Option<Id>| id.and_then(|id| self.parsed.get(&id).cloned());
        Policies {
            identity: get(identity).into_iter().collect(),
            resource: get(resource),
            ..Policies::default()
        }
    }

    pub fn answer(&self, need: &Need) -> Answer {
        policy::decide(&self.policies(need), &need.request()).answer
    }

    /// The answer with another document in the place of one.
    pub fn answer_with(&self, need: &Need, id: &Id, other: &Arc<Document>) -> Answer {
        let mut policies = self.policies(need);
        let (identity, resource) = self.documents_of(need);
        if identity.as_ref() == Some(id) {
            policies.identity = vec![other.clone()];
        }
        if resource.as_ref() == Some(id) {
            policies.resource = Some(other.clone());
        }
        policy::decide(&policies, &need.request()).answer
    }

    /// The answer to the same request made by somebody else.
    pub fn answer_to(&self, need: &Need, principal: Principal, carrier: &str) -> Answer {
        let mut policies = self.policies(need);
        let id = (carrier.to_owned(), "policy");
        policies.identity = self.parsed.get(&id).cloned().into_iter().collect();
        policy::decide(&policies, &need.request_as(principal)).answer
    }
}
