//! The part of the parser below all operators: literals, fields, calls, brackets, and steps into them.

use std::sync::Arc;

use crate::ast::{Field, Node, NodeKind, Root, Step};
use crate::error::{ParseError, Span};
use crate::functions::{Function, functions};
use crate::lexer::{Token, in_word};
use crate::parser::{Parse, Parser, Tree};
use crate::suggest::nearest;
use crate::value::{Value, quoted};

const KEYWORDS: [&str; 10] = ["and", "or", "not", "in", "if", "then", "else", "true", "false", "null"];

impl<'s> Parser<'s> {
    pub(crate) fn steps(&mut self) -> Parse<Tree> {
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
        if let Some(root) = self.roots().find(|r| r.name() == word) {
            return self.tree(at, NodeKind::Field(Field { root, steps: Vec::new() }), 0);
        }
        Err(self.unknown_word(word, at))
    }

    fn roots(&self) -> impl Iterator<Item = Root> + use<> {
        Root::ALL.into_iter().chain(self.folds.then_some(Root::Aggregate))
    }

    fn unknown_word(&self, word: &str, at: Span) -> ParseError {
        if word == Root::Aggregate.name() {
            let expected = "a part of the record (`aggregate` is only where records become one)";
            return self.error(at, expected, format!("`{word}`"));
        }
        let error = self.error(at, "a part of the record", format!("`{word}`"));
        if let Some(whole) = self.odd_name(at) {
            return error.with_nearest(Some(whole));
        }
        if Function::find(word).is_some() {
            return error.with_nearest(Some(format!("{word}(…)")));
        }
        let words = self.roots().map(Root::name).chain(["true", "false", "null", "not"]);
        let near = nearest(word, words).map(str::to_owned);
        error.with_nearest(near.or_else(|| Some(format!("value.{word}"))))
    }

    /// `headers.kafka_dlt-original-topic` reads as a subtraction of unknown words: what was meant is one name.
    fn odd_name(&self, at: Span) -> Option<String> {
        let source = self.lexer.source;
        let part = |c: char| in_word(c) || matches!(c, '-' | '.');
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
