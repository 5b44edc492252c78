use super::parse::{Command, Node, parse};
use super::word::Word;
use crate::chain::scene::Variables;

fn simple(words: &[&str]) -> Node {
    Node::Simple(Command {
        words: words.iter().map(|word| Word((*word).to_owned())).collect(),
        input: None,
    })
}

fn nodes(text: &str) -> Vec<Node> {
    parse(text)
        .into_iter()
        .flatten()
        .flat_map(|(_, parts)| parts.nodes)
        .collect()
}

#[test]
fn words_and_signs() {
    assert_eq!(
        nodes("a 'b c' \"d;e\" > out 2>&1; f | g && h # no"),
        [
            simple(&["a", "'b c'", "\"d;e\""]),
            simple(&["f"]),
            simple(&["g"]),
            simple(&["h"])
        ]
    );
    assert_eq!(nodes("X=$(a b | c) d"), [simple(&["X=$(a b | c)", "d"])]);
    assert_eq!(nodes("a \\\n  b"), [simple(&["a", "b"])]);
    assert_eq!(nodes(""), []);
}

#[test]
fn branches() {
    let found = nodes("if [ a = b ]; then c; elif d; then e; else f; fi");
    let [Node::If(branches)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(branches.len(), 3);
    assert!(branches[2].0.is_none());
    let found = nodes("case \"$X\" in\n a|b)\n c ;;\n *) d; exit 1 ;;\nesac");
    let [Node::Case(_, branches)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(branches[0].0.len(), 2);
    assert_eq!(branches[1].1.len(), 2);
    assert!(matches!(nodes("( a; b )").as_slice(), [Node::Subshell(items)] if items.len() == 2));
    assert!(
        matches!(nodes("for X in a b; do c; done").as_slice(), [Node::Loop(Some(_), _, body)] if body.len() == 1)
    );
}

#[test]
fn expansion() {
    let variables = Variables::from([
        ("A".to_owned(), "one".to_owned()),
        ("E".to_owned(), String::new()),
    ]);
    for (word, meaning) in [
        ("plain", "plain"),
        ("$A/x", "one/x"),
        ("\"${A}\"_b", "one_b"),
        ("'$A'", "$A"),
        ("${A:0:2}", "on"),
        ("${A:-two}", "one"),
        ("${E:-two}", "two"),
        ("${B}", "\u{FFFC}"),
        ("${!A:-}", "\u{FFFC}"),
        ("$(date)", "\u{FFFC}"),
        ("`date`x", "\u{FFFC}x"),
        ("a\\ b", "a b"),
        ("$", "$"),
        ("${A", "one"),
    ] {
        assert_eq!(Word(word.to_owned()).expand(&variables), meaning, "{word}");
    }
    assert_eq!(
        Word("x$(a $(b))`c`'$(d)'".to_owned()).substitutions(),
        ["a $(b)", "c"]
    );
}

#[test]
fn nothing_breaks_it() {
    for text in [
        "$(",
        "((((((",
        "if",
        "if then",
        "case",
        "case x in",
        "case x in )",
        "for",
        "while do",
        "`",
        "'",
        "\"",
        "a ||",
        "|| a",
        "fi",
        "esac",
        ")",
        "{",
        "}",
        ";;",
        "<<<",
        "a <<<",
        "${",
        "\\",
    ] {
        let _ = parse(text);
        let _ = Word(text.to_owned()).expand(&Variables::new());
        let _ = Word(text.to_owned()).substitutions();
    }
    let deep = "(".repeat(5000);
    let _ = parse(&deep);
    let deep = format!("{}{}", "$(".repeat(5000), ")".repeat(5000));
    let _ = Word(deep).substitutions();
    let deep = format!("{}{}", "${A:-".repeat(5000), "}".repeat(5000));
    let _ = Word(deep).expand(&Variables::new());
}
