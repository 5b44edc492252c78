//! Policies changed as somebody would change them: an action taken out of a role's, a role out of a bucket's or a
//! key's, a trust rewritten.

use std::collections::BTreeMap;

use serde_json::Value;

use super::hands::write;
use super::site::{Misfit, Site, account_in, last, text};
use crate::sandbox::documents::Stored;
use crate::sandbox::services::iam::state::Role;

/// A member that is one text or several, as texts.
fn texts(value: &Value, member: &str) -> Vec<String> {
    match value.get(member) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

fn statements(document: &mut Value) -> Vec<&mut Value> {
    match document.get_mut("Statement") {
        Some(Value::Array(list)) => list.iter_mut().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// Whether a pattern with `*` and `?` matches a text, whatever the case.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // The lengths of the pattern's beginnings that match the text so far.
    let mut live = vec![false; pattern.len() + 1];
    if let Some(first) = live.first_mut() {
        *first = true;
    }
    let stars = |live: &mut Vec<bool>| {
        for (place, letter) in pattern.iter().enumerate() {
            if *letter == '*'
                && live.get(place) == Some(&true)
                && let Some(next) = live.get_mut(place + 1)
            {
                *next = true;
            }
        }
    };
    stars(&mut live);
    for letter in &text {
        let mut next = vec![false; pattern.len() + 1];
        for (place, wanted) in pattern.iter().enumerate() {
            if live.get(place) != Some(&true) {
                continue;
            }
            let to = match wanted {
                '*' => place,
                '?' => place + 1,
                same if same == letter => place + 1,
                _ => continue,
            };
            if let Some(reached) = next.get_mut(to) {
                *reached = true;
            }
        }
        stars(&mut next);
        live = next;
    }
    live.last() == Some(&true)
}

/// Whether a policy's pattern allows any of some actions.
fn touches(pattern: &str, actions: &[&str]) -> bool {
    actions
        .iter()
        .any(|action| matches(pattern, action) || matches(action, pattern))
}

/// Takes actions out of the statements of a document that allow them on a resource of which `of` holds. Answers the
/// patterns that were taken out.
fn without(document: &mut Value, actions: &[&str], of: &dyn Fn(&[String]) -> bool) -> Vec<String> {
    let mut taken = Vec::new();
    for statement in statements(document) {
        if text(statement, "Effect") != "Allow" || !of(&texts(statement, "Resource")) {
            continue;
        }
        let before = texts(statement, "Action");
        let (gone, kept): (Vec<String>, Vec<String>) = before
            .into_iter()
            .partition(|pattern| touches(pattern, actions));
        if gone.is_empty() {
            continue;
        }
        taken.extend(gone);
        if let Some(members) = statement.as_object_mut() {
            members.insert("Action".to_owned(), Value::from(kept));
        }
    }
    drop_empty(document);
    taken
}

/// Drops the statements that allow nothing any more.
fn drop_empty(document: &mut Value) {
    if let Some(Value::Array(list)) = document.get_mut("Statement") {
        list.retain(|statement| {
            !matches!(statement.get("Action"), Some(Value::Array(actions)) if actions.is_empty())
        });
    }
}

fn is_empty(document: &Value) -> bool {
    matches!(document.get("Statement"), Some(Value::Array(list)) if list.is_empty())
}

/// Whether a statement of a resource policy is about one role, by its principal or by a condition.
fn is_about(statement: &Value, role: &str) -> bool {
    conditioned(statement).contains(&role.to_owned())
        || statement
            .get("Principal")
            .is_some_and(|it| texts(it, "AWS").contains(&role.to_owned()))
}

/// The roles that the conditions of a statement name as `aws:PrincipalArn`.
fn conditioned(statement: &Value) -> Vec<String> {
    let operators = statement.get("Condition").and_then(Value::as_object);
    operators
        .into_iter()
        .flat_map(|operators| operators.values())
        .filter_map(Value::as_object)
        .flatten()
        .filter(|(key, _)| key.eq_ignore_ascii_case("aws:PrincipalArn"))
        .flat_map(|(key, value)| texts(&serde_json::json!({ key.as_str(): value }), key))
        .collect()
}

/// Takes one role out of the statements of a resource policy that allow it any of some actions. Answers how many
/// statements were changed.
fn without_role(document: &mut Value, role: &str, actions: &[&str]) -> usize {
    let mut changed = 0;
    let about = |statement: &Value| {
        text(statement, "Effect") == "Allow"
            && is_about(statement, role)
            && texts(statement, "Action")
                .iter()
                .any(|pattern| touches(pattern, actions))
    };
    for statement in statements(document) {
        if !about(statement) {
            continue;
        }
        changed += 1;
        let alone = conditioned(statement).len().max(
            statement
                .get("Principal")
                .map(|it| texts(it, "AWS").len())
                .unwrap_or_default(),
        ) <= 1;
        if alone {
            write(statement, "/Action", Value::Array(Vec::new()));
        } else {
            drop_text(statement, role);
        }
    }
    drop_empty(document);
    changed
}

/// Drops a text from every list in a value.
fn drop_text(value: &mut Value, gone: &str) {
    match value {
        Value::Array(list) => {
            list.retain(|it| it.as_str() != Some(gone));
            list.iter_mut().for_each(|it| drop_text(it, gone));
        }
        Value::Object(members) => members.values_mut().for_each(|it| drop_text(it, gone)),
        _ => {}
    }
}

fn parsed(document: &str, of: &str) -> Result<Value, Misfit> {
    serde_json::from_str(document).map_err(|_| Misfit::new(format!("{of} is no JSON")))
}

impl Site<'_> {
    /// A role, to be changed.
    ///
    /// # Errors
    /// There is none of this ARN.
    pub fn role_mut(&mut self, arn: &str) -> Result<&mut Role, Misfit> {
        let none = || Misfit::new(format!("there is no role {arn}"));
        let account = self
            .world
            .accounts
            .get_mut(account_in(arn))
            .ok_or_else(none)?;
        account.iam.roles.get_mut(last(arn)).ok_or_else(none)
    }

    /// Takes actions out of what a role's own policies allow.
    ///
    /// # Errors
    /// They do not allow any of them.
    pub fn take(&mut self, role: &str, actions: &[&str]) -> Result<(), Misfit> {
        self.take_on(role, actions, &|_| true)
    }

    /// The same in the statements on resources of which `of` holds.
    ///
    /// # Errors
    /// They do not allow any of them.
    pub fn take_on(
        &mut self,
        role: &str,
        actions: &[&str],
        of: &dyn Fn(&[String]) -> bool,
    ) -> Result<(), Misfit> {
        let account = account_in(role).to_owned();
        let managed = self.managed(role, actions, of);
        let found = self.role_mut(role)?;
        let mut taken = Vec::new();
        let mut kept: BTreeMap<String, String> = BTreeMap::new();
        for (name, document) in &found.inline {
            let mut parsed = parsed(document, name)?;
            let gone = without(&mut parsed, actions, of);
            if gone.is_empty() {
                kept.insert(name.clone(), document.clone());
                continue;
            }
            taken.extend(gone);
            if !is_empty(&parsed) {
                kept.insert(name.clone(), parsed.to_string());
            }
        }
        found.inline = kept;
        for policy in &managed {
            found.attached.remove(policy);
            taken.push(format!("what {policy} allows"));
        }
        if taken.is_empty() {
            return Err(Misfit::new(format!(
                "no policy of the role {role} allows {}: it is broken already",
                actions.join(", ")
            )));
        }
        taken.sort();
        taken.dedup();
        let list = taken.join(", ");
        self.changed(
            &account,
            role,
            format!("allows {list}"),
            "does not allow it",
        );
        Ok(())
    }

    /// The managed policies of a role that allow any of some actions.
    fn managed(&self, role: &str, actions: &[&str], of: &dyn Fn(&[String]) -> bool) -> Vec<String> {
        let Some((account, found)) = crate::sandbox::authorize::role(self.world, role) else {
            return Vec::new();
        };
        let own = self.world.accounts.get(account).map(|it| &it.iam.policies);
        let allows = |arn: &&String| {
            let written = own
                .and_then(|it| it.get(*arn))
                .and_then(|policy| Some(policy.versions.get(&policy.default)?.document.clone()));
            match written.map(|text| serde_json::from_str::<Value>(&text)) {
                Some(Ok(mut document)) => !without(&mut document, actions, of).is_empty(),
                // AWS's own: what each allows is not looked up here, but its name tells the service.
                _ => arn.starts_with("arn:aws:iam::aws:policy/"),
            }
        };
        found.attached.iter().filter(allows).cloned().collect()
    }

    /// Rewrites the trust of a role.
    ///
    /// # Errors
    /// There is no such role.
    pub fn trust(
        &mut self,
        role: &str,
        before: &str,
        after: &str,
        change: impl Fn(&mut Value),
    ) -> Result<(), Misfit> {
        let mut document = parsed(&self.role_mut(role)?.trust.text, role)?;
        statements(&mut document).into_iter().for_each(&change);
        let stored = self.stored(&document)?;
        self.role_mut(role)?.trust = stored;
        let account = account_in(role).to_owned();
        self.changed(&account, format!("trust of {role}"), before, after);
        Ok(())
    }

    /// Has a role trust another service than it did.
    ///
    /// # Errors
    /// There is no such role.
    pub fn trust_service(&mut self, role: &str, service: &str) -> Result<(), Misfit> {
        let after = format!("trusts {service}");
        self.trust(role, "trusts the service that uses it", &after, |it| {
            write(it, "/Principal", serde_json::json!({"Service": service}));
        })
    }

    fn stored(&self, document: &Value) -> Result<Stored, Misfit> {
        Stored::read(self.world, &document.to_string())
            .map_err(|invalid| Misfit::new(invalid.to_string()))
    }

    /// Changes the policy of the artifact bucket.
    ///
    /// # Errors
    /// There is none, or nothing would change.
    pub fn bucket_policy(
        &mut self,
        before: &str,
        after: &str,
        change: impl FnOnce(&mut Value) -> usize,
    ) -> Result<(), Misfit> {
        let name = self.bucket()?;
        let bucket = self.world.buckets.get(&name);
        let policy = bucket.and_then(|it| it.policy.clone());
        let policy =
            policy.ok_or_else(|| Misfit::new(format!("the bucket {name} has no policy")))?;
        let mut document = parsed(&policy.text, &name)?;
        if change(&mut document) == 0 {
            return Err(Misfit::new(format!(
                "the policy of the bucket {name} says nothing that this failure changes"
            )));
        }
        let stored = self.stored(&document)?;
        if let Some(bucket) = self.world.buckets.get_mut(&name) {
            bucket.policy = (!is_empty(&document)).then_some(stored);
        }
        let shared = self.shared.clone();
        self.changed(
            &shared,
            format!("policy of the bucket {name}"),
            before,
            after,
        );
        Ok(())
    }

    /// Takes a role out of the policy of the artifact bucket.
    ///
    /// # Errors
    /// It does not name the role.
    pub fn out_of_bucket(&mut self, role: &str) -> Result<(), Misfit> {
        let (before, after) = (format!("lets {role} read"), "does not name it".to_owned());
        self.bucket_policy(&before, &after, |document| {
            without_role(document, role, &["s3:GetObject"])
        })
    }

    /// Takes a role out of the policy of the artifacts' key.
    ///
    /// # Errors
    /// It does not name the role.
    pub fn out_of_key(&mut self, role: &str, actions: &[&str]) -> Result<(), Misfit> {
        let arn = self.key()?;
        let none = || Misfit::new(format!("there is no key {arn}"));
        let (account, region) = (self.shared.clone(), self.region.clone());
        let policy = self
            .world
            .regional_ref(&account, &region)
            .and_then(|regional| regional.kms.keys.get(last(&arn)))
            .map(|key| key.policy.text.clone())
            .ok_or_else(none)?;
        let mut document = parsed(&policy, &arn)?;
        if without_role(&mut document, role, actions) == 0 {
            return Err(Misfit::new(format!(
                "the policy of the key {arn} does not name the role {role}"
            )));
        }
        let stored = self.stored(&document)?;
        let regional = self.world.regional(&account, &region);
        if let Some(key) = regional.kms.keys.get_mut(last(&arn)) {
            key.policy = stored;
        }
        self.changed(
            &account,
            format!("policy of the key {arn}"),
            format!("lets {role} use it"),
            "does not name it",
        );
        Ok(())
    }
}

/// Has the statements of a resource policy about one role name it as their principal, which IAM keeps by the role's
/// unique id. Answers how many.
pub fn by_principal(document: &mut Value, role: &str) -> usize {
    let mut changed = 0;
    for statement in statements(document) {
        if text(statement, "Effect") == "Allow" && is_about(statement, role) {
            write(statement, "/Principal", serde_json::json!({"AWS": role}));
            if let Some(members) = statement.as_object_mut() {
                members.shift_remove("Condition");
            }
            changed += 1;
        }
    }
    changed
}

/// Has the denials of uploads hold without their `Null` condition too. Answers how many.
pub fn without_null(document: &mut Value) -> usize {
    let mut changed = 0;
    for statement in statements(document) {
        let condition = statement
            .get_mut("Condition")
            .and_then(Value::as_object_mut);
        if condition.is_some_and(|it| it.shift_remove("Null").is_some()) {
            changed += 1;
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_match_as_policies_do() {
        for (pattern, text, expected) in [
            ("s3:*", "s3:GetObject", true),
            ("s3:get?bject", "s3:GetObject", true),
            ("s3:Get*n", "s3:GetObjectVersion", true),
            ("s3:Get*n", "s3:GetObject", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn one_role_leaves_a_shared_statement_and_the_others_stay() {
        let two = json!({"Statement": [
            {"Effect": "Allow", "Action": ["kms:Decrypt"], "Principal": {"AWS": "root"}, "Condition": {"ArnEquals": {"aws:PrincipalArn": ["a", "b"]}}},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Principal": {"AWS": "root"}, "Condition": {"ArnEquals": {"aws:PrincipalArn": "c"}}},
            {"Effect": "Allow", "Action": "kms:PutKeyPolicy", "Principal": {"AWS": "root"}},
        ]});
        let mut document = two.clone();
        assert_eq!(without_role(&mut document, "a", &["kms:Decrypt"]), 1);
        assert_eq!(
            document.pointer("/Statement/0/Condition/ArnEquals/aws:PrincipalArn"),
            Some(&json!(["b"]))
        );
        assert_eq!(without_role(&mut document, "c", &["kms:Decrypt"]), 1);
        assert_eq!(document["Statement"].as_array().map(Vec::len), Some(2));
        assert_eq!(without_role(&mut document, "d", &["kms:Decrypt"]), 0);
        let mut document = two;
        assert_eq!(by_principal(&mut document, "c"), 1);
        assert_eq!(document["Statement"][1]["Principal"]["AWS"], "c");
    }

    #[test]
    fn actions_are_taken_out_and_empty_statements_with_them() {
        let mut document = json!({"Statement": [
            {"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"], "Resource": "*"},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "x"},
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"},
        ]});
        let taken = without(&mut document, &["s3:GetObject"], &|_| true);
        assert_eq!(taken, ["s3:Get*", "s3:GetObject"]);
        assert_eq!(document["Statement"].as_array().map(Vec::len), Some(2));
        assert_eq!(document["Statement"][0]["Action"], json!(["s3:PutObject"]));
    }
}
