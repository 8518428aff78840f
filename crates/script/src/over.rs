//! `over`: in how many worlds a check has to hold. A claim that something does not happen says nothing about one run.

use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::lexer;
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::settings::{self, producer::SETTINGS};
use millrace_client::listener::CrashPoint;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::{GroupId, Profile, Span};
use millrace_sim::{Command, Fault, Name};
use std::sync::Arc;

/// Which worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// `over crash points GROUP/INSTANCE`: once for each point of its loop at which the instance can die, at the first, the
    /// second and the third passing. It is started again two seconds later.
    CrashPoints(GroupId, Name),
    /// `over seeds N`: with the seeds 1 to N.
    Seeds(u32),
    /// `over settings PRODUCER --SETTING VALUE,VALUE… …`: as it was done, and once with each combination of these settings in
    /// the place of the producer's own. What these runs come to is compared: `beaten(QUANTITY, QUANTITY)`.
    Settings(Name, Vec<Choices>),
}

/// A setting and its values, as they are written.
pub type Choices = (&'static str, Vec<Arc<str>>);

/// One world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variation {
    /// Its seed, if that matters.
    pub seed: Option<u64>,
    /// What is broken as soon as the application is started.
    pub fault: Option<Fault>,
    /// A producer and the settings that it has instead of its own.
    pub settings: Option<(Name, Arc<str>)>,
}

impl Over {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Over, Problem> {
        let over = match arguments.choice("over what:", &["crash", "seeds", "settings"])? {
            0 => {
                arguments.choice("points:", &["points"])?;
                let what = "a group and its instance, such as billing/c1";
                let value = arguments.word(what)?;
                match value.text().rsplit_once('/') {
                    Some((group, name)) if !group.is_empty() && !name.is_empty() => {
                        Over::CrashPoints(group.into(), name.into())
                    }
                    _ => return Err(value.wrong(what)),
                }
            }
            1 => {
                let what = "how many seeds";
                Over::Seeds(whole(&arguments.word(what)?, what, 1, 10_000)?)
            }
            _ => return Over::parse_settings(arguments),
        };
        arguments.done()?;
        Ok(over)
    }

    fn parse_settings(arguments: &mut Arguments<'_>) -> Result<Over, Problem> {
        let what = "a producer's name";
        let producer = arguments.word(what)?.name(what)?.into();
        let options = Options { once: SETTINGS.iter().map(|setting| setting.name).collect(), many: &[] };
        let (mut all, mut count) = (Vec::new(), 1_usize);
        while let Some(argument) = arguments.argument(&options)? {
            let name = match argument {
                Argument::Word(token) => return Err(arguments.extra(&token)),
                Argument::Option(name) => name,
            };
            let value = arguments.value("values, such as 0ms,5ms,20ms")?;
            let values: Vec<Arc<str>> = value.text().split(',').map(Arc::from).collect();
            for one in &values {
                let mut config = ProducerConfig::defaults(Profile::default());
                set(&mut config, &written(&[(name, one.clone())]))
                    .map_err(|_| value.wrong("values of that setting, set off by commas"))?;
            }
            count = count.saturating_mul(values.len());
            if count > MOST {
                return Err(value.wrong(format!("at most {MOST} combinations")));
            }
            all.push((name, values));
        }
        if all.is_empty() {
            return Err(arguments.missing("a setting and its values, such as --linger 0ms,5ms,20ms"));
        }
        Ok(Over::Settings(producer, all))
    }

    /// The line that says the same.
    pub fn print(&self) -> String {
        match self {
            Over::CrashPoints(group, name) => {
                let mut line = "over crash points".to_owned();
                add(&mut line, &format!("{group}/{name}"));
                line
            }
            Over::Seeds(count) => format!("over seeds {count}"),
            Over::Settings(producer, all) => {
                let mut line = "over settings".to_owned();
                add(&mut line, producer);
                for (name, values) in all {
                    option(&mut line, name, &values.join(","));
                }
                line
            }
        }
    }

    /// The worlds.
    pub fn variations(&self) -> Vec<Variation> {
        match self {
            Over::Seeds(count) => (1..=u64::from(*count))
                .map(|seed| Variation { seed: Some(seed), ..Variation::default() })
                .collect(),
            Over::CrashPoints(group, name) => {
                let restart = Some(Span::from_secs(2));
                let at = |point: CrashPoint, nth: u64| Fault::CrashAt {
                    group: group.clone(),
                    name: name.clone(),
                    point,
                    nth,
                    restart,
                };
                let points =
                    CrashPoint::ALL.iter().flat_map(|(_, point)| [1, 2, 3].map(|nth| at(*point, nth)));
                points.map(|fault| Variation { fault: Some(fault), ..Variation::default() }).collect()
            }
            Over::Settings(producer, all) => {
                let mut combinations = vec![Vec::new()];
                for (name, values) in all {
                    let with = |before: &Vec<(&'static str, Arc<str>)>| {
                        let one = |value: &Arc<str>| [before.as_slice(), &[(*name, value.clone())]].concat();
                        values.iter().map(one).collect::<Vec<_>>()
                    };
                    combinations = combinations.iter().flat_map(with).collect();
                }
                let of = |settings: &Vec<(&'static str, Arc<str>)>| Variation {
                    settings: Some((producer.clone(), written(settings).into())),
                    ..Variation::default()
                };
                std::iter::once(Variation::default()).chain(combinations.iter().map(of)).collect()
            }
        }
    }
}

/// Combinations of settings at most.
const MOST: usize = 64;

/// `--linger 5ms --batch-size 16384`.
fn written(settings: &[(&'static str, Arc<str>)]) -> String {
    let mut line = String::new();
    settings.iter().for_each(|(name, value)| option(&mut line, name, value));
    line.trim_start().to_owned()
}

/// Puts settings in the place of a configuration's own.
fn set(config: &mut ProducerConfig, written: &str) -> Result<(), Problem> {
    let words = lexer::words(written, 0).map_err(|(problem, _)| problem)?;
    let mut arguments = Arguments::new(written, words.tokens);
    let options = Options { once: SETTINGS.iter().map(|setting| setting.name).collect(), many: &[] };
    while let Some(Argument::Option(name)) = arguments.argument(&options)? {
        if let Some(setting) = settings::named(SETTINGS, name) {
            setting.read(config, &arguments.value(setting.key)?)?;
        }
    }
    Ok(())
}

impl Variation {
    /// What is carried out in the place of `command`, if this world differs there.
    pub fn instead(&self, command: &Command) -> Option<Command> {
        let (producer, settings) = self.settings.as_ref()?;
        let Command::StartProducer { name, topic, config } = command else { return None };
        let mut config = config.clone();
        set(&mut config, settings).ok().filter(|()| name == producer)?;
        Some(Command::StartProducer { name: name.clone(), topic: topic.clone(), config })
    }

    /// What is to be broken now that `command` was carried out.
    pub fn after(&self, command: &Command) -> Option<Command> {
        let Some(Fault::CrashAt { group, .. }) = &self.fault else { return None };
        let is_start = matches!(command, Command::StartApp { app, .. } if app.group == *group);
        is_start.then(|| self.fault.clone().map(Command::Fault))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Statement, parse_line};
    use millrace_model::config::producer::Acks;

    fn over(line: &str) -> Result<Over, String> {
        match parse_line(line, Profile::default()).map_err(|problem| problem.to_string())? {
            Some(Statement::Over(over)) => Ok(over),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn settings_are_combined_and_the_first_world_is_as_it_was_done() {
        let line = "over settings shop --linger 0ms,5ms --batch-size 100,200";
        let read = over(line).unwrap();
        assert_eq!(read.print(), line);
        let settings = |world: &Variation| world.settings.as_ref().map(|(_, settings)| settings.to_string());
        let all: Vec<Option<String>> = read.variations().iter().map(settings).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            all,
            [
                None,
                some("--linger 0ms --batch-size 100"),
                some("--linger 0ms --batch-size 200"),
                some("--linger 5ms --batch-size 100"),
                some("--linger 5ms --batch-size 200"),
            ]
        );
    }

    #[test]
    fn a_producer_is_started_with_the_settings_in_the_place_of_its_own() {
        let world = over("over settings shop --linger 5ms").unwrap().variations().remove(1);
        let instead = |line: &str| match parse_line(line, Profile::default()).unwrap() {
            Some(Statement::Do(command)) => world.instead(&command),
            _ => None,
        };
        let Some(Command::StartProducer { config, .. }) =
            instead("producer start shop --topic orders --acks 1 --linger 1s")
        else {
            panic!()
        };
        assert_eq!((config.linger, config.acks), (Span::from_millis(5), Acks::One));
        assert_eq!(instead("producer start other --topic orders --linger 1s"), None);
        assert_eq!(instead("producer stop shop"), None);
    }

    #[test]
    fn what_is_wrong_with_settings_is_said() {
        for (line, sentence) in [
            ("over settings shop", "a setting and its values"),
            ("over settings shop --linger 0ms,soon", "values of that setting, set off by commas"),
            ("over settings shop --lingering 0ms", "did you mean --linger?"),
            (
                "over settings shop --max-in-flight 1,2,3,4,5 --batch-size 1,2,3,4,5,6,7,8,9,10,11,12,13",
                "at most 64",
            ),
        ] {
            let said = over(line).unwrap_err();
            assert!(said.contains(sentence), "{line}: {said}");
        }
    }
}
