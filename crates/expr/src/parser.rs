//! From tokens to a tree, by recursive descent: one method per level of binding, loosest first.

use std::sync::Arc;

use crate::ast::{Field, Node, NodeKind, Operator, Root, Step};
use crate::error::{ParseError, Span};
use crate::functions::{Function, functions};
use crate::lexer::{Lexer, Token};
use crate::limits::{HEIGHT, NESTING, NODES};
use crate::suggest::nearest;
use crate::value::{Value, quoted};

const KEYWORDS: [&str; 10] = ["and", "or", "not", "in", "if", "then", "else", "true", "false", "null"];

type Parse<T> = Result<T, ParseError>;

/// A node and how high the tree below it is.
struct Tree {
    node: Node,
    height: usize,
}

/// Reads one expression to the end of the source.
pub(crate) fn parse(source: &str) -> Parse<Node> {
    let mut lexer = Lexer::new(source);
    let (token, at) = lexer.next()?;
    let mut parser = Parser { lexer, token, at, last: at, nodes: 0, nesting: 0 };
    let tree = parser.expression()?;
    if parser.token != Token::End {
        return Err(parser.after_expression());
    }
    Ok(tree.node)
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    token: Token<'s>,
    at: Span,
    /// The place of the token before.
    last: Span,
    nodes: usize,
    nesting: usize,
}

impl<'s> Parser<'s> {
    fn advance(&mut self) -> Parse<()> {
        self.last = self.at;
        (self.token, self.at) = self.lexer.next()?;
        Ok(())
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(&self.token, Token::Symbol(s) if *s == symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.token, Token::Word(w) if *w == word)
    }

    fn take(&mut self, symbol: &str) -> Parse<bool> {
        let there = self.is(symbol);
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    fn want(&mut self, symbol: &str) -> Parse<()> {
        if self.take(symbol)? { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    fn want_word(&mut self, word: &'static str) -> Parse<()> {
        if self.is_word(word) {
            return self.advance();
        }
        let near = match self.token {
            Token::Word(found) => nearest(found, [word]),
            _ => None,
        };
        Err(self.unexpected(&format!("`{word}`")).with_nearest(near))
    }

    fn error(&self, at: Span, expected: &str, found: String) -> ParseError {
        ParseError::new(self.lexer.source, at, expected, found)
    }

    fn unexpected(&self, expected: &str) -> ParseError {
        let written = self.lexer.source.get(self.at.start..self.at.end).unwrap_or("");
        let found = if self.token == Token::End { "the end".to_owned() } else { format!("`{written}`") };
        self.error(self.at, expected, found)
    }

    fn after_expression(&self) -> ParseError {
        let error = self.unexpected("an operator or the end");
        match self.token {
            Token::Word(word) => error.with_nearest(nearest(word, ["and", "or", "in", "not"])),
            _ => error,
        }
    }

    fn tree(&mut self, at: Span, kind: NodeKind, below: usize) -> Parse<Tree> {
        self.nodes += 1;
        if self.nodes > NODES {
            return Err(self.error(at, &format!("at most {NODES} parts"), "more".to_owned()));
        }
        if below >= HEIGHT {
            let expected = format!("at most {HEIGHT} operators in a row");
            return Err(self.error(at, &expected, "more".to_owned()));
        }
        Ok(Tree { node: Node { at, kind }, height: below + 1 })
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.nesting >= NESTING {
            let expected = format!("at most {NESTING} levels of nesting");
            return Err(self.error(self.at, &expected, "more".to_owned()));
        }
        self.nesting += 1;
        let read = read(self);
        self.nesting -= 1;
        read
    }

    fn expression(&mut self) -> Parse<Tree> {
        if !self.is_word("if") {
            return self.or();
        }
        self.nested(|p| {
            let start = p.at;
            p.advance()?;
            let condition = p.expression()?;
            p.want_word("then")?;
            let yes = p.expression()?;
            p.want_word("else")?;
            let no = p.expression()?;
            let height = condition.height.max(yes.height).max(no.height);
            let at = start.to(p.last);
            p.tree(at, NodeKind::If(condition.node.into(), yes.node.into(), no.node.into()), height)
        })
    }

    fn binary(&mut self, operator: Operator, a: Tree, b: Tree) -> Parse<Tree> {
        // From the outermost bracket on the left to the last token: what the reader sees as this operation.
        let at = a.node.at.to(self.last);
        let height = a.height.max(b.height);
        self.tree(at, NodeKind::Binary(operator, a.node.into(), b.node.into()), height)
    }

    fn or(&mut self) -> Parse<Tree> {
        let mut left = self.and()?;
        while self.is_word("or") || self.is("||") {
            self.advance()?;
            let right = self.and()?;
            left = self.binary(Operator::Or, left, right)?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Parse<Tree> {
        let mut left = self.not()?;
        while self.is_word("and") || self.is("&&") {
            self.advance()?;
            let right = self.not()?;
            left = self.binary(Operator::And, left, right)?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Parse<Tree> {
        if !self.is_word("not") && !self.is("!") {
            return self.compare();
        }
        self.nested(|p| {
            let start = p.at;
            p.advance()?;
            let of = p.not()?;
            let at = start.to(p.last);
            p.tree(at, NodeKind::Not(of.node.into()), of.height)
        })
    }

    fn comparison(&self) -> Option<Operator> {
        Some(match self.token {
            Token::Symbol("==") => Operator::Equal,
            Token::Symbol("!=") => Operator::NotEqual,
            Token::Symbol("<") => Operator::Less,
            Token::Symbol("<=") => Operator::LessEqual,
            Token::Symbol(">") => Operator::Greater,
            Token::Symbol(">=") => Operator::GreaterEqual,
            Token::Word("in") => Operator::In,
            _ => return None,
        })
    }

    fn compare(&mut self) -> Parse<Tree> {
        let left = self.sum()?;
        // `a not in b` is a way to write `not a in b`.
        let negated = self.is_word("not");
        if negated {
            self.advance()?;
            if !self.is_word("in") {
                return Err(self.unexpected("`in`"));
            }
        }
        let Some(operator) = self.comparison() else { return Ok(left) };
        self.advance()?;
        let right = self.sum()?;
        let whole = self.binary(operator, left, right)?;
        if self.comparison().is_some() {
            return Err(self.unexpected("`and`, `or` or the end, as comparisons do not chain"));
        }
        if !negated {
            return Ok(whole);
        }
        let at = whole.node.at;
        self.tree(at, NodeKind::Not(whole.node.into()), whole.height)
    }

    fn sum(&mut self) -> Parse<Tree> {
        let mut left = self.product()?;
        loop {
            let operator = match self.token {
                Token::Symbol("+") => Operator::Add,
                Token::Symbol("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            self.advance()?;
            let right = self.product()?;
            left = self.binary(operator, left, right)?;
        }
    }

    fn product(&mut self) -> Parse<Tree> {
        let mut left = self.unary()?;
        loop {
            let operator = match self.token {
                Token::Symbol("*") => Operator::Multiply,
                Token::Symbol("/") => Operator::Divide,
                Token::Symbol("%") => Operator::Remainder,
                _ => return Ok(left),
            };
            self.advance()?;
            let right = self.unary()?;
            left = self.binary(operator, left, right)?;
        }
    }

    fn unary(&mut self) -> Parse<Tree> {
        if !self.is("-") {
            return self.steps();
        }
        self.nested(|p| {
            let start = p.at;
            p.advance()?;
            let of = p.unary()?;
            let at = start.to(p.last);
            if let NodeKind::Literal(Value::Number(n)) = of.node.kind {
                return p.tree(at, NodeKind::Literal(Value::Number(n.negate())), 0);
            }
            p.tree(at, NodeKind::Negate(of.node.into()), of.height)
        })
    }

    fn steps(&mut self) -> Parse<Tree> {
        let mut tree = self.primary()?;
        loop {
            let step = if self.take(".")? {
                let Token::Word(name) = self.token else {
                    return Err(self.unexpected("a field name"));
                };
                self.advance()?;
                Ok(Step::Field(name.into()))
            } else if self.take("[")? {
                let by = self.nested(Self::expression)?;
                self.want("]")?;
                match &by.node.kind {
                    NodeKind::Literal(Value::Text(name)) => Ok(Step::Field(name.clone())),
                    NodeKind::Literal(Value::Number(n)) => {
                        let index = n.to_i64().and_then(|n| u32::try_from(n).ok());
                        let index = index
                            .ok_or_else(|| self.error(by.node.at, "a whole number from 0", format!("`{n}`")));
                        Ok(Step::Index(index?))
                    }
                    _ => Err(by),
                }
            } else {
                return Ok(tree);
            };
            let at = tree.node.at.to(self.last);
            tree = match (step, tree.node.kind) {
                (Ok(step), NodeKind::Field(mut field)) => {
                    field.steps.push(step);
                    self.tree(at, NodeKind::Field(field), 0)?
                }
                (Ok(step), kind) => {
                    let of = Node { at: tree.node.at, kind };
                    self.tree(at, NodeKind::Get(of.into(), step), tree.height)?
                }
                (Err(by), kind) => {
                    let of = Node { at: tree.node.at, kind };
                    let height = tree.height.max(by.height);
                    self.tree(at, NodeKind::At(of.into(), by.node.into()), height)?
                }
            };
        }
    }

    fn primary(&mut self) -> Parse<Tree> {
        let start = self.at;
        match std::mem::replace(&mut self.token, Token::End) {
            Token::Number(n) => {
                self.advance()?;
                self.tree(start, NodeKind::Literal(Value::Number(n)), 0)
            }
            Token::Text(text) => {
                self.advance()?;
                self.tree(start, NodeKind::Literal(Value::Text(text.into())), 0)
            }
            Token::Word(word) => {
                self.token = Token::Word(word);
                self.word(word)
            }
            Token::Symbol("(") => {
                self.advance()?;
                let mut inner = self.nested(Self::expression)?;
                self.want(")")?;
                inner.node.at = start.to(self.last);
                Ok(inner)
            }
            Token::Symbol("[") => {
                self.advance()?;
                let (items, height) = self.items("]")?;
                let at = start.to(self.last);
                let literals: Option<Vec<Value>> = items.iter().map(as_literal).collect();
                match literals {
                    Some(values) => self.tree(at, NodeKind::Literal(Value::List(values.into())), height),
                    None => self.tree(at, NodeKind::List(items), height),
                }
            }
            Token::Symbol("{") => {
                self.advance()?;
                self.map(start)
            }
            other => {
                self.token = other;
                Err(self.unexpected("a value"))
            }
        }
    }

    /// Expressions between commas up to the closing symbol, which is taken.
    fn items(&mut self, close: &'static str) -> Parse<(Vec<Node>, usize)> {
        let (mut items, mut height) = (Vec::new(), 0);
        if self.take(close)? {
            return Ok((items, height));
        }
        loop {
            let item = self.nested(Self::expression)?;
            height = height.max(item.height);
            items.push(item.node);
            if self.take(close)? {
                return Ok((items, height));
            }
            if !self.take(",")? {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
    }

    fn map(&mut self, start: Span) -> Parse<Tree> {
        let mut entries: Vec<(Arc<str>, Node)> = Vec::new();
        let mut height = 0;
        let mut more = !self.take("}")?;
        while more {
            let name: Arc<str> = match &self.token {
                Token::Word(word) => (*word).into(),
                Token::Text(text) => text.as_str().into(),
                _ => return Err(self.unexpected("a name")),
            };
            if entries.iter().any(|(known, _)| *known == name) {
                return Err(self.unexpected("a name that is not in the map yet"));
            }
            self.advance()?;
            self.want(":")?;
            let value = self.nested(Self::expression)?;
            height = height.max(value.height);
            entries.push((name, value.node));
            more = self.take(",")?;
            if !more && !self.take("}")? {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        self.tree(start.to(self.last), NodeKind::Map(entries), height)
    }

    fn word(&mut self, word: &'s str) -> Parse<Tree> {
        let at = self.at;
        let literal = match word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            _ => None,
        };
        if let Some(value) = literal {
            self.advance()?;
            return self.tree(at, NodeKind::Literal(value), 0);
        }
        if word == "if" {
            return Err(self.unexpected("a value (put `if … then … else …` in brackets here)"));
        }
        if KEYWORDS.contains(&word) {
            return Err(self.unexpected("a value"));
        }
        self.advance()?;
        if self.take("(")? {
            return self.call(word, at);
        }
        if let Some(root) = Root::ALL.into_iter().find(|r| r.name() == word) {
            return self.tree(at, NodeKind::Field(Field { root, steps: Vec::new() }), 0);
        }
        Err(self.unknown_word(word, at))
    }

    fn unknown_word(&self, word: &str, at: Span) -> ParseError {
        let error = self.error(at, "a part of the record", format!("`{word}`"));
        if let Some(whole) = self.odd_name(at) {
            return error.with_nearest(Some(whole));
        }
        if Function::find(word).is_some() {
            return error.with_nearest(Some(format!("{word}(…)")));
        }
        let words = Root::ALL.into_iter().map(Root::name).chain(["true", "false", "null", "not"]);
        let near = nearest(word, words).map(str::to_owned);
        error.with_nearest(near.or_else(|| Some(format!("value.{word}"))))
    }

    /// `headers.kafka_dlt-original-topic` reads as a subtraction of unknown words: what was meant is one name.
    fn odd_name(&self, at: Span) -> Option<String> {
        let source = self.lexer.source;
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let before = source.get(..at.start)?;
        let head = before.rsplit(|c| !part(c)).next()?;
        let tail = source.get(at.start..)?.split(|c| !part(c)).next()?;
        let whole = format!("{head}{tail}");
        let (root, name) = whole.split_once('.')?;
        if !head.ends_with('-') || !["headers", "value"].contains(&root) {
            return None;
        }
        let mut text = format!("{root}[");
        quoted(&mut text, name).ok()?;
        Some(text + "]")
    }

    fn call(&mut self, name: &str, at: Span) -> Parse<Tree> {
        let Some(signature) = Function::find(name) else {
            let near = nearest(name, functions().iter().map(|f| f.name));
            return Err(self.error(at, "a function", format!("`{name}`")).with_nearest(near));
        };
        let (arguments, height) = self.items(")")?;
        let at = at.to(self.last);
        if arguments.len() < signature.least || arguments.len() > signature.most {
            let expected = format!("{name}({})", signature.arguments);
            return Err(self.error(at, &expected, format!("{} arguments", arguments.len())));
        }
        self.tree(at, NodeKind::Call(signature.function, arguments), height)
    }
}

fn as_literal(node: &Node) -> Option<Value> {
    if let NodeKind::Literal(value) = &node.kind { Some(value.clone()) } else { None }
}

#[cfg(test)]
#[path = "parser_tests.rs"]
pub(crate) mod tests;
