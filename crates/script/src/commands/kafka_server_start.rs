//! `kafka-server-start`: the brokers' settings, as Kafka's own tool takes them over its properties file.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::problem::Problem;
use crate::language::quote::option;
use crate::settings::{self, broker::SETTINGS};
use millrace_model::Profile;
use millrace_model::config::broker::BrokerConfig;
use millrace_sim::Command;

pub(super) const HELP: &[Help] = &[Help {
    name: "kafka-server-start",
    synopsis: "kafka-server-start [server.properties] --override KEY=VALUE…",
    meaning: "starts the brokers with other settings; only before anything else is there",
    example: "kafka-server-start --override group.initial.rebalance.delay.ms=0",
}];

pub(super) fn parse(arguments: &mut Arguments<'_>, profile: Profile) -> Result<Command, Problem> {
    let options = Options { once: Vec::new(), many: &["override"] };
    let mut config = BrokerConfig::defaults(profile);
    let mut given = false;
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            // The real tool wants a file first; there are no files here.
            Argument::Word(token) if token.text.ends_with(".properties") && !given => {}
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(_) => {
                let value = arguments.value("a broker's setting and its value")?;
                let what = ("a broker's setting", "num.partitions=3");
                settings::read_pair(SETTINGS, what, &mut config, &value)?;
                given = true;
            }
        }
    }
    Ok(Command::StartBrokers { config: Box::new(config) })
}

pub(super) fn print(config: &BrokerConfig, profile: Profile) -> String {
    let mut line = "kafka-server-start".to_owned();
    let defaults = BrokerConfig::defaults(profile);
    for setting in SETTINGS {
        let value = setting.show(config);
        if value != setting.show(&defaults) {
            option(&mut line, "override", &format!("{}={value}", setting.key));
        }
    }
    line
}
