//! The words of a line as a command reads them: plain words, options (`--name value`, `--name=value`), an end.

use super::lexer::Token;
use super::problem::{Problem, shown};
use millrace_expr::{Span, suggest};
use millrace_model::Set;

/// The options that a command knows.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Those that may be given once.
    pub once: Vec<&'static str>,
    /// Those that may be repeated.
    pub many: &'static [&'static str],
}

/// What comes next in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A plain word.
    Word(Token),
    /// An option, without its dashes.
    Option(&'static str),
}

/// A word on its way to becoming a number, a name, a duration.
#[derive(Clone, Debug)]
pub struct Value<'a> {
    source: &'a str,
    token: Token,
}

/// Reads a line's words from left to right.
#[derive(Clone, Debug)]
pub struct Arguments<'a> {
    source: &'a str,
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    /// The value behind the `=` of an option.
    attached: Option<Token>,
    seen: Set<&'static str>,
    /// The option that was read last, with its place.
    option: (&'static str, Span),
    end: usize,
}

impl<'a> Arguments<'a> {
    /// The words of a statement of `source`.
    pub fn new(source: &'a str, tokens: Vec<Token>) -> Arguments<'a> {
        let end = tokens.last().map_or(0, |token| token.span.end);
        let tokens = tokens.into_iter().peekable();
        Arguments { source, tokens, attached: None, seen: Set::new(), option: ("", Span::default()), end }
    }

    /// The next word, which is not an option.
    ///
    /// # Errors
    /// If there is none: `expected` says what was.
    pub fn word(&mut self, expected: &str) -> Result<Value<'a>, Problem> {
        match self.tokens.next_if(|token| !is_option(token)) {
            Some(token) => Ok(Value { source: self.source, token }),
            None => Err(self.missing(expected)),
        }
    }

    /// The next word, one of `names`; its index.
    ///
    /// # Errors
    /// If it is none of them, with the nearest one.
    pub fn choice(&mut self, expected: &str, names: &[&'static str]) -> Result<usize, Problem> {
        let word = self.word(&listed(expected, names));
        word.map_err(|problem| problem.with_known(names.iter().copied()))?.choice(expected, names)
    }

    /// True if the next word is `word`, bare; it is skipped then.
    pub fn skip(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| !token.quoted && token.text == word).is_some()
    }

    /// The next word, if it is no option and `wanted`.
    pub fn next_if(&mut self, wanted: impl Fn(&str) -> bool) -> Option<Value<'a>> {
        let token = self.tokens.next_if(|token| !is_option(token) && wanted(&token.text))?;
        Some(Value { source: self.source, token })
    }

    /// The next word if it ends with one of these, whatever it begins with.
    pub fn next_if_ends(&mut self, with: &[char]) -> Option<Token> {
        self.tokens.next_if(|token| token.text.ends_with(with))
    }

    /// The next word or option; `None` at the end of the line.
    ///
    /// # Errors
    /// An option that is not among `options`, one that is given twice, one that takes no value but has one.
    pub fn argument(&mut self, options: &Options) -> Result<Option<Argument>, Problem> {
        self.no_attached()?;
        let Some(token) = self.tokens.next() else { return Ok(None) };
        if !is_option(&token) {
            return Ok(Some(Argument::Word(token)));
        }
        let name_end = token.text.find('=').unwrap_or(token.text.len());
        let place = token.place(Span { start: 0, end: name_end });
        let written = token.text.get(2..name_end).unwrap_or_default();
        let known = || options.once.iter().chain(options.many).copied();
        let Some(name) = known().find(|name| *name == written) else {
            let nearest = suggest::nearest(written, known()).map(|name| format!("--{name}"));
            let found = shown(&format!("--{written}"));
            let expected =
                if known().next().is_none() { "no option" } else { "an option that this command has" };
            let is_left = |name: &&str| options.many.contains(name) || !self.seen.contains(name);
            let problem = Problem::new(self.source, place, expected, found).with_nearest(nearest);
            return Err(problem.with_known(known().filter(is_left)));
        };
        if !options.many.contains(&name) && !self.seen.insert(name) {
            let expected = format!("`--{name}` only once");
            return Err(Problem::new(self.source, place, expected, "a second one"));
        }
        self.attached = (name_end < token.text.len()).then(|| token.tail(name_end + 1));
        self.option = (name, place);
        Ok(Some(Argument::Option(name)))
    }

    /// The value of the option that was read last.
    ///
    /// # Errors
    /// If there is none: `expected` says what was.
    pub fn value(&mut self, expected: &str) -> Result<Value<'a>, Problem> {
        if let Some(token) = self.attached.take() {
            return Ok(Value { source: self.source, token });
        }
        match self.tokens.next_if(|token| !is_option(token)) {
            Some(token) => Ok(Value { source: self.source, token }),
            None => Err(self.missing(&format!("{expected} after --{}", self.option.0))),
        }
    }

    /// Where the option that was read last stands.
    pub fn option_span(&self) -> Span {
        self.option.1
    }

    /// Forgets which options have been given: another record begins.
    pub fn forget_options(&mut self) {
        self.seen.clear();
    }

    /// Ends the line.
    ///
    /// # Errors
    /// If something is left.
    pub fn done(&mut self) -> Result<(), Problem> {
        match self.argument(&Options::default())? {
            Some(Argument::Word(token)) => Err(self.extra(&token)),
            Some(Argument::Option(_)) | None => Ok(()),
        }
    }

    /// A word too many.
    pub fn extra(&self, token: &Token) -> Problem {
        Problem::new(self.source, token.span, "the end of the line", shown(&token.text))
    }

    /// Something is missing at this place.
    pub fn missing(&mut self, expected: &str) -> Problem {
        match self.tokens.peek() {
            Some(token) => Problem::new(self.source, token.span, expected, shown(&token.text)),
            None => {
                let at = Span { start: self.end, end: self.end };
                Problem::new(self.source, at, expected, "the end of the line")
            }
        }
    }

    /// A plain word as a value.
    pub fn as_value(&self, token: Token) -> Value<'a> {
        Value { source: self.source, token }
    }

    /// A mistake at a place.
    pub fn problem(&self, at: Span, expected: impl Into<String>, found: impl Into<String>) -> Problem {
        Problem::new(self.source, at, expected, found)
    }

    fn no_attached(&mut self) -> Result<(), Problem> {
        match self.attached.take() {
            None => Ok(()),
            Some(token) => {
                let expected = format!("no value after --{}", self.option.0);
                Err(Problem::new(self.source, token.span, expected, shown(&token.text)))
            }
        }
    }
}

fn is_option(token: &Token) -> bool {
    !token.quoted && token.text.starts_with("--")
}

fn listed(expected: &str, names: &[&str]) -> String {
    let (last, rest) = names.split_last().unwrap_or((&"", &[]));
    if rest.is_empty() {
        format!("{expected} {last}")
    } else {
        format!("{expected} {} or {last}", rest.join(", "))
    }
}

impl<'a> Value<'a> {
    /// The part from byte `from` of its text on.
    pub(crate) fn tail(&self, from: usize) -> Value<'a> {
        Value { source: self.source, token: self.token.tail(from) }
    }

    /// What it says.
    pub fn text(&self) -> &str {
        &self.token.text
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.token.span
    }

    /// A non-empty name.
    ///
    /// # Errors
    /// If it is empty.
    pub fn name(&self, expected: &str) -> Result<&str, Problem> {
        if self.text().is_empty() { Err(self.wrong(expected)) } else { Ok(self.text()) }
    }

    /// One of `names`: its index.
    ///
    /// # Errors
    /// If it is none of them, with the nearest one.
    pub fn choice(&self, expected: &str, names: &[&'static str]) -> Result<usize, Problem> {
        names.iter().position(|name| *name == self.text()).ok_or_else(|| {
            let nearest = suggest::nearest(self.text(), names.iter().copied());
            self.wrong(listed(expected, names)).with_nearest(nearest).with_known(names.iter().copied())
        })
    }

    /// It is not what was expected.
    pub fn wrong(&self, expected: impl Into<String>) -> Problem {
        Problem::new(self.source, self.token.span, expected, shown(self.text()))
    }

    /// A part of it is not what was expected; `at` is in bytes of [`Value::text`].
    pub fn wrong_at(&self, at: Span, expected: impl Into<String>, found: impl Into<String>) -> Problem {
        Problem::new(self.source, self.token.place(at), expected, found)
    }

    #[cfg(test)]
    pub(crate) fn with<T>(text: &str, read: impl Fn(&Value<'_>) -> T) -> T {
        let source = super::quote::quoted(text);
        let token = super::lexer::words(&source, 0).unwrap().tokens.remove(0);
        read(&Value { source: &source, token })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::lexer::words;

    fn read(source: &str) -> Result<Vec<String>, String> {
        let options = Options { once: vec!["topic", "dry"], many: &["config"] };
        let mut arguments = Arguments::new(source, words(source, 0).unwrap().tokens);
        let mut read = Vec::new();
        loop {
            match arguments.argument(&options).map_err(|p| p.to_string())? {
                None => return Ok(read),
                Some(Argument::Word(token)) => read.push(token.text),
                Some(Argument::Option("dry")) => read.push("dry".into()),
                Some(Argument::Option(name)) => {
                    let value = arguments.value("a name").map_err(|p| p.to_string())?;
                    read.push(format!("{name}={}", value.text()));
                }
            }
        }
    }

    #[test]
    fn options_take_a_word_or_what_follows_the_sign() {
        let line = "a --topic o --config x=y --config='k=a b' --dry '--b' -5";
        assert_eq!(read(line).unwrap(), ["a", "topic=o", "config=x=y", "config=k=a b", "dry", "--b", "-5"]);
        assert_eq!(read("--topic '--x'").unwrap(), ["topic=--x"]);
        assert_eq!(read("--topic=").unwrap(), ["topic="]);
    }

    #[test]
    fn what_is_wrong_with_an_option_is_said() {
        for (line, sentence) in [
            (
                "a --topik o",
                "line 1, column 3: expected an option that this command has, found `--topik`; did you mean --topic?",
            ),
            ("--topic", "line 1, column 8: expected a name after --topic, found the end of the line"),
            ("--topic --dry", "line 1, column 9: expected a name after --topic, found `--dry`"),
            ("--topic a --topic b", "line 1, column 11: expected `--topic` only once, found a second one"),
            ("--dry=5", "line 1, column 7: expected no value after --dry, found `5`"),
        ] {
            assert_eq!(read(line), Err(sentence.to_owned()), "{line}");
        }
    }
}
