//! Every line of the language in one table: what the page, the console and the documents show.

/// One line of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Help {
    /// Its first words: `consumer crash`.
    pub name: &'static str,
    /// Its form. Capitals stand for what is to be filled in, brackets may be left out, `…` may be repeated.
    pub synopsis: &'static str,
    /// What it does, in one line.
    pub meaning: &'static str,
    /// A line that can be typed.
    pub example: &'static str,
}

/// The lines of a script that are no commands.
const OURS: &[Help] = &[
    Help {
        name: "wait",
        synopsis: "wait DURATION | wait until TIME",
        meaning: "lets virtual time pass",
        example: "wait 10s",
    },
    Help {
        name: "step",
        synopsis: "step [N]",
        meaning: "lets the next thing happen, or the next N",
        example: "step 3",
    },
    Help {
        name: "expect",
        synopsis: "expect QUANTITY(…) ==|!=|<|<=|>|>= VALUE",
        meaning: "checks a number or a name of the world",
        example: "expect lag(billing) == 0",
    },
    Help {
        name: "profile",
        synopsis: "profile 4.x|4.0-snapshot|3.9",
        meaning: "says which version of Kafka this is: only before anything else",
        example: "profile 3.9",
    },
];

/// The whole table, in the order in which it is learnt.
pub fn help() -> impl Iterator<Item = &'static Help> {
    crate::commands::help().chain(OURS).chain(crate::travel::HELP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::Profile;

    #[test]
    fn every_example_can_be_typed_and_belongs_to_its_line() {
        for line in help() {
            let read = crate::parse_line(line.example, Profile::default());
            assert!(matches!(read, Ok(Some(_))), "{}: {read:?}", line.example);
            for word in line.name.split(' ') {
                assert!(line.example.contains(word) && line.synopsis.contains(word), "{}", line.name);
            }
        }
    }

    #[test]
    fn every_command_is_in_the_table() {
        for name in crate::commands::NAMES {
            assert!(help().any(|line| line.name.split(' ').next() == Some(name)), "{name}");
        }
    }
}
