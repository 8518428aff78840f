//! The transaction board as text: what the coordinator knows, what lies in the partitions, who waits.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{tell, told};
use millrace_sim::Timeline;
use millrace_view::desk::board::{Board, CellKind, Outcome, Phase, board, has_transactions, text};

/// A partition with two readers, one of each isolation level, and a producer with transactions.
const SHOP: &str = "
network latency 5ms
kafka-topics --create --topic orders --partitions 1
app start audit --topic orders --isolation-level read_committed
app start watch --topic orders
producer start shop --topic orders --transactional-id shop-1
producer start plain --topic orders
wait 8s
";

fn seen(timeline: &Timeline) -> Board {
    board(timeline, 720.0)
}

fn picture(timeline: &Timeline) -> String {
    text::picture(&seen(timeline))
}

#[test]
fn a_world_without_transactional_ids_has_nothing_to_show() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 1\nproducer start plain --topic orders\nproduce orders a 1\nwait 2s\n",
    );
    assert!(!has_transactions(timeline.world()));
    let board = seen(&timeline);
    assert!(board.lanes.is_empty() && board.transactions.is_empty() && board.told.is_empty());
}

#[test]
fn an_id_without_a_transaction_has_a_card_and_no_lane() {
    let timeline = told(SHOP);
    assert!(has_transactions(timeline.world()));
    assert_eq!(
        picture(&timeline),
        "shop-1 [Empty] coordinator broker 1 · producer id 0, epoch 0
  shop: READY (producer begin shop)
"
    );
}

/// `x` and `y` belong to no transaction; `y` has come while one was open.
const OPEN: &str = "
produce orders x 0 --producer plain
wait 1s
producer begin shop
produce orders alice 1 --producer shop
wait 1s
produce orders bob 2 --producer shop
produce orders y 1 --producer plain
wait 1s
";

#[test]
fn readers_of_committed_records_wait_behind_the_last_stable_offset() {
    let mut timeline = told(SHOP);
    tell(&mut timeline, OPEN);
    assert_eq!(
        picture(&timeline),
        "shop-1 [Ongoing] coordinator broker 1 · producer id 0, epoch 0 · open for 1.9 s of 60 s · will mark orders-0
  shop: IN_TRANSACTION (producer commit shop; producer abort shop; producer crash shop)
orders-0 x|aby · 1 reader waits at offset 1
  shop-1 1.. open
  audit/c1 @1 read_committed · waits
  watch/c1 @4 read_uncommitted
"
    );
    let board = seen(&timeline);
    assert_eq!((board.transactions[0].phase, board.transactions[0].commits), (Phase::Ongoing, None));
    let kinds: Vec<CellKind> = board.lanes[0].cells.iter().map(|cell| cell.kind).collect();
    let open = CellKind::Of(Outcome::Open);
    assert_eq!(kinds, [CellKind::Plain, open, open, CellKind::Plain]);
    // A commit is a marker in the log, and the next epoch (KIP-890); then nothing holds anybody back.
    tell(&mut timeline, "producer commit shop\nwait 1s\n");
    assert_eq!(
        picture(&timeline),
        "shop-1 [CompleteCommit] coordinator broker 1 · producer id 0, epoch 1
  shop: READY (producer begin shop)
orders-0 xaby✓ · nothing is open: read_committed sees all
  shop-1 1..4 committed
  audit/c1 @5 read_committed
  watch/c1 @5 read_uncommitted
"
    );
}

#[test]
fn an_aborted_transaction_stays_in_the_log_with_its_marker() {
    let mut timeline = told(SHOP);
    tell(&mut timeline, OPEN);
    tell(&mut timeline, "producer abort shop\nwait 1s\n");
    let board = seen(&timeline);
    assert_eq!((board.transactions[0].phase, board.transactions[0].commits), (Phase::Complete, Some(false)));
    let lane = &board.lanes[0];
    let kinds: Vec<CellKind> = lane.cells.iter().map(|cell| cell.kind).collect();
    let aborted = CellKind::Of(Outcome::Aborted);
    assert_eq!(kinds, [CellKind::Plain, aborted, aborted, CellKind::Plain, CellKind::Abort]);
    assert_eq!(lane.cells[4].says, "ABORT marker at offset 4, of shop-1, coordinator epoch 0");
    let told: Vec<String> = board.told.into_iter().map(|told| told.text).collect();
    assert_eq!(
        told[..4],
        [
            "transaction shop-1: CompleteAbort, producer epoch 1",
            "orders-0: 1 record appended at offset 4, high watermark 5",
            "transaction shop-1: PrepareAbort, producer epoch 1",
            "transaction shop-1: Ongoing, producer epoch 0",
        ]
    );
}

#[test]
fn what_a_crash_leaves_open_is_said_until_its_time_is_over() {
    let mut timeline = told(SHOP);
    tell(&mut timeline, OPEN);
    tell(&mut timeline, "producer crash shop\nwait 1s\n");
    let card = &seen(&timeline).transactions[0];
    assert!(card.clients.is_empty());
    assert!(
        card.note.as_ref().unwrap().starts_with("No producer bears this id any more."),
        "{:?}",
        card.note
    );
    assert_eq!(card.spent, 48, "2.9 of 60 seconds");
    tell(&mut timeline, "wait 70s\n");
    let board = seen(&timeline);
    assert_eq!((board.transactions[0].state.as_str(), &board.transactions[0].note), ("CompleteAbort", &None));
    assert_eq!(board.lanes[0].spans[0].outcome, Outcome::Aborted);
}

/// Two transactions in one partition at a time stand above each other, in two colours.
#[test]
fn transactions_that_overlap_have_rows_of_their_own() {
    let mut timeline = told(SHOP);
    tell(&mut timeline, "producer start till --topic orders --transactional-id till-1\nwait 1s\n");
    tell(
        &mut timeline,
        "producer begin shop\nproducer begin till\nproduce orders a 1 --producer shop\nwait 1s
produce orders b 1 --producer till\nwait 1s\nproducer commit shop\nwait 1s
producer begin shop\nproduce orders c 1 --producer shop\nwait 1s\n",
    );
    let board = seen(&timeline);
    let lane = &board.lanes[0];
    let rows: Vec<_> = lane.spans.iter().map(|span| (span.name.as_str(), span.first.0, span.row)).collect();
    assert_eq!(rows, [("shop-1", 0, 0), ("till-1", 1, 1), ("shop-1", 3, 0)]);
    assert_ne!(lane.spans[0].hue, lane.spans[1].hue);
    // What is committed behind an open transaction waits, too: the first unstable offset is till's.
    assert_eq!((lane.last_stable_offset.0, lane.high_watermark.0), (1, 4));
    for span in &lane.spans {
        assert!(span.rect.bottom() <= lane.trough.y, "{span:?}");
    }
    let (veil, wait) = (lane.veil.unwrap(), lane.stable_x);
    assert!(veil.x == wait && veil.right() == lane.watermark_x);
}

#[test]
fn a_barrier_far_back_stays_in_sight() {
    let mut timeline = told(SHOP);
    tell(&mut timeline, OPEN);
    let more: String = (0..60).map(|n| format!("produce orders k{n} 1 --producer plain\n")).collect();
    tell(&mut timeline, &more);
    tell(&mut timeline, "wait 1s\n");
    for width in [300.0, 720.0, 1_300.0] {
        let board = board(&timeline, width);
        let lane = &board.lanes[0];
        assert!(lane.cells.iter().any(|cell| cell.offset == lane.last_stable_offset), "{width}");
        assert!(lane.cells.iter().all(|cell| cell.rect.right() <= lane.trough.right()), "{width}");
        assert!(lane.readers.iter().all(|reader| reader.rect.right() <= width), "{width}");
        assert_eq!(lane.beyond[1] > 0, width < 1_300.0 || lane.cells.len() < 64, "{width}");
    }
}
