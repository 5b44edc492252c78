use super::*;
use crate::render::fixture;

#[test]
fn every_document_of_the_fixture_renders() {
    let templates = Templates::embedded().unwrap();
    let made = documents(&fixture::blueprint(), &fixture::facts(), &templates).unwrap();
    assert_eq!(made.environments.len(), 3);
    println!("{}", made.buildspec);
    println!("{:#}", made.environments[0].pipeline);
}
