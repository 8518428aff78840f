//! The call of a service and what stands around it, under resilience4j's names.

use super::failures;
use crate::language::arguments::Arguments;
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::option;
use crate::language::time::span;
use millrace_client::listener::{BreakerConfig, BulkheadConfig, Call, RateLimiterConfig, Target};
use millrace_model::Span;

/// The options.
pub const OPTIONS: &[&str] = &[
    "calls",
    "calls-by",
    "call-timeout",
    "hedge-after",
    "limit-for-period",
    "limit-refresh-period",
    "timeout-duration",
    "max-concurrent-calls",
    "max-wait-duration",
    "failure-rate-threshold",
    "slow-call-rate-threshold",
    "slow-call-duration-threshold",
    "sliding-window-size",
    "minimum-number-of-calls",
    "wait-duration-in-open-state",
    "permitted-number-of-calls-in-half-open-state",
    "when-open",
];

/// What a line says about a call, before it is known whether there is one.
#[derive(Debug, Default)]
pub struct Draft {
    service: Option<Target>,
    timeout: Option<Span>,
    hedge: Option<Span>,
    breaker: Option<BreakerConfig>,
    bulkhead: Option<BulkheadConfig>,
    limiter: Option<RateLimiterConfig>,
    /// What an option would need that stands alone.
    needs_call: Option<Problem>,
}

impl Draft {
    /// Takes one of [`OPTIONS`].
    ///
    /// # Errors
    /// If its value is missing or wrong.
    pub fn option(&mut self, name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
        if !name.starts_with("calls") && self.needs_call.is_none() {
            let found = format!("`--{name}` alone");
            let expected = "--calls and a service beside it";
            self.needs_call = Some(arguments.problem(arguments.option_span(), expected, found));
        }
        let mut time = |what: &str, unit: &'static str| span(&arguments.value(what)?, what, unit);
        match name {
            "call-timeout" => self.timeout = Some(time("how long it waits", "ms")?),
            "hedge-after" => self.hedge = Some(time("after how long it calls a second time", "ms")?),
            "limit-refresh-period" => {
                let period = time("the length of a period", "ms")?;
                self.limiter.get_or_insert_default().limit_refresh_period = period.max(Span(1));
            }
            "timeout-duration" => {
                let timeout = time("how long it waits for its turn", "ms")?;
                self.limiter.get_or_insert_default().timeout_duration = timeout;
            }
            "max-wait-duration" => {
                let wait = time("how long it waits for a place", "ms")?;
                self.bulkhead.get_or_insert_default().max_wait_duration = wait;
            }
            "slow-call-duration-threshold" => {
                let slow = time("from when on a call is slow", "ms")?;
                self.breaker.get_or_insert_default().slow_call_duration_threshold = slow;
            }
            "wait-duration-in-open-state" => {
                let wait = time("how long the breaker stays open", "s")?;
                self.breaker.get_or_insert_default().wait_duration_in_open_state = wait;
            }
            "calls" => {
                let name = arguments.value("a service's name")?.name("a service's name")?.into();
                self.service = Some(Target::Named(name));
            }
            "calls-by" => {
                let value = arguments.value("an expression for a service's name, such as topic")?;
                self.service = Some(Target::By(failures::expression(&value)?));
            }
            "when-open" => {
                let what = "what becomes of records while the breaker is open";
                let at = arguments.value(what)?.choice("while it is open:", &["pause", "fail"])?;
                self.breaker.get_or_insert_default().pauses = at == 0;
            }
            name => self.number(name, arguments)?,
        }
        Ok(())
    }

    fn number(&mut self, name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
        let (what, most) = match name {
            "limit-for-period" => ("calls in a period", 10_000),
            "max-concurrent-calls" => ("calls at a time", 10_000),
            "failure-rate-threshold" => ("percent of failures", 100),
            "slow-call-rate-threshold" => ("percent of slow calls", 100),
            "sliding-window-size" => ("calls that are looked at", 10_000),
            "minimum-number-of-calls" => ("calls before anything is said", 10_000),
            _ => ("calls that go through when it is half open", 10_000),
        };
        let number: u32 = whole(&arguments.value(what)?, what, 1, most)?;
        match name {
            "limit-for-period" => self.limiter.get_or_insert_default().limit_for_period = number,
            "max-concurrent-calls" => self.bulkhead.get_or_insert_default().max_concurrent_calls = number,
            name => {
                let breaker = self.breaker.get_or_insert_default();
                *match name {
                    "failure-rate-threshold" => &mut breaker.failure_rate_threshold,
                    "slow-call-rate-threshold" => &mut breaker.slow_call_rate_threshold,
                    "sliding-window-size" => &mut breaker.sliding_window_size,
                    "minimum-number-of-calls" => &mut breaker.minimum_number_of_calls,
                    _ => &mut breaker.permitted_calls_in_half_open,
                } = number;
            }
        }
        Ok(())
    }

    /// The call, if there is one.
    ///
    /// # Errors
    /// Options of a call without one.
    pub fn finish(self) -> Result<Option<Call>, Problem> {
        let Some(service) = self.service else { return self.needs_call.map_or(Ok(None), Err) };
        let (timeout, hedge) = (self.timeout, self.hedge);
        let (breaker, bulkhead, rate_limiter) = (self.breaker, self.bulkhead, self.limiter);
        Ok(Some(Call { service, timeout, breaker, bulkhead, rate_limiter, hedge }))
    }
}

/// Writes a call.
pub fn print(line: &mut String, call: &Call) {
    match &call.service {
        Target::Named(name) => option(line, "calls", name),
        Target::By(name) => option(line, "calls-by", name.text()),
    }
    let mut span = |name: &str, span: Option<Span>| {
        if let Some(span) = span {
            option(line, name, &span.to_string());
        }
    };
    span("call-timeout", call.timeout);
    span("hedge-after", call.hedge);
    // All of each: that there is one has to be said somehow.
    if let Some(limiter) = &call.rate_limiter {
        option(line, "limit-for-period", &limiter.limit_for_period.to_string());
        option(line, "limit-refresh-period", &limiter.limit_refresh_period.to_string());
        option(line, "timeout-duration", &limiter.timeout_duration.to_string());
    }
    if let Some(bulkhead) = &call.bulkhead {
        option(line, "max-concurrent-calls", &bulkhead.max_concurrent_calls.to_string());
        option(line, "max-wait-duration", &bulkhead.max_wait_duration.to_string());
    }
    let Some(breaker) = &call.breaker else { return };
    let defaults = BreakerConfig::default();
    option(line, "failure-rate-threshold", &breaker.failure_rate_threshold.to_string());
    if breaker.slow_call_rate_threshold != defaults.slow_call_rate_threshold {
        option(line, "slow-call-rate-threshold", &breaker.slow_call_rate_threshold.to_string());
    }
    if breaker.slow_call_duration_threshold != defaults.slow_call_duration_threshold {
        option(line, "slow-call-duration-threshold", &breaker.slow_call_duration_threshold.to_string());
    }
    for (name, value) in [
        ("sliding-window-size", breaker.sliding_window_size.to_string()),
        ("minimum-number-of-calls", breaker.minimum_number_of_calls.to_string()),
        ("wait-duration-in-open-state", breaker.wait_duration_in_open_state.to_string()),
        ("permitted-number-of-calls-in-half-open-state", breaker.permitted_calls_in_half_open.to_string()),
        ("when-open", (if breaker.pauses { "pause" } else { "fail" }).to_owned()),
    ] {
        option(line, name, &value);
    }
}
