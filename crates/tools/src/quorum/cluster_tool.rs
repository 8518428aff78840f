//! `kafka-cluster` (`ClusterTool`).

use super::cluster_id;
use crate::admin::{connect, load, parse};
use crate::cluster::broker;
use crate::options::argparse::{Arg, Parser, Type};
use crate::shell::{Exit, Shell};
use millrace_model::BrokerId;
use millrace_sim::{ClusterCommand, Command};

const SERVER: Arg = Arg::value(&["--bootstrap-server", "-b"], "", "the cluster").group(1);
const CONTROLLER: Arg = Arg::value(&["--bootstrap-controller", "-C"], "", "the controller").group(1);
const CONFIG: Arg = Arg::value(&["--config", "-c"], "", "settings of the admin client");

const PARSER: Parser = Parser {
    shows_defaults: true,
    commands: &[
        Parser {
            groups: &[true],
            ..Parser::new("cluster-id", "shows the cluster's id", &[SERVER, CONTROLLER, CONFIG])
        },
        Parser {
            groups: &[true],
            ..Parser::new(
                "unregister",
                "makes the cluster forget a broker",
                &[
                    SERVER,
                    CONTROLLER,
                    CONFIG,
                    Arg::value(&["--id", "-i"], "", "the broker").required().kind(Type::Integer),
                ],
            )
        },
    ],
    ..Parser::new("kafka-cluster", "The Kafka cluster tool.", &[])
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = parse(shell, &PARSER, arguments, 1)?;
    let is_unregister = given.command == Some("unregister");
    let call = if is_unregister { "unregisterBroker" } else { "listNodes" };
    let connected = load(shell, given.value("--config")).and_then(|_| connect(shell, &given, call));
    if let Err(words) = connected {
        return Err(shell.die(&words));
    }
    if !is_unregister {
        shell.say(format!("Cluster ID: {}", cluster_id()));
        return Ok(());
    }
    let id: i32 = given.number("--id").unwrap_or_default();
    if shell.world().controller().is_some_and(|controller| controller.registration(BrokerId(id)).is_some()) {
        let command = Command::Cluster(Box::new(ClusterCommand::Unregister(BrokerId(id))));
        shell.execute(command).map_err(|words| shell.die(&words))?;
        shell.say(format!("Broker {id} is no longer registered."));
        return Ok(());
    }
    if shell.world().controller().is_none() && broker(shell.world()).is_some_and(|broker| broker.id().0 == id)
    {
        return Err(shell.die("kafka-cluster: the playground keeps its only broker"));
    }
    let sentence = "The given broker ID was not registered.";
    shell.log(
        "ERROR",
        &format!("[AdminClient clientId=adminclient-1] Unregister broker request for broker ID {id} failed: {sentence}"),
        "org.apache.kafka.clients.admin.KafkaAdminClient",
    );
    Err(shell.die(&format!("org.apache.kafka.common.errors.BrokerIdNotRegisteredException: {sentence}")))
}
