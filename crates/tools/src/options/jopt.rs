//! The option grammar of jopt-simple 5, as far as Kafka's tools can tell: `--name value`, `--name=value`, `-name value`,
//! clusters of one-letter options, `--` as the end of options, no abbreviations.

/// Whether an option takes an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// None: `--list`.
    None,
    /// Always: the next word, whatever it looks like.
    Required(&'static str),
    /// The next word, unless it looks like an option.
    Optional(&'static str),
    /// The next word, if it is a whole number: one below zero is no option.
    OptionalNumber(&'static str),
}

/// An option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opt {
    /// Without its dashes.
    pub name: &'static str,
    /// Its argument.
    pub argument: Argument,
    /// What it does, in our words.
    pub help: &'static str,
    /// Must it be given (unless a help option is)?
    pub required: bool,
    /// It may be given only with one of these; with anything if there is none.
    pub only_with: &'static [&'static str],
}

impl Opt {
    pub const fn flag(name: &'static str, help: &'static str) -> Opt {
        Opt { name, argument: Argument::None, help, required: false, only_with: &[] }
    }

    pub const fn value(name: &'static str, what: &'static str, help: &'static str) -> Opt {
        Opt { name, argument: Argument::Required(what), help, required: false, only_with: &[] }
    }

    pub const fn optional(name: &'static str, what: &'static str, help: &'static str) -> Opt {
        Opt { name, argument: Argument::Optional(what), help, required: false, only_with: &[] }
    }

    pub const fn optional_number(name: &'static str, what: &'static str, help: &'static str) -> Opt {
        Opt { argument: Argument::OptionalNumber(what), ..Opt::optional(name, what, help) }
    }

    /// `required`
    pub const fn required(mut self) -> Opt {
        self.required = true;
        self
    }

    /// `availableIf`
    pub const fn only_with(mut self, names: &'static [&'static str]) -> Opt {
        self.only_with = names;
        self
    }
}

/// `CommandDefaultOptions`: every tool has these two.
pub(crate) const HELP: Opt = Opt::flag("help", "prints this text");
/// The other one.
pub(crate) const VERSION: Opt = Opt::flag("version", "prints the version of Kafka");

/// The options of a tool.
#[derive(Debug)]
pub(crate) struct Grammar {
    /// Its own options; `help` and `version` are added.
    pub options: &'static [Opt],
}

/// Why arguments make no sense (`OptionException`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OptionError {
    /// jopt-simple's class.
    pub class: &'static str,
    /// Its sentence.
    pub words: String,
}

/// The arguments that were given.
#[derive(Debug, Default)]
pub(crate) struct Given {
    found: Vec<(&'static str, Option<String>)>,
    /// Words that belong to no option.
    pub words: Vec<String>,
}

impl Grammar {
    /// Every option, sorted as the help shows them.
    pub fn all(&self) -> Vec<&Opt> {
        let mut all: Vec<&Opt> = self.options.iter().chain([&HELP, &VERSION]).collect();
        all.sort_by_key(|option| option.name);
        all
    }

    fn option(&self, name: &str) -> Result<&'static Opt, OptionError> {
        self.options.iter().chain([&HELP, &VERSION]).find(|option| option.name == name).ok_or_else(|| {
            OptionError {
                class: "joptsimple.UnrecognizedOptionException",
                words: format!("{name} is not a recognized option"),
            }
        })
    }

    /// Reads the arguments.
    pub fn parse(&self, arguments: &[String]) -> Result<Given, OptionError> {
        let mut given = Given::default();
        let mut rest = arguments.iter();
        let mut are_options = true;
        while let Some(word) = rest.next() {
            if !are_options {
                given.words.push(word.clone());
            } else if word == "--" {
                are_options = false;
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = split(long);
                self.take(self.option(name)?, value, &mut rest, &mut given)?;
            } else if let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) {
                let (name, value) = split(short);
                match self.option(name) {
                    Ok(option) => self.take(option, value, &mut rest, &mut given)?,
                    Err(_) => self.take_cluster(short, &mut rest, &mut given)?,
                }
            } else {
                given.words.push(word.clone());
            }
        }
        self.check_required(&given)?;
        Ok(given)
    }

    fn take(
        &self,
        option: &'static Opt,
        value: Option<&str>,
        rest: &mut std::slice::Iter<'_, String>,
        given: &mut Given,
    ) -> Result<(), OptionError> {
        // `--name=` is as good as `--name`.
        let value = value.filter(|value| !value.is_empty()).map(str::to_owned);
        let value = match option.argument {
            Argument::None => None,
            Argument::Required(_) => match value.or_else(|| rest.next().cloned()) {
                Some(value) => Some(value),
                None => {
                    return Err(OptionError {
                        class: "joptsimple.OptionMissingRequiredArgumentException",
                        words: format!("Option {} requires an argument", option.name),
                    });
                }
            },
            Argument::Optional(_) => value.or_else(|| {
                let next = rest.as_slice().first().filter(|next| !looks_like_an_option(next));
                next.is_some().then(|| rest.next().cloned()).flatten()
            }),
            Argument::OptionalNumber(_) => value.or_else(|| {
                let next = rest.as_slice().first().filter(|next| next.parse::<i64>().is_ok());
                next.is_some().then(|| rest.next().cloned()).flatten()
            }),
        };
        given.found.push((option.name, value));
        Ok(())
    }

    /// `-abc`: three options of one letter.
    fn take_cluster(
        &self,
        letters: &str,
        rest: &mut std::slice::Iter<'_, String>,
        given: &mut Given,
    ) -> Result<(), OptionError> {
        for (at, letter) in letters.char_indices() {
            let mut buffer = [0_u8; 4];
            let option = self.option(letter.encode_utf8(&mut buffer))?;
            let behind = letters.get(at + letter.len_utf8()..).filter(|behind| !behind.is_empty());
            if option.argument != Argument::None && behind.is_some() {
                return self.take(option, behind, rest, given);
            }
            self.take(option, None, rest, given)?;
        }
        Ok(())
    }

    fn check_required(&self, given: &Given) -> Result<(), OptionError> {
        if given.has("help") || given.has("version") {
            return Ok(());
        }
        let missing: Vec<&str> = self
            .options
            .iter()
            .filter(|option| option.required && !given.has(option.name))
            .map(|option| option.name)
            .collect();
        if missing.is_empty() {
            return self.check_available(given);
        }
        Err(OptionError {
            class: "joptsimple.MissingRequiredOptionsException",
            words: format!("Missing required option(s) [{}]", missing.join(", ")),
        })
    }
}

impl Grammar {
    fn check_available(&self, given: &Given) -> Result<(), OptionError> {
        let is_alone = |option: &&Opt| {
            let others = option.only_with;
            given.has(option.name) && !others.is_empty() && !others.iter().any(|other| given.has(other))
        };
        let alone: Vec<&str> = self.options.iter().filter(is_alone).map(|option| option.name).collect();
        if alone.is_empty() {
            return Ok(());
        }
        Err(OptionError {
            class: "joptsimple.UnavailableOptionException",
            words: format!(
                "Option(s) [{}] are unavailable given other options on the command line",
                alone.join(", ")
            ),
        })
    }
}

fn split(word: &str) -> (&str, Option<&str>) {
    word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)))
}

fn looks_like_an_option(word: &str) -> bool {
    word.starts_with('-') && word != "-"
}

impl Given {
    /// Was the option given?
    pub fn has(&self, name: &str) -> bool {
        self.found.iter().any(|(known, _)| *known == name)
    }

    /// The arguments of an option, in order.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let of_it = self.found.iter().filter(|(known, _)| *known == name);
        of_it.filter_map(|(_, value)| value.as_deref()).collect()
    }

    /// The arguments of several options in the order in which they were given; of a flag, an empty text.
    pub fn in_order(&self, names: &[&str]) -> Vec<&str> {
        let of_them = self.found.iter().filter(|(known, _)| names.contains(known));
        of_them.map(|(_, value)| value.as_deref().unwrap_or_default()).collect()
    }

    /// The one argument of an option.
    ///
    /// # Errors
    /// If it was given several times.
    pub fn value(&self, name: &str) -> Result<Option<&str>, OptionError> {
        let values = self.values(name);
        if values.len() > 1 {
            return Err(OptionError {
                class: "joptsimple.MultipleArgumentsForOptionException",
                words: format!("Found multiple arguments for option {name}, but you asked for only one"),
            });
        }
        Ok(values.first().copied())
    }

    /// The same as a number.
    ///
    /// # Errors
    /// If it is none, and if it was given several times.
    pub fn number<N: std::str::FromStr>(&self, name: &str) -> Result<Option<N>, OptionError> {
        let Some(text) = self.value(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| OptionError {
            class: "joptsimple.OptionArgumentConversionException",
            words: format!("Cannot parse argument '{text}' of option {name}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAMMAR: Grammar = Grammar {
        options: &[
            Opt::flag("list", ""),
            Opt::value("topic", "t", ""),
            Opt::optional("state", "s", ""),
            Opt::flag("v", ""),
            Opt::value("n", "number", ""),
            Opt::optional_number("wait", "ms", ""),
        ],
    };

    fn parse(line: &str) -> Result<String, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let given = GRAMMAR.parse(&words).map_err(|error| error.words)?;
        let shown = |(name, value): &(&str, Option<String>)| match value {
            Some(value) => format!("{name}={value}"),
            None => (*name).to_owned(),
        };
        let mut all: Vec<String> = given.found.iter().map(shown).collect();
        all.extend(given.words.iter().map(|word| format!("'{word}'")));
        Ok(all.join(" "))
    }

    #[test]
    fn options_are_read_as_jopt_simple_does() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(parse("--topic a --topic=b -topic c -topic=d"), ok("topic=a topic=b topic=c topic=d"));
        assert_eq!(parse("--topic --list --topic= x"), ok("topic=--list topic=x"));
        assert_eq!(parse("--state --list --state stable --state"), ok("state list state=stable state"));
        assert_eq!(parse("--list=yes a - b"), ok("list 'a' '-' 'b'"));
        assert_eq!(parse("-vn5 -v -n 6"), ok("v n=5 v n=6"));
        assert_eq!(parse("--list -- --topic"), ok("list '--topic'"));
        assert_eq!(parse("--wait -1 --wait 5 --wait x --wait"), ok("wait=-1 wait=5 wait wait 'x'"));
    }

    #[test]
    fn mistakes_have_jopt_simples_sentences() {
        let no = |text: &str| Err(text.to_owned());
        assert_eq!(parse("--lis"), no("lis is not a recognized option"));
        assert_eq!(parse("-vx"), no("x is not a recognized option"));
        assert_eq!(parse("--topic"), no("Option topic requires an argument"));
    }

    #[test]
    fn one_argument_is_one_and_a_number_is_a_number() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let given = GRAMMAR.parse(&words("--topic a --topic b -n x")).unwrap();
        assert_eq!(
            given.value("topic").unwrap_err().words,
            "Found multiple arguments for option topic, but you asked for only one"
        );
        assert_eq!(given.number::<i32>("n").unwrap_err().words, "Cannot parse argument 'x' of option n");
        assert_eq!(given.value("state"), Ok(None));
    }
}
