//! The option grammar of argparse4j 0.7, which some of Kafka's tools use: sub-commands, abbreviations (`--top` for
//! `--topic`), groups of which only one may be given, usage and error texts at 75 columns.
//!
//! What a help says of an option is in our words; everything else is argparse4j's.

mod parse;
mod text;

pub(crate) use parse::{Namespace, Stop};

/// What an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing: it is there or not.
    Nothing,
    /// One word.
    One,
    /// One word or more.
    Some,
    /// One word each time that it is given.
    Each,
    /// Nothing: it prints a version.
    Version,
}

/// What a word must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Short,
    Integer,
    Long,
    Double,
}

/// An argument: an option, or (with a name without dashes) a positional one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arg {
    /// Its names.
    pub flags: &'static [&'static str],
    /// What stands for its value; empty: the name in capitals.
    pub metavar: &'static str,
    pub takes: Takes,
    pub kind: Type,
    pub required: bool,
    /// The group of which only one may be given, from 1; 0: none.
    pub group: usize,
    /// Its default, as a help shows it.
    pub default: &'static str,
    /// What it does, in our words.
    pub help: &'static str,
}

impl Arg {
    pub const fn value(flags: &'static [&'static str], metavar: &'static str, help: &'static str) -> Arg {
        let (takes, kind) = (Takes::One, Type::Text);
        Arg { flags, metavar, takes, kind, required: false, group: 0, default: "", help }
    }

    pub const fn flag(flags: &'static [&'static str], help: &'static str) -> Arg {
        let arg = Arg::value(flags, "", help);
        Arg { takes: Takes::Nothing, default: "false", ..arg }
    }

    pub const fn takes(self, takes: Takes) -> Arg {
        Arg { takes, ..self }
    }

    pub const fn kind(self, kind: Type) -> Arg {
        Arg { kind, ..self }
    }

    pub const fn required(self) -> Arg {
        Arg { required: true, ..self }
    }

    pub const fn group(self, group: usize) -> Arg {
        Arg { group, ..self }
    }

    pub const fn default(self, default: &'static str) -> Arg {
        Arg { default, ..self }
    }

    /// Does it begin with a dash?
    fn is_option(&self) -> bool {
        self.flags.iter().any(|flag| flag.starts_with('-'))
    }

    /// The name under which its values are found: its first long one.
    pub fn name(&self) -> &'static str {
        let long = self.flags.iter().find(|flag| flag.starts_with("--"));
        long.or(self.flags.first()).copied().unwrap_or_default()
    }

    /// `-h/--help`
    fn textual_name(&self) -> String {
        self.flags.join("/")
    }
}

/// A parser, or a sub-command's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parser {
    /// The program as its usage names it; of a sub-command, the sub-command.
    pub name: &'static str,
    /// What it does, in our words.
    pub about: &'static str,
    pub args: &'static [Arg],
    /// Of each group, whether one of it must be given.
    pub groups: &'static [bool],
    /// Its sub-commands.
    pub commands: &'static [Parser],
    /// What a usage shows for them; empty: all of them.
    pub commands_as: &'static str,
    /// Does its help show defaults?
    pub shows_defaults: bool,
}

impl Parser {
    pub const fn new(name: &'static str, about: &'static str, args: &'static [Arg]) -> Parser {
        Parser { name, about, args, groups: &[], commands: &[], commands_as: "", shows_defaults: false }
    }

    /// The options, `-h` first.
    fn options(&self) -> impl Iterator<Item = &'static Arg> {
        [&HELP].into_iter().chain(self.args.iter().filter(|arg| arg.is_option()))
    }

    fn positionals(&self) -> impl Iterator<Item = &'static Arg> {
        self.args.iter().filter(|arg| !arg.is_option())
    }
}

const HELP: Arg = Arg {
    flags: &["-h", "--help"],
    metavar: "",
    takes: Takes::Nothing,
    kind: Type::Text,
    required: false,
    group: 0,
    default: "",
    help: "show this help message and exit",
};
