//! From tokens to a tree, by recursive descent: one method per level of binding, loosest first.
//!
//! What operators stand between is in [`operand`](crate::operand).

use crate::ast::{Node, NodeKind, Operator};
use crate::error::{ParseError, Span};
use crate::lexer::{Lexer, Token};
use crate::limits::{HEIGHT, NESTING, NODES};
use crate::suggest::nearest;
use crate::value::Value;

pub(crate) type Parse<T> = Result<T, ParseError>;

/// A node and how high the tree below it is.
pub(crate) struct Tree {
    pub node: Node,
    pub height: usize,
}

/// Reads one expression to the end of the source; with `folds` one that may name `aggregate`.
pub(crate) fn parse(source: &str, folds: bool) -> Parse<Node> {
    let mut lexer = Lexer::new(source);
    let (token, at) = lexer.next()?;
    let mut parser = Parser { lexer, token, at, last: at, folds, nodes: 0, nesting: 0 };
    let tree = parser.expression()?;
    if parser.token != Token::End {
        return Err(parser.after_expression());
    }
    Ok(tree.node)
}

pub(crate) struct Parser<'s> {
    pub lexer: Lexer<'s>,
    pub token: Token<'s>,
    pub at: Span,
    /// The place of the token before.
    pub last: Span,
    /// Whether `aggregate` means anything.
    pub folds: bool,
    nodes: usize,
    nesting: usize,
}

impl<'s> Parser<'s> {
    pub(crate) fn advance(&mut self) -> Parse<()> {
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

    pub(crate) fn take(&mut self, symbol: &str) -> Parse<bool> {
        let there = self.is(symbol);
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    pub(crate) fn want(&mut self, symbol: &str) -> Parse<()> {
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

    pub(crate) fn error(&self, at: Span, expected: &str, found: String) -> ParseError {
        ParseError::new(self.lexer.source, at, expected, found)
    }

    pub(crate) fn unexpected(&self, expected: &str) -> ParseError {
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

    pub(crate) fn tree(&mut self, at: Span, kind: NodeKind, below: usize) -> Parse<Tree> {
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

    pub(crate) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.nesting >= NESTING {
            let expected = format!("at most {NESTING} levels of nesting");
            return Err(self.error(self.at, &expected, "more".to_owned()));
        }
        self.nesting += 1;
        let read = read(self);
        self.nesting -= 1;
        read
    }

    pub(crate) fn expression(&mut self) -> Parse<Tree> {
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
}

#[cfg(test)]
#[path = "parser_tests.rs"]
pub(crate) mod tests;
