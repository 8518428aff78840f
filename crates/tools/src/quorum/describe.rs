//! `kafka-metadata-quorum` (`MetadataQuorumCommand`).

use super::{Voter, cluster_id, controller, metadata_end, observers, voters};
use crate::admin::{DESCRIBE_QUORUM, connect, load, parse};
use crate::cluster::{read_id, shown_id};
use crate::options::argparse::{Arg, Namespace, Parser, Type};
use crate::shell::{Exit, Shell};
use crate::table;
use millrace_broker::assignor::TopicId;

const PARSER: Parser = Parser {
    groups: &[true],
    shows_defaults: true,
    commands: &[
        Parser::new(
            "describe",
            "Describe the metadata quorum info",
            &[
                Arg::flag(&["--status"], "who leads, who votes, how far behind they are"),
                Arg::flag(&["--replication"], "how far each has read the metadata log"),
                Arg::flag(&["--human-readable"], "times as how long ago"),
            ],
        ),
        Parser::new(
            "add-controller",
            "Add a controller to the KRaft controller cluster",
            &[Arg::flag(&["--dry-run"], "says what it would do")],
        ),
        Parser::new(
            "remove-controller",
            "Remove a controller from the KRaft controller cluster",
            &[
                Arg::value(&["--controller-id", "-i"], "", "the controller").required().kind(Type::Integer),
                Arg::value(&["--controller-directory-id", "-d"], "", "its directory").required(),
                Arg::flag(&["--dry-run"], "says what it would do"),
            ],
        ),
    ],
    ..Parser::new(
        "kafka-metadata-quorum",
        "This tool describes kraft metadata quorum status.",
        &[
            Arg::value(&["--bootstrap-server"], "", "the cluster").group(1),
            Arg::value(&["--bootstrap-controller"], "", "the controller").group(1),
            Arg::value(&["--command-config"], "", "settings of the admin client"),
        ],
    )
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = parse(shell, &PARSER, arguments, 0)?;
    execute(shell, &given).map_err(|words| shell.die(&words))
}

fn execute(shell: &mut Shell<'_>, given: &Namespace) -> Result<(), String> {
    let path = given.value("--command-config");
    let settings = load(shell, path).map_err(|path| format!("Properties file {path} does not exists!"))?;
    let flag = |name: &str| given.has(name);
    match given.command {
        Some("add-controller") => {
            if path.is_none() {
                return Err(
                    "You must supply the configuration file of the controller you are adding when using \
                            add-controller."
                        .to_owned(),
                );
            }
            add(&settings)
        }
        Some("remove-controller") => remove(shell, given),
        _ if flag("--status") && flag("--replication") => {
            Err("Only one of --status or --replication should be specified with describe sub-command"
                .to_owned())
        }
        _ if flag("--replication") => {
            connect(shell, given, DESCRIBE_QUORUM)?;
            replication(shell, flag("--human-readable"));
            Ok(())
        }
        _ if flag("--status") && flag("--human-readable") => {
            Err("The option --human-readable is only supported along with --replication".to_owned())
        }
        _ if flag("--status") => {
            connect(shell, given, "listNodes")?;
            connect(shell, given, DESCRIBE_QUORUM)?;
            status(shell);
            Ok(())
        }
        _ => Err("One of --status or --replication must be specified with describe sub-command".to_owned()),
    }
}

/// The active controller leads, the others follow, brokers observe.
fn status(shell: &mut Shell<'_>) {
    let Some((_, _, id)) = controller(shell.world()) else { return };
    let epoch = shell.world().quorum().map_or(1, |quorum| quorum.epoch());
    let end = metadata_end(shell.world());
    let voters = voters(shell.world());
    let leader = voters.iter().find(|voter| voter.id == id);
    let behind = voters.iter().min_by_key(|voter| voter.end);
    let lag = leader.zip(behind).map_or(0, |(leader, behind)| leader.end - behind.end);
    let lag_ms = leader.zip(behind).map_or(0, |(leader, behind)| match behind.read_at {
        -1 => -1,
        read_at => leader.read_at - read_at,
    });
    let voter = |Voter { id, endpoint, .. }: &Voter| {
        format!("{{\"id\": {id}, \"directoryId\": null, \"endpoints\": [\"{endpoint}\"]}}")
    };
    let voters: Vec<String> = voters.iter().map(voter).collect();
    let voters = voters.join(", ");
    let observers: Vec<String> = observers(shell.world())
        .iter()
        .map(|one| format!("{{\"id\": {}, \"directoryId\": \"{}\"}}", one.id, shown_id(one.directory)))
        .collect();
    let observers = observers.join(", ");
    shell.say(format!(
        "ClusterId:              {}\nLeaderId:               {id}\nLeaderEpoch:            {epoch}\nHighWatermark:          \
         {end}\nMaxFollowerLag:         {lag}\nMaxFollowerLagTimeMs:   {lag_ms}\nCurrentVoters:          \
         [{voters}]\nCurrentObservers:       [{observers}]",
        cluster_id()
    ));
}

fn replication(shell: &mut Shell<'_>, is_human: bool) {
    const HEADERS: [&str; 7] = [
        "NodeId",
        "DirectoryId",
        "LogEndOffset",
        "Lag",
        "LastFetchTimestamp",
        "LastCaughtUpTimestamp",
        "Status",
    ];
    let Some((_, _, id)) = controller(shell.world()) else { return };
    let now = shell.world().now().timestamp().0;
    let end = i64::try_from(metadata_end(shell.world())).unwrap_or(i64::MAX);
    let row = |id: i32, directory: TopicId, (read_up_to, read_at): (i64, i64), status: &str| {
        let time = match (read_at, is_human) {
            (-1, _) => "-1".to_owned(),
            (at, true) => format!("{} ms ago", now - at),
            (at, false) => at.to_string(),
        };
        vec![
            id.to_string(),
            shown_id(directory),
            read_up_to.to_string(),
            (end - read_up_to).to_string(),
            time.clone(),
            time,
            status.to_owned(),
        ]
    };
    let (leader, followers): (Vec<Voter>, Vec<Voter>) =
        voters(shell.world()).into_iter().partition(|voter| voter.id == id);
    let mut rows = Vec::new();
    for (voters, status) in [(leader, "Leader"), (followers, "Follower")] {
        let none = TopicId { most: 0, least: 0 };
        rows.extend(voters.iter().map(|one| row(one.id, none, (one.end, one.read_at), status)));
    }
    let observer = |lag: u64| (end.saturating_sub(i64::try_from(lag).unwrap_or(0)), now);
    rows.extend(
        observers(shell.world()).iter().map(|one| row(one.id, one.directory, observer(one.lag), "Observer")),
    );
    shell.print(&table::pretty(&HEADERS, &rows));
}

/// What stands in the new controller's own settings is read first; then the voters turn out to be fixed.
fn add(settings: &[(String, String)]) -> Result<(), String> {
    let value =
        |key: &str| settings.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.trim());
    let question = "Is this a valid controller configuration file?";
    let id =
        value("node.id").ok_or_else(|| format!("node.id not found in configuration file. {question}"))?;
    let id: i32 = id.parse().map_err(|_| format!("For input string: \"{id}\""))?;
    if id < 0 {
        return Err(format!("node.id was negative in configuration file. {question}"));
    }
    if !value("process.roles").is_some_and(|roles| roles.contains("controller")) {
        return Err(format!("process.roles did not contain 'controller' in configuration file. {question}"));
    }
    let directory = value("metadata.log.dir").or(value("log.dirs").and_then(|dirs| dirs.split(',').next()));
    let Some(directory) = directory.filter(|directory| !directory.is_empty()) else {
        return Err(format!("Neither metadata.log.dir nor log.dirs were found. {question}"));
    };
    Err(format!("Unable to read meta.properties from {directory}"))
}

fn remove(shell: &mut Shell<'_>, given: &Namespace) -> Result<(), String> {
    let id: i32 = given.number("--controller-id").unwrap_or_default();
    if id < 0 {
        return Err(format!("Invalid negative --controller-id: {id}"));
    }
    let directory = given.value("--controller-directory-id").unwrap_or_default();
    let directory =
        read_id(directory).map_err(|why| format!("Failed to parse --controller-directory-id: {why}"))?;
    if given.has("--dry-run") {
        shell.say(format!(
            "DRY RUN of removing  KRaft controller {id} with directory id {}",
            shown_id(directory)
        ));
        return Ok(());
    }
    connect(shell, given, "removeRaftVoter")?;
    Err("org.apache.kafka.common.errors.UnsupportedVersionException: Cluster doesn't support removing voter because the \
         kraft.version feature is 0"
        .to_owned())
}
