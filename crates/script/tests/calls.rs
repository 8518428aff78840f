//! What stands around the call of a service: bulkhead, rate limiter, breaker with slow calls, hedging; and the bounded buffer of
//! a thread pool.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod hands;

use hands::holds;

/// Ten messages a second, e-mails and texts in turn; the service for texts takes five seconds.
fn channels(options: &str) -> String {
    format!(
        "
kafka-topics --create --topic messages --partitions 2
service start email --latency 20ms --capacity 20
service start sms --latency 20ms --capacity 20
producer start shop --topic messages
app start notify --topic messages --threads 4 --commit manual --calls-by key {options}
wait 5s
service break sms --errors 0 --latency 5s
producer rate shop 10 --keys email,sms
wait 20s
producer rate shop off
"
    )
}

#[test]
fn a_bulkhead_keeps_the_threads_from_one_slow_service() {
    let shared = channels("");
    holds(&format!("{shared}expect p99(notify, email) > 3s\nexpect rejected(notify) == 0"));
    let walled = channels("--max-concurrent-calls 2");
    holds(&format!(
        "{walled}expect p99(notify, email) < 100ms\nexpect rejected(notify) > 50\nexpect p50(notify, sms) > 4s"
    ));
    // Who waits for a place holds a thread all the same.
    let waiting = channels("--max-concurrent-calls 2 --max-wait-duration 1m");
    holds(&format!("{waiting}expect p99(notify, email) > 3s\nexpect rejected(notify) == 0"));
}

fn limited(options: &str) -> String {
    format!(
        "
kafka-topics --create --topic orders --partitions 1
service start stock --latency 1ms --capacity 10
producer start shop --topic orders
app start billing --topic orders --calls stock --retry none {options}
wait 5s
producer rate shop 20
wait 10s
"
    )
}

#[test]
fn a_rate_limiter_makes_threads_wait_or_refuses_them() {
    holds(&format!("{}expect calls(stock) > 190\nexpect lag(billing) < 10", limited("")));
    let slowed = limited("--limit-for-period 5 --limit-refresh-period 1s --timeout-duration 5s");
    holds(&format!(
        "{slowed}expect calls(stock) >= 50\nexpect calls(stock) <= 55\nexpect rejected(billing) == 0\nexpect lag(billing) > 100"
    ));
    let refused = limited("--limit-for-period 5 --limit-refresh-period 1s --timeout-duration 0ms");
    holds(&format!(
        "{refused}expect calls(stock) <= 55\nexpect rejected(billing) > 100\nexpect skipped(billing) > 100\nexpect lag(billing) < 30"
    ));
    // Whoever waits in vain does so for the whole time.
    let vain = limited("--limit-for-period 1 --limit-refresh-period 10s --timeout-duration 2s");
    holds(&format!(
        "{vain}expect rejected(billing) >= 2\nexpect rejected(billing) <= 4\nexpect calls(stock) <= 2"
    ));
}

#[test]
fn a_breaker_opens_for_calls_that_are_slow_and_succeed() {
    let slow = |options: &str| {
        limited(&format!(
            "--failure-rate-threshold 50 --sliding-window-size 5 --minimum-number-of-calls 5 --wait-duration-in-open-state 30s --permitted-number-of-calls-in-half-open-state 2 --when-open pause {options}"
        )) + "service break stock --errors 0 --latency 500ms\nwait 20s\n"
    };
    holds(&format!("{}expect tripped(billing) == 0", slow("")));
    let watched = slow("--slow-call-rate-threshold 50 --slow-call-duration-threshold 400ms");
    holds(&format!(
        "{watched}expect tripped(billing) == 1\nexpect lost(billing) == 0\nexpect skipped(billing) == 0"
    ));
}

/// A tenth of the calls takes two seconds.
fn tail(options: &str) -> String {
    format!(
        "
kafka-topics --create --topic orders --partitions 1
service start stock --latency 10ms --capacity 10
producer start shop --topic orders
app start billing --topic orders --calls stock {options}
wait 5s
service break stock --errors 0 --latency 2s --share 10
producer rate shop 1 --value '{{\"n\": ${{n}}}}'
wait 120s
producer rate shop off
wait 1m
expect once(billing) == expected(billing)
"
    )
}

#[test]
fn a_second_call_beats_the_tail_and_costs_calls() {
    holds(&format!(
        "{}expect p95(billing) > 2s\nexpect hedged(billing) == 0\nexpect calls(stock) <= 121",
        tail("")
    ));
    // One in a hundred meets the tail twice.
    let hedged = tail("--hedge-after 50ms");
    holds(&format!(
        "{hedged}expect p95(billing) < 300ms\nexpect hedged(billing) >= 5\nexpect hedged(billing) <= 25\nexpect calls(stock) > 125"
    ));
    // Too soon, and all calls are made twice.
    let doubled = tail("--hedge-after 5ms");
    holds(&format!("{doubled}expect hedged(billing) > 115\nexpect calls(stock) > 230"));
}

fn buffered(options: &str) -> String {
    format!(
        "
kafka-topics --create --topic orders --partitions 2
producer start shop --topic orders
app start billing --topic orders --threads 2 --work 500ms --commit manual --max-poll-records 50 --max-poll-interval 8s {options}
wait 5s
producer rate shop 20
wait 60s
producer rate shop off
"
    )
}

#[test]
fn a_bounded_buffer_pauses_and_resumes_instead_of_growing_or_of_missing_polls() {
    holds(&format!("{}expect buffered(billing) > 900", buffered("")));
    let blocking = buffered("--queue-capacity 100");
    holds(&format!("{blocking}expect timeouts(billing, max.poll.interval.ms) > 0"));
    let paused = buffered("--queue-capacity 200 --pause-above 100 --resume-below 20") + "wait 6m\n";
    holds(&format!(
        "{paused}expect buffered(billing) <= 150\nexpect timeouts(billing, max.poll.interval.ms) == 0\nexpect rebalances(billing) == 1\nexpect lag(billing) == 0\nexpect once(billing) == expected(billing)"
    ));
}
