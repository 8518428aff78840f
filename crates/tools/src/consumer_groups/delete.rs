//! `kafka-consumer-groups --delete` and `--delete-offsets`.

use super::{Failure, error, offsets, view};
use crate::errors::Refused;
use crate::java_map;
use crate::options::Given;
use crate::shell::Shell;
use millrace_model::protocol::AdminRequest;
use millrace_model::{ErrorCode, GroupId, Partition, TopicName, TopicPartition};

pub(super) fn delete_groups(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let mut names: Vec<String> = if given.has("all-groups") {
        view::names(shell.world())
    } else {
        given.values("group").into_iter().map(str::to_owned).collect()
    };
    names.sort();
    names.dedup();
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for name in java_map::order_for(names, 0) {
        let request = AdminRequest::DeleteGroups { group: GroupId::from(&*name) };
        let found = view::find(shell, &name, "deleteConsumerGroups");
        let found = found.map_err(|words| Refused::new(ErrorCode::RequestTimedOut, Some(words.into())));
        match found.and_then(|()| shell.administer(request)) {
            Ok(_) => done.push(name),
            Err(refused) => failed.push((name, refused)),
        }
    }
    if failed.is_empty() {
        shell.say(format!("Deletion of requested consumer groups ('{}') was successful.", done.join(", ")));
        return Ok(());
    }
    error(shell, "Deletion of some consumer groups failed:");
    for (name, refused) in failed {
        shell.say(format!(
            "* Group '{name}' could not be deleted due to: java.util.concurrent.ExecutionException: {}",
            refused.in_java()
        ));
    }
    if !done.is_empty() {
        // Kafka's own commas and quotes.
        shell.say(format!("\nThese consumer groups were deleted successfully: '{}', '", done.join("'")));
    }
    Ok(())
}

pub(super) fn delete_offsets(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let Some(group) = given.value("group")? else { return Ok(()) };
    let topics = given.values("topic");
    let mut partitions: Vec<TopicPartition> = Vec::new();
    // Topics that are not there stand for themselves, with partition -1.
    let mut rows: Vec<(TopicPartition, Option<Refused>)> = Vec::new();
    for text in &topics {
        match offsets::parse(text)? {
            Some(named) => partitions.extend(named),
            None => match offsets::partitions_of(shell.world(), text) {
                Some(all) => partitions.extend(all),
                None => {
                    let tp = TopicPartition { topic: TopicName::from(*text), partition: Partition(-1) };
                    rows.push((tp, Some(Refused::new(ErrorCode::UnknownTopicOrPartition, None))));
                }
            },
        }
    }
    partitions.sort();
    partitions.dedup();
    let request = AdminRequest::OffsetDelete { group: group.into(), partitions: partitions.clone() };
    let mut whole = ErrorCode::None;
    let found = view::find(shell, group, "offsetDelete");
    let found = found.map_err(|words| Refused::new(ErrorCode::RequestTimedOut, Some(words.into())));
    match found.and_then(|()| shell.administer(request)) {
        Ok(answer) => {
            for (tp, error, _) in answer.partitions {
                if whole == ErrorCode::None {
                    whole = error;
                }
                let refused = (error != ErrorCode::None).then(|| Refused::new(error, None));
                rows.push((tp, refused));
            }
        }
        Err(refused) => {
            whole = refused.error;
            rows.extend(partitions.into_iter().map(|tp| (tp, Some(refused.clone()))));
        }
    }
    match whole {
        ErrorCode::None => shell.say(format!(
            "Request succeed for deleting offsets with topic {} group {group}",
            topics.join(", ")
        )),
        ErrorCode::InvalidGroupId => error(shell, &format!("'{group}' is not valid.")),
        ErrorCode::GroupIdNotFound => error(shell, &format!("'{group}' does not exist.")),
        ErrorCode::NonEmptyGroup => error(
            shell,
            &format!(
                "Deleting offsets of a consumer group '{group}' is forbidden if the group is not empty."
            ),
        ),
        ErrorCode::GroupSubscribedToTopic | ErrorCode::UnknownTopicOrPartition => {
            error(shell, "Encounter some partition level error, see the follow-up details:");
        }
        other => error(shell, &format!("Encounter some unknown error: {other}")),
    }
    let mut text = format!("\n{:<30} {:<15} {:<15}", "TOPIC", "PARTITION", "STATUS");
    rows.sort_by_key(|(tp, _)| format!("{}{}", tp.topic, tp.partition));
    for (tp, refused) in rows {
        let partition =
            if tp.partition.0 >= 0 { tp.partition.to_string() } else { "Not Provided".to_owned() };
        let status =
            refused.map_or("Successful".to_owned(), |refused| format!("Error: :{}", refused.in_java()));
        text.push_str(&format!("\n{:<30} {partition:<15} {status:<15}", tp.topic.as_str()));
    }
    shell.say(text);
    Ok(())
}
