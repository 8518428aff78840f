//! What a page shows of an output topic: a snapshot, and what its feed brings from then on.

use crate::{says, tell, told};
use millrace_script::Runner;

/// Whenever a page connects, and however long it takes from its snapshot to its feed: from the snapshot's offset on it
/// shows what the topic says; from now on it may have missed something, and says where.
#[test]
fn a_page_shows_what_the_topic_says_if_its_feed_goes_on_where_its_snapshot_ends() {
    let mut runner = told(
        "kafka-topics --create --topic orders --partitions 3
streams start sales --statestore-cache-max-bytes 0 'table orders | group table by value.item | sum value.amount | to per-item'
wait 5s",
    );
    let order = |runner: &mut Runner, n: usize| {
        let item = ["tea", "coffee", "cake"][n * 7 % 3];
        let line =
            format!("produce orders o{} '{{\"item\": \"{item}\", \"amount\": {}}}'", n * 5 % 11, n * 3 % 8);
        tell(runner, &format!("{line}\nwait {}ms", n * 13 % 40));
    };
    let mut missed = 0;
    for connect in 0..50 {
        order(&mut runner, connect);
        let mut page = runner.clone();
        tell(&mut page, "dashboard open page --topic per-item\ndashboard open late --topic per-item");
        tell(&mut page, "dashboard open all --topic per-item");
        (0..connect % 4).for_each(|more| order(&mut page, connect + more + 1));
        tell(&mut page, "dashboard feed page --from snapshot\ndashboard feed late --from latest");
        tell(&mut page, "dashboard feed all --from earliest");
        for more in 0..4 {
            order(&mut page, connect + more + 50);
            tell(&mut page, "expect differs(page) == 0\nexpect differs(all) == 0");
        }
        let world = page.timeline().world();
        let (_, gaps) = world.dashboard("late").unwrap();
        let differences = world.dashboard_differences("late");
        assert!(differences.is_empty() || !gaps.is_empty(), "what is missing is known");
        missed += usize::from(!differences.is_empty());
        assert_eq!(world.dashboard("page").unwrap().1, []);
    }
    assert!(missed > 5, "{missed}");
}

#[test]
fn a_leaderboard_on_a_page_falls_when_an_order_is_cancelled() {
    let mut runner = told(
        "kafka-topics --create --topic orders --partitions 1
streams start sales --statestore-cache-max-bytes 0 'table orders | group table by value.item | sum value.amount | to per-item'
wait 5s
produce orders o1 '{\"item\": \"tea\", \"amount\": 12}'
produce orders o2 '{\"item\": \"coffee\", \"amount\": 9}'
wait 5s
dashboard open page --topic per-item
dashboard feed page --from snapshot",
    );
    let top = |runner: &Runner| -> Vec<String> {
        let (board, _) = runner.timeline().world().dashboard("page").unwrap();
        board.top(3).iter().map(|row| format!("{}. {} {}", row.rank, row.key, row.value)).collect()
    };
    assert_eq!(top(&runner), ["1. tea 12", "2. coffee 9"]);
    tell(&mut runner, "produce orders o1 '{\"item\": \"tea\", \"amount\": 0}'\nwait 5s");
    assert_eq!(top(&runner), ["1. coffee 9", "2. tea 0"]);
    assert_eq!(
        says(&mut runner, "dashboard feed paeg --from latest"),
        ["there is no dashboard \"paeg\"; did you mean \"page\"?"]
    );
    let lost = says(&mut runner, "dashboard open page --topic per-itme");
    assert_eq!(lost, ["there is no topic \"per-itme\"; did you mean \"per-item\"?"]);
}
