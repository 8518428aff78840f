//! What Kafka checks of options (`CommandLineUtils`): each answers with a sentence, the usage, and exit code 1.

use super::jopt::{Argument, Given, Grammar};
use crate::VERSION;
use crate::java_map;
use crate::shell::{Exit, Shell};
use millrace_broker::java_hash::string_hash_code;

/// The head of our usage texts. The words are ours; the options are Kafka's.
const HEAD: &str = "Option                                   What it does";

/// The options of a tool, one a line.
pub(crate) fn usage_text(grammar: &Grammar) -> String {
    let mut text = format!("{HEAD}\n------                                   ------------\n");
    for option in grammar.all() {
        let argument = match option.argument {
            Argument::None => String::new(),
            Argument::Required(what) => format!(" <{what}>"),
            Argument::Optional(what) | Argument::OptionalNumber(what) => format!(" [<{what}>]"),
        };
        let star = if option.required { "* " } else { "" };
        let left = format!("{star}--{}{argument}", option.name);
        text.push_str(format!("{left:<40} {}", option.help).trim_end());
        text.push('\n');
    }
    text
}

/// `printUsageAndExit`.
pub(crate) fn usage(shell: &mut Shell<'_>, grammar: &Grammar, sentence: &str) -> Exit {
    shell.complain(sentence);
    shell.complain(usage_text(grammar).trim_end());
    Exit(1)
}

/// `maybePrintHelpOrVersion`; with `alone`, no arguments at all ask for help, too.
pub(crate) fn help_or_version(
    shell: &mut Shell<'_>,
    grammar: &Grammar,
    given: &Given,
    (alone, sentence): (bool, &str),
) -> Result<(), Exit> {
    if alone || given.has("help") {
        return Err(usage(shell, grammar, sentence));
    }
    if given.has("version") {
        shell.say(VERSION);
        return Err(Exit(0));
    }
    Ok(())
}

/// Options in the order of a `HashSet` of them: some sentences list them so, and the first that is there is complained of.
pub(crate) fn in_java_order<'a>(names: &[&'a str]) -> Vec<&'a str> {
    // An option's hash is that of the list of its names.
    java_map::order_by(names.to_vec(), 16, |name| 31_i32.wrapping_add(string_hash_code(name)))
}

/// `[group], [all-groups]`
pub(crate) fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().map(|name| format!("[{name}]")).collect();
    shown.join(", ")
}

/// `checkRequiredArgs`.
pub(crate) fn require(
    shell: &mut Shell<'_>,
    grammar: &Grammar,
    given: &Given,
    names: &[&str],
) -> Result<(), Exit> {
    match names.iter().find(|name| !given.has(name)) {
        Some(name) => Err(usage(shell, grammar, &format!("Missing required argument \"[{name}]\""))),
        None => Ok(()),
    }
}

/// `checkInvalidArgs`.
pub(crate) fn exclusive(
    shell: &mut Shell<'_>,
    grammar: &Grammar,
    given: &Given,
    (used, others): (&str, &[&str]),
) -> Result<(), Exit> {
    match others.iter().find(|other| given.has(used) && given.has(other)) {
        Some(other) => {
            let words = format!("Option \"[{used}]\" can't be used with option \"[{other}]\"");
            Err(usage(shell, grammar, &words))
        }
        None => Ok(()),
    }
}
