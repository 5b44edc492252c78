//! Variables in the configuration of actions: `#{namespace.Key}`.
//!
//! Source: AWS CodePipeline User Guide, "Variables reference".

use std::collections::BTreeMap;

use serde_json::Value;

use super::declaration::text_of;
use super::execution::Execution;

/// The configuration of an action with every variable in its place.
///
/// # Errors
/// The sentence for a variable that nothing has put out.
pub fn resolve(execution: &Execution, action: &Value) -> Result<BTreeMap<String, String>, String> {
    let settings = action.get("configuration").and_then(Value::as_object);
    let mut resolved = BTreeMap::new();
    for (name, value) in settings.into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        let filled = fill(execution, text).ok_or_else(|| {
            format!(
                "An action in this pipeline failed because one or more variables could not be resolved: Action name={}. This can result when a variable is referenced that does not exist. Validate the pipeline action configuration.",
                text_of(action, "name")
            )
        })?;
        resolved.insert(name.clone(), filled);
    }
    Ok(resolved)
}

/// A text with its variables in their places; `None` where one is not known.
fn fill(execution: &Execution, text: &str) -> Option<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("#{") {
        filled.push_str(before);
        let (name, after) = after.split_once('}')?;
        filled.push_str(value(execution, name)?);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

fn value<'a>(execution: &'a Execution, name: &str) -> Option<&'a str> {
    match name.split_once('.')? {
        ("codepipeline", "PipelineExecutionId") => Some(&execution.id),
        ("variables", name) => execution.variables.get(name).map(String::as_str),
        (namespace, name) => execution
            .outputs
            .get(namespace)?
            .get(name)
            .map(String::as_str),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_take_their_places_and_unknown_ones_are_named() {
        let mut execution = Execution {
            id: "1234".into(),
            ..Execution::default()
        };
        let source = BTreeMap::from([("BranchName".to_owned(), "develop".to_owned())]);
        execution.outputs.insert("Source".into(), source);
        execution.variables.insert("tier".into(), "gold".into());
        let of = |text: &str| json!({"name": "Build", "configuration": {"a": text}});
        for (text, expected) in [
            ("plain", "plain"),
            ("#{Source.BranchName}", "develop"),
            (
                "x-#{variables.tier}-#{codepipeline.PipelineExecutionId}-y",
                "x-gold-1234-y",
            ),
            ("", ""),
        ] {
            assert_eq!(resolve(&execution, &of(text)).unwrap()["a"], expected);
        }
        for wrong in [
            "#{Source.Nothing}",
            "#{Other.BranchName}",
            "#{Source",
            "#{x}",
        ] {
            let said = resolve(&execution, &of(wrong)).unwrap_err();
            assert!(
                said.contains("could not be resolved: Action name=Build."),
                "{said}"
            );
        }
    }
}
