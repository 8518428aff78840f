//! Two futures side by side, as text.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use millrace_model::{Span, Time};
use millrace_sim::{BranchId, Setup, Timeline};
use millrace_view::beside::{beside, measured};
use millrace_view::{Target, futures};

const SHOP: &str = "
network latency 20ms
kafka-topics --create --topic orders --partitions 2
app start billing --topic orders --instances 2 --work 100ms --fails 'value.amount < 0' --retry topics --attempts 2 --backoff 1s
streams start counts 'stream orders | group by key | count | to per-customer'
producer start checkout --topic orders
wait until 12:00:15
produce orders alice '{\"amount\": 1}' + bob '{\"amount\": 2}'
wait until 12:00:20
";

/// At 20 s one future goes on with an order of alice's, the other with one of bob's that fails and a crash.
fn two() -> Timeline {
    let mut timeline = Timeline::new(Setup::default());
    common::tell(&mut timeline, SHOP);
    let home = timeline.moment();
    common::tell(&mut timeline, "produce orders alice '{\"amount\": 7}'\nwait until 12:00:40");
    timeline.go_to(home);
    common::tell(
        &mut timeline,
        "produce orders bob '{\"amount\": -7}'\nconsumer crash billing/c2\nwait until 12:00:40",
    );
    assert_eq!(futures(&timeline).lines.len(), 2);
    timeline
}

#[test]
fn what_differs_is_listed_and_nothing_else() {
    let here = two();
    let mut there = here.alone(BranchId(0)).unwrap();
    there.follow(here.world().now(), usize::MAX);
    assert_eq!(there.world().now(), here.world().now());
    let compared = beside(here.world(), there.world());
    let text = compared.to_string();
    for wanted in [
        "Topics\n",
        "  orders-0 log end offset: ",
        "first record that differs: ",
        "Groups\n",
        "  billing members: c1, c2 crashed | c1, c2\n",
        "Outcomes and dead letters\n",
        "  billing dead letters: 1 | 0\n",
        "Streams results\n",
        "  per-customer newest of bob: 2 | 1\n",
        "  per-customer newest of alice: 1 | 2\n",
    ] {
        assert!(text.contains(wanted), "{wanted:?} in\n{text}");
    }
    assert!(!text.contains("log start offset"), "what is alike is not listed:\n{text}");
    assert!(compared.sections.iter().any(|section| section.rows.iter().any(|row| !row.differs())));
    let count = compared.different().count();
    assert!(compared.says().starts_with(&format!("{count} things differ: ")), "{}", compared.says());
    assert!(compared.targets().contains(&Target::Group("billing".into())), "{:?}", compared.targets());
}

#[test]
fn before_the_fork_nothing_differs_and_it_is_symmetrical() {
    let mut here = two();
    let mut there = here.alone(BranchId(0)).unwrap();
    let ours = beside(here.world(), there.world());
    let (a, b) = (ours.different().count(), beside(there.world(), here.world()).different().count());
    assert_eq!(a, b);
    here.seek(Time::ZERO + Span::from_secs(18));
    there.follow(here.world().now(), usize::MAX);
    assert_eq!(beside(here.world(), there.world()).says(), "Nothing differs at this moment.");
    assert_eq!(here.world().state_hash(), there.world().state_hash());
    assert_eq!(measured(&here, &there).rows.iter().filter(|row| row.differs()).count(), 0);
}

#[test]
fn metrics_are_compared_by_their_names() {
    let here = two();
    let mut there = here.alone(BranchId(0)).unwrap();
    there.follow(here.world().now(), usize::MAX);
    let section = measured(&here, &there);
    let different: Vec<String> =
        section.rows.iter().filter(|row| row.differs()).map(|row| row.what.clone()).collect();
    assert!(different.iter().any(|what| what.contains("group=\"billing\"")), "{different:?}");
    assert!(section.rows.len() > different.len());
}

#[test]
fn the_other_goes_on_beyond_its_end_and_back_again() {
    let mut here = two();
    let mut there = here.alone(BranchId(0)).unwrap();
    let end = there.branch().frontier();
    here.run_until(end + Span::from_secs(30), usize::MAX);
    there.follow(here.world().now(), usize::MAX);
    assert_eq!(
        there.world().now(),
        here.world().now(),
        "its own future goes on for as long as it is compared"
    );
    let far = there.world().state_hash();
    there.follow(Time::ZERO + Span::from_secs(21), usize::MAX);
    assert_eq!(there.world().now(), Time::ZERO + Span::from_secs(21));
    there.follow(here.world().now(), usize::MAX);
    assert_eq!(there.world().state_hash(), far);
    assert_eq!(
        here.alone(BranchId(0)).unwrap().branch().frontier(),
        end,
        "and the history on stage knows nothing of it"
    );
    assert!(here.alone(BranchId(9)).is_none());
}
