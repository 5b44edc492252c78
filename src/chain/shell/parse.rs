//! Commands, their lists and their branches.

use super::word::{DEPTH, Word, closing, slice};

// Parentheses are signs, and not words, because a branch of a `case` ends its patterns with one.

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chain) struct Command {
    /// Its words, assignments before the program's name included.
    pub words: Vec<Word>,
    /// What a here-string (`<<<`) gives it.
    pub input: Option<Word>,
}

/// What a place of a list can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chain) enum Node {
    /// A command.
    Simple(Command),
    /// `( ... )`: its variables end with it.
    Subshell(Vec<Item>),
    /// `{ ...; }`, and the bodies of loops.
    Group(Vec<Item>),
    /// `if`: each condition with its body, and `else` at the end without one.
    If(Vec<(Option<Vec<Item>>, Vec<Item>)>),
    /// `case`: the word, and each branch with its patterns.
    Case(Word, Vec<(Vec<Word>, Vec<Item>)>),
    /// A loop: the variable and its words, the condition, the body.
    Loop(Option<String>, Vec<Item>, Vec<Item>),
}

/// Pipelines joined with `&&` and `||`.
pub(in crate::chain) type Item = Vec<(Join, Parts)>;

/// How a pipeline follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chain) enum Join {
    /// It is the first.
    First,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// The parts of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chain) struct Parts {
    /// Whether `!` turns its result round.
    pub negated: bool,
    /// What is joined with `|`.
    pub nodes: Vec<Node>,
}

/// Reads commands. What is no shell is left out; nothing fails.
pub(in crate::chain) fn parse(text: &str) -> Vec<Item> {
    let mut parser = Parser {
        tokens: tokens(text),
        at: 0,
        depth: 0,
    };
    let mut items = Vec::new();
    while !parser.is_over() {
        let before = parser.at;
        items.append(&mut parser.list(&[]));
        if parser.at == before {
            parser.at += 1;
        }
    }
    items
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `;`, `&`, `|`, `&&`, `||`, `;;`, `<<<`, a parenthesis, or the end of a line.
    Sign(&'static str),
}

/// The longest first.
const SIGNS: [&str; 13] = [
    "<<<", ";;&", ";;", "&&", "||", ";&", ";", "|&", "|", "&", "\n", "(", ")",
];

fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        if *letter == '\\' && letters.get(at + 1) == Some(&'\n') {
            at += 2;
        } else if *letter == ' ' || *letter == '\t' || *letter == '\r' {
            at += 1;
        } else if *letter == '#' {
            while letters.get(at).is_some_and(|c| *c != '\n') {
                at += 1;
            }
        } else if *letter == '&' && letters.get(at + 1) == Some(&'>') {
            at = redirection(&letters, at);
        } else if let Some(sign) = SIGNS
            .iter()
            .find(|sign| slice(&letters, at, at + sign.chars().count()) == **sign)
        {
            found.push(Token::Sign(sign));
            at += sign.chars().count();
        } else if *letter == '>' || *letter == '<' {
            at = redirection(&letters, at);
        } else {
            let end = word_end(&letters, at);
            let word = slice(&letters, at, end);
            // A digit before a redirection belongs to it.
            let is_descriptor = word.chars().all(|c| c.is_ascii_digit())
                && matches!(letters.get(end), Some('>' | '<'));
            if !is_descriptor {
                found.push(Token::Word(word));
            }
            at = end.max(at + 1);
        }
    }
    found
}

/// Leaves out a redirection with its file; returns the place behind it.
fn redirection(letters: &[char], from: usize) -> usize {
    let mut at = from;
    while matches!(letters.get(at), Some('>' | '<' | '&' | '|')) {
        at += 1;
    }
    while matches!(letters.get(at), Some(' ' | '\t')) {
        at += 1;
    }
    word_end(letters, at).max(at)
}

fn word_end(letters: &[char], from: usize) -> usize {
    let mut at = from;
    let (mut single, mut double) = (false, false);
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' if !single => at += 1,
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '$' if !single && letters.get(at + 1) == Some(&'(') => at = closing(letters, at + 2),
            '`' if !single => {
                at += 1;
                while letters.get(at).is_some_and(|c| *c != '`') {
                    at += 1;
                }
            }
            ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')'
                if !single && !double =>
            {
                return at;
            }
            _ => {}
        }
        at += 1;
    }
    at.min(letters.len())
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn is_over(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn is_word(&self, text: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word == text)
    }

    fn is_sign(&self, text: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Sign(sign)) if *sign == text)
    }

    fn take_word(&mut self, text: &str) -> bool {
        let there = self.is_word(text);
        self.at += usize::from(there);
        there
    }

    fn take_sign(&mut self, text: &str) -> bool {
        let there = self.is_sign(text);
        self.at += usize::from(there);
        there
    }

    fn separators(&mut self) {
        while matches!(
            self.tokens.get(self.at),
            Some(Token::Sign(";" | "\n" | "&"))
        ) {
            self.at += 1;
        }
    }

    /// Items up to one of the words, or a sign that ends a list.
    fn list(&mut self, ends: &[&str]) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            self.separators();
            let ended = self.is_over()
                || ends.iter().any(|end| self.is_word(end))
                || [")", ";;", ";;&", ";&"].iter().any(|end| self.is_sign(end));
            if ended {
                return items;
            }
            let before = self.at;
            if let Some(item) = self.item() {
                items.push(item);
            }
            if self.at == before {
                return items;
            }
        }
    }

    fn item(&mut self) -> Option<Item> {
        let mut item = vec![(Join::First, self.pipeline()?)];
        loop {
            let join = if self.take_sign("&&") {
                Join::And
            } else if self.take_sign("||") {
                Join::Or
            } else {
                return Some(item);
            };
            while self.take_sign("\n") {}
            match self.pipeline() {
                Some(parts) => item.push((join, parts)),
                None => return Some(item),
            }
        }
    }

    fn pipeline(&mut self) -> Option<Parts> {
        let negated = self.take_word("!");
        let mut nodes = vec![self.node()?];
        while self.take_sign("|") || self.take_sign("|&") {
            while self.take_sign("\n") {}
            match self.node() {
                Some(node) => nodes.push(node),
                None => break,
            }
        }
        Some(Parts { negated, nodes })
    }

    fn node(&mut self) -> Option<Node> {
        if self.depth >= DEPTH {
            // Nobody writes this; it is left out.
            self.at = self.tokens.len();
            return None;
        }
        self.depth += 1;
        let node = self.node_inside();
        self.depth -= 1;
        node
    }

    fn node_inside(&mut self) -> Option<Node> {
        match self.tokens.get(self.at)? {
            Token::Sign("(") => {
                self.at += 1;
                let items = self.list(&[]);
                self.take_sign(")");
                Some(Node::Subshell(items))
            }
            Token::Sign(_) => None,
            Token::Word(word) => match word.as_str() {
                "if" => Some(self.if_node()),
                "case" => self.case_node(),
                "for" | "select" => Some(self.for_node()),
                "while" | "until" => Some(self.while_node()),
                "{" => {
                    self.at += 1;
                    let items = self.list(&["}"]);
                    self.take_word("}");
                    Some(Node::Group(items))
                }
                _ => self.simple(),
            },
        }
    }

    fn if_node(&mut self) -> Node {
        let mut branches = Vec::new();
        while self.take_word("if") || self.take_word("elif") {
            let condition = self.list(&["then"]);
            self.take_word("then");
            let body = self.list(&["elif", "else", "fi"]);
            branches.push((Some(condition), body));
        }
        if self.take_word("else") {
            branches.push((None, self.list(&["fi"])));
        }
        self.take_word("fi");
        Node::If(branches)
    }

    fn case_node(&mut self) -> Option<Node> {
        self.at += 1;
        let subject = self.word()?;
        while self.take_sign("\n") {}
        self.take_word("in");
        let mut branches = Vec::new();
        loop {
            self.separators();
            if self.is_over() || self.take_word("esac") {
                return Some(Node::Case(subject, branches));
            }
            let before = self.at;
            let mut patterns = Vec::new();
            // `(pattern)` may have both parentheses.
            self.take_sign("(");
            while let Some(pattern) = self.word() {
                patterns.push(pattern);
                if !self.take_sign("|") {
                    break;
                }
            }
            self.take_sign(")");
            let body = self.list(&["esac"]);
            let _ = self.take_sign(";;") || self.take_sign(";;&") || self.take_sign(";&");
            branches.push((patterns, body));
            if self.at == before {
                return Some(Node::Case(subject, branches));
            }
        }
    }

    fn for_node(&mut self) -> Node {
        self.at += 1;
        let name = self.word().map(|word| word.0);
        self.separators();
        if self.take_word("in") {
            while self.word().is_some() {}
        }
        self.separators();
        self.body(name, Vec::new())
    }

    fn while_node(&mut self) -> Node {
        self.at += 1;
        let condition = self.list(&["do"]);
        self.body(None, condition)
    }

    fn body(&mut self, name: Option<String>, condition: Vec<Item>) -> Node {
        self.take_word("do");
        let body = self.list(&["done"]);
        self.take_word("done");
        Node::Loop(name, condition, body)
    }

    fn word(&mut self) -> Option<Word> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else {
            return None;
        };
        let word = Word(word.clone());
        self.at += 1;
        Some(word)
    }

    fn simple(&mut self) -> Option<Node> {
        let mut words = Vec::new();
        let mut input = None;
        loop {
            if let Some(word) = self.word() {
                words.push(word);
            } else if self.take_sign("<<<") {
                input = self.word();
            } else if !words.is_empty() && self.take_sign("(") {
                // `name()` makes a function, `NAME=(...)` a list: neither runs anything here.
                while !self.is_over() && !self.take_sign(")") {
                    self.at += 1;
                }
            } else {
                break;
            }
        }
        (!words.is_empty()).then_some(Node::Simple(Command { words, input }))
    }
}
