//! The group panel's numbers: members with their clocks, lag by partition, where its offsets live.

use crate::paint::{Motion, Node, node};
use millrace_model::Time;
use millrace_view::panel::{Clock, Commit, MemberLine, PartitionLine};
use millrace_view::words;
use millrace_view::{Condition, GroupPanel};
use millrace_words::groups as say;

/// All of them.
pub fn numbers(panel: &GroupPanel, now: Time) -> Node {
    let most = panel.partitions.iter().map(|line| line.lag).max().unwrap_or(0).max(10);
    let progress = match panel.progress {
        Some(at) => say::ago(&words::span(now.since(at))),
        None => say::nothing_committed_yet().to_owned(),
    };
    let since = panel.since.map(|since| fact(say::in_this_state_since(), words::time(since)));
    let facts = since.into_iter().chain([fact(say::last_progress(), progress)]).collect();
    node("div")
        .set("class", format!("group-numbers group-{}", panel.hue))
        .child(node("dl").is("class", "facts").children(facts))
        .child(heading(say::members()))
        .child(node("ul").is("class", "member-lines").children(panel.members.iter().map(member).collect()))
        .child(heading(say::lag_by_partition()))
        .child(span("dim says", say::high_watermark_committed_which_says()))
        .child(
            node("ul")
                .is("class", "lag-lines")
                .children(panel.partitions.iter().map(|line| partition(line, most)).collect()),
        )
        .child(commits(panel))
}

fn heading(name: &'static str) -> Node {
    node("h3").key(name.to_owned()).text(name.to_owned())
}

fn fact(name: &str, value: String) -> Node {
    node("div")
        .key(name.to_owned())
        .set("data-fact", name.to_owned())
        .child(node("dt").text(name.to_owned()))
        .child(node("dd").text(value))
}

fn span(class: &'static str, content: impl Into<String>) -> Node {
    node("span").is("class", class).text(content.into())
}

fn member(line: &MemberLine) -> Node {
    let idle = match line.condition {
        Condition::Idle => "member-line is-idle",
        Condition::Crashed | Condition::Frozen | Condition::Stopped => "member-line is-down",
        Condition::Joining | Condition::Active => "member-line",
    };
    let identity = line.identity.iter().map(|(name, value)| format!("{name} {value}"));
    let head = node("div")
        .is("class", "line-head")
        .child(node("strong").text(line.name.to_string()))
        .child(span(
            "number",
            if line.condition == Condition::Idle { String::new() } else { line.assignment.clone() },
        ))
        .child(span("number lag", if line.lag > 0 { say::lag(&line.lag) } else { String::new() }));
    node("li")
        .key(line.name.to_string())
        .is("class", idle)
        .set("data-line", line.name.to_string())
        .child(head)
        .child(span("dim says", line.status.clone()))
        .child(span("dim says", identity.collect::<Vec<_>>().join(" · ")))
        .children(line.clocks.iter().map(clock).collect())
}

fn clock(clock: &Clock) -> Node {
    let last = clock.last.map_or_else(|| say::none_yet().to_owned(), words::time);
    let key = clock.drain.as_ref().map_or("", |drain| drain.what);
    let out = clock.drain.as_ref().map(|drain| say::out_at(&words::time(drain.until)));
    let label = format!(
        "{} {last}, {} {key}{}",
        shown(clock.name),
        words::span(clock.timeout),
        out.unwrap_or_default()
    );
    let bar = node("span").is("class", "bar");
    let bar = match &clock.drain {
        Some(drain) => bar.moving(Motion::Left(drain.clone())),
        None => bar.is("data-idle", "true"),
    };
    node("div")
        .key(clock.name.to_owned())
        .is("class", "clock-line")
        .set("title", label)
        .child(span("dim", shown(clock.name)))
        .child(bar)
        .child(span(
            "number dim",
            if clock.drain.is_some() { words::span(clock.timeout) } else { stands(clock) },
        ))
}

/// Why a clock stands: `poll` itself is not held against the application.
fn stands(clock: &Clock) -> String {
    if clock.name == "last poll" { say::in_poll() } else { say::none() }.to_owned()
}

fn partition(line: &PartitionLine, most: u64) -> Node {
    let committed = line.committed.map_or_else(|| "-".to_owned(), |offset| offset.to_string());
    let owner = line.owner.as_ref().map_or_else(|| say::nobody().to_owned(), ToString::to_string);
    let percent = (line.lag.saturating_mul(100) / most.max(1)).min(100);
    node("li")
        .key(line.tp.to_string())
        .set("class", if line.owner.is_some() { "lag-line" } else { "lag-line is-still" }.to_owned())
        .set("title", say::committed_of_read_by(&committed, &line.high_watermark, &owner))
        .set("data-lag", line.lag.to_string())
        .child(span("number", line.tp.to_string()))
        .child(span("dim", owner))
        .child(node("span").is("class", "bar").set("style", format!("--part:{percent}%")))
        .child(span("number", line.lag.to_string()))
        .maybe(line.blind.clone().map(|blind| span("dim blind", blind)))
}

/// The partition of `__consumer_offsets`, decoded as Kafka's formatters do.
fn commits(panel: &GroupPanel) -> Node {
    let row = |commit: &Commit| {
        node("tr")
            .key(commit.offset.to_string())
            .child(node("td").is("class", "number dim").text(commit.offset.to_string()))
            .child(node("td").is("class", "number dim").text(words::time(commit.at)))
            .child(node("td").child(span("number", commit.key.clone())).child(span(
                "dim number",
                commit.value.clone().unwrap_or_else(|| say::null_tombstone().to_owned()),
            )))
    };
    let head = |text: &str| node("th").is("scope", "col").text(text.to_owned());
    let table = node("table")
        .is("class", "commits")
        .child(node("thead").child(
            node("tr").child(head(say::offset())).child(head(say::time())).child(head(say::key_and_value())),
        ))
        .child(node("tbody").children(panel.commits.iter().map(row).collect()));
    node("details")
        .is("class", "disclosure")
        .child(node("summary").text(say::open(&panel.coordinator.partition)))
        .child(table)
}

/// How a clock of a member is called.
fn shown(clock: &'static str) -> &'static str {
    match clock {
        "last poll" => say::last_poll(),
        "last heartbeat" => say::last_heartbeat(),
        _ => clock,
    }
}
