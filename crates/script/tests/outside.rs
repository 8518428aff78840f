//! What is not Kafka's and stands beside it: services that call each other while their callers wait, and a queue that forgets.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod hands;

use hands::{complaints, holds};

const CHAIN: &str = "
service start courier --latency 20ms --capacity 4
service start payment --latency 20ms --capacity 8 --calls courier
service start warehouse --latency 20ms --capacity 16 --calls payment
service start checkout --latency 20ms --capacity 32 --calls warehouse --timeout 10s
service load checkout 10
";

#[test]
fn latency_is_the_sum_of_the_hops() {
    // Four times 20 ms of work, four times 1 ms there and back.
    holds(&format!(
        "{CHAIN}wait 10500ms
service load checkout off
wait 1s
expect answered(checkout) == 106
expect denied(checkout) == 0
expect calls(courier) == 106
expect p50(checkout) == 88ms
expect p99(checkout) == 88ms
expect exhausted(checkout) == none"
    ));
}

#[test]
fn a_failing_service_fails_every_call_and_holds_nobody() {
    holds(&format!(
        "{CHAIN}wait 10s
service break payment
wait 10s
service mend payment
wait 10s
service load checkout off
wait 1s
expect denied(checkout) == 100
expect answered(checkout) == 201
expect calls(warehouse) == 301
expect exhausted(payment) == none
expect p99(checkout) < 100ms"
    ));
}

#[test]
fn a_slow_service_exhausts_the_pools_from_the_end_to_the_beginning() {
    holds(&format!(
        "{CHAIN}wait 10s
service break courier --errors 0 --latency 3s
wait 1m
expect exhausted(payment) > exhausted(courier)
expect exhausted(warehouse) > exhausted(payment)
expect exhausted(checkout) > exhausted(warehouse)
expect denied(checkout) > 100
expect p99(checkout) > 10s"
    ));
}

#[test]
fn who_gives_up_waiting_leaves_the_work_in_the_queue() {
    holds(
        "service start slow --latency 2s --capacity 1
service start front --latency 0ms --capacity 100 --calls slow --timeout 500ms
service load front 2
wait 10s
service load front off
wait 30s
expect denied(front) == 21
expect answered(front) == 0
expect calls(slow) == 21
expect p99(front) == 502ms",
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let said = complaints(
        "service start a --calls b
service start a
service start b --calls a
service load c 10
kafka-topics --create --topic orders
app start billing --topic orders --calls b
queue start tasks
queue start tasks
queue send task 1
queue worker tasks w1
queue crash tasks w2
queue crash tasks w1
queue crash tasks w1",
    );
    assert_eq!(
        said,
        [
            "there is no service \"b\"",
            "there is no service \"c\"",
            "b calls a service itself; an application can call only one that calls none (service load calls both)",
            "there is a queue \"tasks\" already",
            "there is no queue \"task\"; did you mean \"tasks\"?",
            "there is no worker \"w2\"; did you mean \"w1\"?",
            "w1 is dead already",
        ]
    );
}

#[test]
fn a_dead_workers_message_is_done_by_another_one_and_behind_later_ones() {
    holds(
        "queue start tasks
queue worker tasks w1 --work 2s
queue worker tasks w2 --work 2s
queue worker tasks w3 --work 2s
queue send tasks 6
wait 1s
expect unacked(tasks) == 3
expect ready(tasks) == 3
queue crash tasks w1
wait 1s
expect ready(tasks) == 4
wait 20s
expect redelivered(tasks) == 1
expect worked(tasks) == 6
expect again(tasks) == 0
expect overtook(tasks) == 1
expect acked(tasks) == 6
expect ready(tasks) == 0",
    );
}

#[test]
fn nobody_is_pushed_more_than_the_prefetch() {
    holds(
        "queue start tasks --prefetch 7
queue worker tasks w1 --work 200ms
queue rate tasks 20
wait 10s
expect unacked(tasks) == 7
expect ready(tasks) == 145
queue rate tasks off
wait 1m
expect acked(tasks) == 201
expect overtook(tasks) == 0",
    );
}

#[test]
fn with_a_visibility_timeout_a_death_is_noticed_late_and_a_slow_worker_is_taken_for_dead() {
    holds(
        "queue start tasks --visibility-timeout 30s
queue worker tasks w1 --work 1s
queue send tasks 1
wait 500ms
queue crash tasks w1
queue worker tasks w2 --work 1s
wait 29s
expect worked(tasks) == 0
wait 3s
expect acked(tasks) == 1
expect redelivered(tasks) == 1",
    );
    holds(
        "queue start tasks --visibility-timeout 5s
queue worker tasks w1 --work 8s
queue worker tasks w2 --work 1s
queue send tasks 2
wait 20s
expect acked(tasks) == 2
expect worked(tasks) == 3
expect again(tasks) == 1",
    );
    // Nobody else is there to take it: it can be acknowledged all the same.
    holds(
        "queue start tasks --visibility-timeout 5s
queue worker tasks w1 --work 8s
queue send tasks 1
wait 20s
expect acked(tasks) == 1
expect again(tasks) == 0",
    );
}
