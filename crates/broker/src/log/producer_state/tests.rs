use super::*;

fn batch(sequence: i32, records: i32, at: i64) -> ProducedBatch {
    ProducedBatch {
        producer_id: ProducerId(1),
        producer_epoch: ProducerEpoch(0),
        base_sequence: sequence,
        base_offset: Offset(at),
        last_offset_delta: records - 1,
        max_timestamp: Timestamp(at),
        is_transactional: false,
    }
}

fn append(state: &mut ProducerState, batch: &ProducedBatch) -> Result<Option<i64>, &'static str> {
    match state.prepare(batch, AppendOrigin::Client) {
        Ok(Verdict::Append(prepared)) => {
            state.update(&prepared);
            Ok(None)
        }
        Ok(Verdict::Duplicate(known)) => Ok(Some(known.first_offset().0)),
        Err(error) => Err(error.exception()),
    }
}

#[test]
fn five_batches_are_remembered_and_a_sixth_back_is_out_of_order() {
    let mut state = ProducerState::default();
    for n in 0..6 {
        assert_eq!(append(&mut state, &batch(2 * n, 2, i64::from(2 * n))), Ok(None));
    }
    for n in 1..6 {
        assert_eq!(append(&mut state, &batch(2 * n, 2, 99)), Ok(Some(i64::from(2 * n))));
    }
    assert_eq!(append(&mut state, &batch(0, 2, 99)), Err("OutOfOrderSequenceException"));
    assert_eq!(append(&mut state, &batch(2, 3, 99)), Err("OutOfOrderSequenceException"));
    assert_eq!(append(&mut state, &batch(13, 1, 99)), Err("OutOfOrderSequenceException"));
    assert_eq!(append(&mut state, &batch(12, 1, 12)), Ok(None));
}

#[test]
fn sequence_numbers_begin_again_at_zero_within_a_batch_too() {
    let mut state = ProducerState::default();
    assert_eq!(append(&mut state, &batch(i32::MAX - 1, 4, 0)), Ok(None));
    assert_eq!(state.producer(ProducerId(1)).map(ProducerStateEntry::last_seq), Some(1));
    assert_eq!(append(&mut state, &batch(i32::MAX - 1, 4, 4)), Ok(Some(0)));
    assert_eq!(append(&mut state, &batch(2, 1, 4)), Ok(None));
    assert_eq!(append(&mut state, &batch(i32::MAX, 1, 5)), Err("OutOfOrderSequenceException"));
}

#[test]
fn an_open_transaction_holds_readers_until_its_marker_is_replicated() {
    let mut state = ProducerState::default();
    let open = ProducedBatch { is_transactional: true, ..batch(0, 2, 5) };
    assert_eq!(append(&mut state, &open), Ok(None));
    assert_eq!(state.first_unstable_offset(), Some(Offset(5)));
    assert_eq!(append(&mut state, &batch(2, 1, 7)), Err("InvalidTxnStateException"));
    state.remove_expired(Timestamp(99_999), 10);
    assert_eq!(state.producers().count(), 1);
    let marker = EndTransactionMarker {
        producer_id: ProducerId(1),
        producer_epoch: ProducerEpoch(1),
        coordinator_epoch: 3,
        committed: false,
        offset: Offset(7),
        timestamp: Timestamp(8),
    };
    let prepared = state.prepare_marker(&marker, AppendOrigin::Coordinator).unwrap();
    let first_offset = Offset(5);
    let completed =
        CompletedTxn { producer_id: ProducerId(1), first_offset, last_offset: Offset(7), is_aborted: true };
    assert_eq!(prepared.completed, Some(completed));
    state.update(&prepared);
    state.on_high_watermark_updated(Offset(7));
    assert_eq!(state.first_unstable_offset(), Some(Offset(5)));
    state.on_high_watermark_updated(Offset(8));
    assert_eq!(state.first_unstable_offset(), None);
    // The marker has fenced the old epoch, and an older coordinator is fenced itself.
    assert_eq!(append(&mut state, &open), Err("InvalidProducerEpochException"));
    let zombie = EndTransactionMarker { coordinator_epoch: 2, ..marker };
    let said = state.prepare_marker(&zombie, AppendOrigin::Coordinator).unwrap_err().exception();
    assert_eq!(said, "TransactionCoordinatorFencedException");
    assert!(state.prepare_marker(&zombie, AppendOrigin::Replication).is_ok());
    state.remove_expired(Timestamp(18), 10);
    assert_eq!(state.producers().count(), 0);
}

/// Who would be forgotten next is known without a look at the others, whatever they do.
#[test]
fn the_next_to_expire_is_the_one_that_has_been_silent_for_longest() {
    let mut state = ProducerState::default();
    let of = |id: i64, sequence: i32, at: i64, is_transactional: bool| ProducedBatch {
        producer_id: ProducerId(id),
        is_transactional,
        ..batch(sequence, 1, at)
    };
    let check = |state: &ProducerState| {
        let idle = state.producers().filter(|entry| entry.current_txn_first_offset.is_none());
        let last = idle.map(|entry| entry.last_timestamp.0).min();
        assert_eq!(state.expires_at(100), last.map(|last| Timestamp(last + 100)));
        state.expires_at(100).map(|at| at.0)
    };
    let mut found = vec![check(&state)];
    // 1 writes, 2 writes, 1 writes again; 3 writes with an old timestamp, 2 begins a transaction; then it is aborted.
    for batch in [
        of(1, 0, 10, false),
        of(2, 0, 20, false),
        of(1, 1, 30, false),
        of(3, 0, 5, false),
        of(3, 1, 40, false),
        of(2, 1, 50, true),
    ] {
        assert_eq!(append(&mut state, &batch), Ok(None));
        found.push(check(&state));
    }
    let marker = EndTransactionMarker {
        producer_id: ProducerId(2),
        producer_epoch: ProducerEpoch(0),
        coordinator_epoch: 0,
        committed: false,
        offset: Offset(60),
        timestamp: Timestamp(25),
    };
    state.update(&state.prepare_marker(&marker, AppendOrigin::Client).unwrap());
    found.push(check(&state));
    state.remove_expired(Timestamp(126), 100);
    found.push(check(&state));
    assert_eq!(
        found,
        [None, Some(110), Some(110), Some(120), Some(105), Some(120), Some(130), Some(125), Some(130)]
    );
}
