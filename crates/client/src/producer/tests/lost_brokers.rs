//! The coordinator, or whoever is asked for it, is lost or silent.

use super::transactions::{begun, call, send_one, transactional};
use super::*;

#[test]
fn a_coordinator_that_is_silent_is_looked_for_again() {
    let mut rig = begun(transactional());
    send_one(&mut rig, "1");
    rig.due();
    let lines = rig.step(ProducerInput::Disconnected(BrokerId(1)));
    let again = "AddPartitionsToTxn again: NETWORK_EXCEPTION, looks for the coordinator";
    assert!(lines.iter().any(|line| line == again), "{lines:?}");
    rig.sent.clear();
    let lines = rig.due();
    assert!(lines.iter().any(|line| line.starts_with("FindCoordinator")), "{lines:?}");
}

/// The timer of a request is due when the request is over, not before: otherwise it would be due for ever.
#[test]
fn a_silent_coordinator_is_given_up_when_it_is_waited_for_longer_than_request_timeout_ms() {
    let config = ProducerConfig { request_timeout: Span::from_millis(2_000), ..transactional() };
    let mut rig = begun(config);
    send_one(&mut rig, "1");
    assert_eq!(rig.due(), ["AddPartitionsToTxn c3"]);
    assert_eq!(rig.run(millis(2_000)), Vec::<String>::new());
    let lines = rig.run(millis(2_001));
    let again = "AddPartitionsToTxn again: NETWORK_EXCEPTION, looks for the coordinator";
    assert!(lines.iter().any(|line| line == again), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("FindCoordinator")), "{lines:?}");
}

/// Whoever is lost is asked again only after the others.
#[test]
fn another_broker_is_asked_for_the_coordinator_if_one_is_lost() {
    let mut rig = Rig::orders(transactional());
    rig.producer = Producer::new("p".into(), transactional(), [1, 2, 3].map(BrokerId).to_vec());
    rig.step(call(TransactionCall::InitTransactions));
    let mut asked = Vec::new();
    for round in 1..=5 {
        rig.run(millis(round * 1_000));
        let to = rig.sent.pop().unwrap().to;
        asked.push(to.0);
        rig.step(ProducerInput::Disconnected(to));
    }
    assert_eq!(asked, [1, 2, 3, 1, 2]);
}
