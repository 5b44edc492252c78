use super::*;
#[test]
fn empty() {
    assert!(!check(&serde_json::json!({})).is_empty());
}
