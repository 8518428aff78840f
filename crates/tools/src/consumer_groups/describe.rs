//! `kafka-consumer-groups --describe`: offsets, `--members`, `--state`.

use super::view::{self, GroupView, MemberView};
use super::{Failure, error, offsets};
use crate::cluster::leader;
use crate::options::Given;
use crate::shell::Shell;
use millrace_model::{Map, TopicPartition};

const MISSING: &str = "-";

pub(super) fn describe(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let mut names: Vec<String> = if given.has("all-groups") {
        view::names(shell.world())
    } else {
        given.values("group").into_iter().map(str::to_owned).collect()
    };
    names.sort();
    names.dedup();
    let groups: Vec<GroupView> =
        names.iter().map(|name| view::described(shell, name)).collect::<Result<_, _>>()?;
    for group in &groups {
        if given.has("members") {
            members(shell, group, given.has("verbose"));
        } else if given.has("state") {
            state(shell, group);
        } else {
            describe_offsets(shell, group)?;
        }
    }
    Ok(())
}

/// Says what is special about the group; true if there is something to show of `rows`.
fn is_shown(shell: &mut Shell<'_>, group: &GroupView, rows: usize) -> bool {
    let id = &group.id;
    match group.state.as_str() {
        "Dead" => error(shell, &format!("Consumer group '{id}' does not exist.")),
        "Empty" => shell.complain(format!("\nConsumer group '{id}' has no active members.")),
        "Stable" => {}
        _ => shell.complain(format!("\nWarning: Consumer group '{id}' is rebalancing.")),
    }
    group.state != "Dead" && rows > 0
}

/// One row of the table of offsets.
struct Row<'a> {
    topic: String,
    partition: String,
    current: Option<i64>,
    end: Option<i64>,
    member: Option<&'a MemberView>,
}

fn describe_offsets(shell: &mut Shell<'_>, group: &GroupView) -> Result<(), Failure> {
    let rows = rows(shell, group)?;
    if !is_shown(shell, group, rows.len()) {
        return Ok(());
    }
    let of_member = |row: &Row<'_>, get: fn(&MemberView) -> &str| {
        row.member.map_or(MISSING.to_owned(), |member| get(member).to_owned())
    };
    let widest =
        |least: usize, get: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(get).max().unwrap_or(0).max(least);
    let group_width = group.id.len().max(15);
    let topic_width = widest(15, &|row| row.topic.len());
    let id_width = widest(15, &|row| of_member(row, |member| &member.id).len());
    let host_width = widest(15, &|row| of_member(row, |member| &member.host).len());
    let mut text = String::new();
    let mut line = |cells: [&str; 9]| {
        let [group, topic, partition, current, end, lag, id, host, client] = cells;
        text.push_str(&format!(
            "\n{group:<group_width$} {topic:<topic_width$} {partition:<10} {current:<15} {end:<15} {lag:<15} \
             {id:<id_width$} {host:<host_width$} {client}"
        ));
    };
    line([
        "GROUP",
        "TOPIC",
        "PARTITION",
        "CURRENT-OFFSET",
        "LOG-END-OFFSET",
        "LAG",
        "CONSUMER-ID",
        "HOST",
        "CLIENT-ID",
    ]);
    let shown = |number: Option<i64>| number.map_or(MISSING.to_owned(), |number| number.to_string());
    for row in &rows {
        let lag =
            row.current.filter(|current| *current != -1).zip(row.end).map(|(current, end)| end - current);
        line([
            &group.id,
            &row.topic,
            &row.partition,
            &shown(row.current),
            &shown(row.end),
            &shown(lag),
            &of_member(row, |member| &member.id),
            &of_member(row, |member| &member.host),
            &of_member(row, |member| &member.client),
        ]);
    }
    text.push('\n');
    shell.print(&text);
    Ok(())
}

/// First the members' partitions, the member with most first; then what is committed and nobody has.
fn rows<'a>(shell: &mut Shell<'_>, group: &'a GroupView) -> Result<Vec<Row<'a>>, Failure> {
    let committed = offsets::committed(shell.world(), &group.id);
    let mut members: Vec<&MemberView> = group.members.iter().filter(|m| !m.partitions.is_empty()).collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.partitions.len()));
    let mut rows = Vec::new();
    for member in &members {
        rows.extend(table(shell, &member.partitions, &committed, Some(member))?);
    }
    let assigned = |tp: &&TopicPartition| members.iter().any(|member| member.partitions.contains(tp));
    let rest: Vec<TopicPartition> = committed.keys().filter(|tp| !assigned(tp)).cloned().collect();
    rows.extend(table(shell, &rest, &committed, None)?);
    Ok(rows)
}

fn table<'a>(
    shell: &mut Shell<'_>,
    partitions: &[TopicPartition],
    committed: &Map<TopicPartition, i64>,
    member: Option<&'a MemberView>,
) -> Result<Vec<Row<'a>>, Failure> {
    let mut sorted = offsets::in_java_order(partitions.to_vec());
    sorted.sort_by_key(|tp| tp.partition);
    offsets::wait_for_leaders(shell, &sorted)?;
    let row = |tp: TopicPartition| Row {
        topic: tp.topic.to_string(),
        partition: tp.partition.to_string(),
        current: committed.get(&tp).copied(),
        end: leader(shell.world(), &tp).and_then(|broker| broker.log(&tp)).map(|log| log.high_watermark().0),
        member,
    };
    Ok(offsets::in_java_order(sorted).into_iter().map(row).collect())
}

fn members(shell: &mut Shell<'_>, group: &GroupView, verbose: bool) {
    let members = &group.members;
    is_shown(shell, group, members.len());
    let widest = |least: usize, get: fn(&MemberView) -> &str| {
        members.iter().map(|member| get(member).len()).max().unwrap_or(0).max(least)
    };
    let group_width = if members.is_empty() { 15 } else { group.id.len().max(15) };
    let id_width = widest(15, |member| &member.id);
    let instance_width = widest(17, |member| &member.instance);
    let host_width = widest(15, |member| &member.host);
    let client_width = widest(15, |member| &member.client);
    let with_instance = members.iter().any(|member| !member.instance.is_empty());
    let line = |cells: [&str; 6]| {
        let [group, id, instance, host, client, count] = cells;
        let mut text = format!("{group:<group_width$} {id:<id_width$} ");
        if with_instance {
            text.push_str(&format!("{instance:<instance_width$} "));
        }
        text + &format!("{host:<host_width$} {client:<client_width$} {count:<15} ")
    };
    let head = line(["GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS"]);
    shell.say(format!("\n{head}{}", if verbose { "ASSIGNMENT" } else { "" }));
    for member in members {
        let count = member.partitions.len().to_string();
        let cells = [&*group.id, &member.id, &member.instance, &member.host, &member.client, &count];
        let assignment = if verbose { assignment(&member.partitions) } else { String::new() };
        shell.say(line(cells) + &assignment);
    }
}

/// `(0), (0,1)`: the partitions of each topic, sorted as texts, and so are the topics' texts. Which topic is which is not
/// said in this version.
fn assignment(partitions: &[TopicPartition]) -> String {
    if partitions.is_empty() {
        return MISSING.to_owned();
    }
    let mut by_topic: Map<&str, Vec<String>> = Map::new();
    for tp in partitions {
        by_topic.entry(tp.topic.as_str()).or_default().push(tp.partition.to_string());
    }
    let mut shown: Vec<String> = by_topic
        .values()
        .map(|numbers| {
            let mut numbers = numbers.clone();
            numbers.sort();
            format!("({})", numbers.join(","))
        })
        .collect();
    shown.sort();
    shown.join(", ")
}

fn state(shell: &mut Shell<'_>, group: &GroupView) {
    if !is_shown(shell, group, 1) {
        return;
    }
    let coordinator = shell.world().coordinator(&group.id).map(|broker| broker.info());
    let coordinator =
        coordinator.map_or_else(String::new, |info| format!("{}:{}  ({})", info.host, info.port, info.id));
    let width = coordinator.len().max(25);
    let line = |cells: [&str; 5]| {
        let [group, coordinator, assignor, state, members] = cells;
        format!("\n{group:<width$} {coordinator:<25} {assignor:<20} {state:<15} {members}")
    };
    let head = line(["GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"]);
    let members = group.members.len().to_string();
    shell.say(head + &line([&group.id, &coordinator, &group.assignor, &group.state, &members]));
}
