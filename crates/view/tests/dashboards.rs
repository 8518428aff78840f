//! Dashboards, queries and restores on the desk, as text and numbers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod common;

use common::{tell, told};
use millrace_sim::Timeline;
use millrace_sim::node::streams::StoreQuery;
use millrace_view::desk::{
    Asked, Change, DashboardView, Reply, askable, dashboards, instances, reply, restores, shown_topics,
    tables,
};
use millrace_view::{Viewport, scene};

const SALES: &str = "network latency 20ms
kafka-topics --create --topic orders --partitions 1
streams start sales --statestore-cache-max-bytes 0 'stream orders | group by key | sum value | to per-item'
wait 5s
produce orders tea 5
produce orders coffee 9
wait 5s
";

fn board(timeline: &Timeline) -> DashboardView {
    dashboards(timeline, "sales").remove(0)
}

fn rows(board: &DashboardView) -> Vec<String> {
    let row = |row: &millrace_view::desk::Row| {
        let rank = row.rank.map_or("-".to_owned(), |rank| rank.to_string());
        let value = row.value.clone().unwrap_or_else(|| "missing".to_owned());
        let truth = match &row.truth {
            None => String::new(),
            Some(None) => " (gone)".to_owned(),
            Some(Some(truth)) => format!(" ({truth})"),
        };
        format!("{rank} {} {value}{truth} {}", row.key, row.share)
    };
    board.rows.iter().map(row).collect()
}

#[test]
fn a_leaderboard_goes_on_from_its_snapshot_and_falls_when_a_row_is_corrected() {
    let mut timeline = told(&format!("{SALES}dashboard open top --topic per-item\n"));
    assert_eq!(shown_topics(&timeline, "sales")[0].as_str(), "per-item");
    let seen = board(&timeline);
    assert_eq!(rows(&seen), ["1 coffee 9 1000", "2 tea 5 555"]);
    assert_eq!(seen.counted, "2 rows · snapshot of 2 records · no feed");
    tell(&mut timeline, "dashboard feed top --from snapshot\nproduce orders coffee -7\nwait 1s\n");
    let seen = board(&timeline);
    assert_eq!(rows(&seen), ["1 tea 5 1000", "2 coffee 2 400"]);
    assert_eq!(seen.rows[1].change, Some(Change::Fell("9".to_owned())));
    assert_eq!(seen.rows[0].change, None);
    assert_eq!((seen.wrong, seen.totals), (0, Some(("7".to_owned(), "7".to_owned()))));
    assert_eq!(
        seen.reasons,
        ["The feed begins where the snapshot ends: nothing is left out, nothing counts twice."]
    );
    // A moment later it is a row like the others.
    tell(&mut timeline, "wait 5s\n");
    assert_eq!(board(&timeline).rows[1].change, None);
}

#[test]
fn a_feed_from_latest_leaves_a_gap_and_the_board_says_which_rows_are_wrong_and_why() {
    let mut timeline = told(&format!(
        "{SALES}dashboard open top --topic per-item
produce orders tea 1
produce orders milk 3
wait 2s
dashboard feed top --from latest
produce orders coffee 1
wait 2s
"
    ));
    let seen = board(&timeline);
    assert_eq!(rows(&seen), ["1 coffee 10 1000", "2 tea 5 (6) 500", "- milk missing (3) 0"]);
    assert_eq!(seen.wrong, 2);
    assert_eq!((seen.seams[0].missing(), seen.seams[0].told()), (2, 1));
    assert_eq!(
        seen.reasons[0],
        "Partition 0: the snapshot ends before offset 2, the feed begins at 4. Offsets 2 to 3 were written in between, and nobody told the page."
    );
    assert_eq!(seen.totals, Some(("15".to_owned(), "19".to_owned())));
    // What is written again is right again.
    tell(&mut timeline, "produce orders tea 1\nproduce orders milk 1\nwait 2s\n");
    let seen = board(&timeline);
    assert_eq!((seen.wrong, rows(&seen)[1].as_str()), (0, "2 tea 7 700"));
    assert!(seen.reasons[0].contains("by luck"), "{}", seen.reasons[0]);
}

#[test]
fn a_feed_from_the_beginning_tells_again_what_the_snapshot_has_and_it_counts_once() {
    let timeline = told(&format!(
        "{SALES}dashboard open top --topic per-item\ndashboard feed top --from earliest\nproduce orders tea 1\nwait 2s\n"
    ));
    let seen = board(&timeline);
    assert_eq!(rows(&seen), ["1 coffee 9 1000", "2 tea 6 666"]);
    assert_eq!((seen.seams[0].again(), seen.seams[0].told(), seen.wrong), (2, 1, 0));
    assert!(seen.reasons[0].starts_with("The feed told 2 records again"), "{}", seen.reasons[0]);
}

#[test]
fn windows_stand_in_a_dashboards_keys_and_negative_sums_have_bars_too() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 1
streams start sales --statestore-cache-max-bytes 0 'stream orders | group by key | window tumbling 10s | sum value | to n'
wait 5s
produce orders tea 4 --timestamp 12:00:11
produce orders tea -8 --timestamp 12:00:21
wait 5s
dashboard open top --topic n
",
    );
    let seen = board(&timeline);
    assert_eq!(rows(&seen), ["1 tea [12:00:10, 12:00:20) 4 500", "2 tea [12:00:20, 12:00:30) -8 1000"]);
    assert_eq!((seen.rows[0].is_negative, seen.rows[1].is_negative), (false, true));
}

const COUNTS: &str = "network latency 20ms
kafka-topics --create --topic orders --partitions 2
produce orders alice 1
produce orders bob 1
produce orders alice 1
wait 5s
";

fn counts(standbys: u32) -> Timeline {
    told(&format!(
        "{COUNTS}streams start counts --instances 2 --num-standby-replicas {standbys} --statestore-cache-max-bytes 0 'stream orders | group by key | count | to n'\nwait 60s\n"
    ))
}

fn ask(timeline: &Timeline, instance: &str, query: StoreQuery, takes_stale: bool) -> Reply {
    let store = askable(timeline, "counts").stores[0].name.clone();
    let asked = Asked { instance: instance.to_owned(), store, query, takes_stale };
    reply(timeline, "counts", &asked).unwrap()
}

fn key(text: &str) -> StoreQuery {
    StoreQuery::Key(text.as_bytes().into())
}

#[test]
fn an_instance_answers_for_its_own_keys_and_says_who_has_the_others() {
    let timeline = counts(0);
    assert_eq!(askable(&timeline, "counts").instances, ["counts", "counts-2"]);
    let here = ask(&timeline, "counts-2", key("alice"), false);
    assert_eq!((here.rows, here.elsewhere), (vec![["alice", "2", "0_1"].map(str::to_owned)], None));
    let not_here = ask(&timeline, "counts", key("alice"), false);
    assert_eq!(not_here.says, "null: this instance's tasks have no such key");
    assert_eq!(not_here.hosts.as_deref(), Some("alice lies in partition 1: active on counts-2"));
    assert_eq!((not_here.elsewhere.as_deref(), not_here.is_exception), (Some("counts-2"), false));
    let range = ask(&timeline, "counts", StoreQuery::Range((*b"a").into(), (*b"c").into()), false);
    assert_eq!(range.rows, [["bob", "1", "0_0"].map(str::to_owned)]);
}

#[test]
fn a_store_that_is_elsewhere_throws_in_kafkas_words() {
    let mut timeline = counts(0);
    tell(&mut timeline, "streams add counts\nwait 60s\n");
    // Three instances, two tasks: one has nothing.
    let idle = ["counts", "counts-2", "counts-3"]
        .into_iter()
        .map(|instance| ask(&timeline, instance, key("alice"), false))
        .find(|reply| reply.is_exception)
        .unwrap();
    assert!(
        idle.says.starts_with("InvalidStateStoreException: The state store, KSTREAM-AGGREGATE")
            && idle.says.ends_with("may have migrated to another instance."),
        "{}",
        idle.says
    );
}

fn told_of(timeline: &Timeline) -> Vec<String> {
    let views = instances(timeline, "counts");
    let one = |view: &millrace_view::desk::InstanceView| {
        let tasks = view.tasks.iter().map(|task| {
            let logs = task
                .logs
                .iter()
                .map(|log| format!(" {} {}/{} {}", log.says, log.position, log.end, log.share));
            format!("{} {}{}", task.id, task.phase, logs.collect::<String>())
        });
        format!("{} {}: {}", view.name, view.state, tasks.collect::<Vec<_>>().join("; "))
    };
    views.iter().map(one).collect()
}

#[test]
fn after_a_crash_nobody_runs_a_task_until_the_group_knows_and_then_its_state_comes_back() {
    let mut timeline = counts(0);
    assert_eq!(
        told_of(&timeline),
        ["counts running: 0_0 running whole 1/1 1000", "counts-2 running: 0_1 running whole 2/2 1000"]
    );
    tell(&mut timeline, "streams crash counts counts-2\nwait 5s\n");
    assert_eq!(
        told_of(&timeline),
        ["counts running: 0_0 running whole 1/1 1000", "counts-2 crashed: 0_1 nobody runs it"]
    );
    let values = |timeline: &Timeline| tables(timeline, "counts")[0].rows.clone();
    assert_eq!(
        values(&timeline),
        [["bob", "1", "0_0"].map(str::to_owned)],
        "the state went with the process"
    );
    tell(&mut timeline, "wait 60s\n");
    assert_eq!(
        told_of(&timeline),
        ["counts running: 0_0 running whole 1/1 1000; 0_1 running whole 2/2 1000", "counts-2 crashed: "]
    );
    assert_eq!(values(&timeline).len(), 2);
    let told = restores(&timeline, "counts");
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("Task 0_1 on counts: 2 records came back from counts-KSTREAM-AGGREGATE")
            && told[0].contains("-changelog-1 in "),
        "{}",
        told[0]
    );
}

#[test]
fn a_standby_follows_and_takes_over_without_a_restore() {
    let mut timeline = counts(1);
    assert_eq!(
        told_of(&timeline),
        [
            "counts running: 0_0 running whole 1/1 1000; 0_1 standby whole 2/2 1000",
            "counts-2 running: 0_1 running whole 2/2 1000; 0_0 standby whole 1/1 1000"
        ]
    );
    tell(&mut timeline, "streams crash counts counts-2\nwait 60s\n");
    let told = restores(&timeline, "counts");
    assert!(told[0].starts_with("Task 0_1 on counts: its standby took over"), "{told:?}");
}

/// A board is of the application, whichever of its instances runs a task.
#[test]
fn the_windows_of_all_instances_stand_on_the_board() {
    let mut timeline = told(&format!(
        "{COUNTS}streams start counts --instances 2 --statestore-cache-max-bytes 0 'stream orders | group by key | window tumbling 10s grace 5s | count | to n'\nwait 60s\n"
    ));
    tell(&mut timeline, "produce orders alice 1\nproduce orders bob 1\nwait 2s\n");
    let stage = scene(timeline.world(), Viewport { width: 1_000.0, is_touch: false });
    let keys: Vec<&str> = stage.boards[0].rows.iter().map(|row| &*row.key).collect();
    assert_eq!(keys, ["bob", "alice"]);
    let tasks: Vec<&str> = stage.boards[0].tasks.iter().map(|clock| clock.task.as_str()).collect();
    assert_eq!(tasks, ["0_0", "0_1"]);
    assert_eq!(stage.boards[0].store.len(), 2);
}
