//! `kafka-transactions abort`: the end of a transaction that hangs. What else Kafka's tool does changes nothing.

use super::topic;
use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::option;
use millrace_model::protocol::AdminRequest;
use millrace_model::{Partition, ProducerEpoch, ProducerId, TopicPartition};
use millrace_sim::Command;

pub(super) const HELP: &[Help] = &[Help {
    name: "kafka-transactions",
    synopsis: "kafka-transactions abort --topic TOPIC --partition N --producer-id N --producer-epoch N --coordinator-epoch N [--bootstrap-server HOST:PORT]",
    meaning: "writes an abort marker, whatever the coordinator knows: the end of a transaction that hangs",
    example: "kafka-transactions abort --topic orders --partition 0 --producer-id 0 --producer-epoch 0 --coordinator-epoch 0",
}];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    arguments.choice("what to do:", &["abort"])?;
    let numbers = ["partition", "producer-id", "producer-epoch", "coordinator-epoch"];
    let mut once = vec!["topic", "bootstrap-server"];
    once.extend(numbers);
    let options = Options { once, many: &[] };
    let (mut of, mut partition, mut id, mut epoch, mut coordinator_epoch) = (None, None, None, None, None);
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("topic") => of = Some(topic(&arguments.value("a topic's name")?)?),
            Argument::Option("partition") => {
                let what = "a partition's number";
                partition = Some(Partition(whole(&arguments.value(what)?, what, 0, i32::MAX)?));
            }
            Argument::Option("producer-id") => {
                let what = "a producer's id";
                id = Some(ProducerId(whole(&arguments.value(what)?, what, 0, i64::MAX)?));
            }
            Argument::Option("producer-epoch") => {
                let what = "a producer's epoch";
                epoch = Some(ProducerEpoch(whole(&arguments.value(what)?, what, 0, i16::MAX)?));
            }
            Argument::Option("coordinator-epoch") => {
                let what = "a coordinator's epoch";
                coordinator_epoch = Some(whole(&arguments.value(what)?, what, 0, i32::MAX)?);
            }
            Argument::Option(_) => drop(arguments.value("the broker's address")?),
        }
    }
    let (Some(topic), Some(partition)) = (of, partition) else {
        return Err(arguments.missing("--topic and --partition"));
    };
    let (Some(producer_id), Some(producer_epoch), Some(coordinator_epoch)) = (id, epoch, coordinator_epoch)
    else {
        return Err(arguments.missing("--producer-id, --producer-epoch and --coordinator-epoch"));
    };
    let tp = TopicPartition { topic, partition };
    let request = AdminRequest::WriteTxnMarkers { tp, producer_id, producer_epoch, coordinator_epoch };
    Ok(Command::Administer { request: Box::new(request) })
}

pub(super) fn print(
    tp: &TopicPartition,
    producer: (ProducerId, ProducerEpoch),
    coordinator_epoch: i32,
) -> String {
    let mut line = "kafka-transactions abort".to_owned();
    option(&mut line, "topic", tp.topic.as_str());
    option(&mut line, "partition", &tp.partition.to_string());
    option(&mut line, "producer-id", &producer.0.to_string());
    option(&mut line, "producer-epoch", &producer.1.to_string());
    option(&mut line, "coordinator-epoch", &coordinator_epoch.to_string());
    line
}
