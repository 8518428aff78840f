//! What a scenario puts around its listener, as Java with resilience4j: breaker, rate limiter, bulkhead around the call of a
//! service. What has none is named.

use crate::comment;
use crate::plan::App;
use crate::quote::java;
use millrace_client::consumer::poison::Deserializer;
use millrace_client::listener::guard::{BreakerConfig, Call, Dedupe, Guard, StoreKind, Target};

/// See the module.
#[derive(Default)]
pub(crate) struct Guarded {
    /// The fields that hold it.
    pub fields: String,
    /// The call itself, inside of the listener method.
    pub call: Option<String>,
    /// What is not here, each a clause.
    pub unsaid: Vec<String>,
}

impl Guarded {
    pub fn of(app: &App) -> Guarded {
        let Some(guard) = app.config.guard.as_deref() else { return Guarded::default() };
        let mut out = Guarded { unsaid: unsaid(guard), ..Guarded::default() };
        if let Some(call) = &guard.call {
            out.fields = fields(call, app.config.group.as_str());
            out.call = Some(inside(call));
        }
        out
    }
}

/// What of it neither Spring nor resilience4j does by a setting.
pub(crate) fn unsaid(guard: &Guard) -> Vec<String> {
    let mut out = Vec::new();
    match guard.deserializer {
        Deserializer::Bytes => {}
        Deserializer::Json => out.push("a value.deserializer for JSON that throws".to_owned()),
        Deserializer::ErrorHandling => {
            out.push(
                "Spring's ErrorHandlingDeserializer around one for JSON: name them in application.properties"
                    .to_owned(),
            );
        }
    }
    if let Some(dedupe) = &guard.dedupe {
        out.push(format!("the idempotent consumer: {}", recognised(dedupe)));
    }
    if let Some(hedge) = guard.call.as_ref().and_then(|call| call.hedge) {
        out.push(format!(
            "the second call after {} ms while the first has no answer (hedging)",
            hedge.as_millis()
        ));
    }
    if let Some(buffer) = &guard.buffer {
        out.push(format!("the pool's queue of {} records, and pausing when it fills", buffer.capacity));
    }
    out
}

fn recognised(dedupe: &Dedupe) -> String {
    let place = match dedupe.store {
        StoreKind::Memory => "in memory",
        StoreKind::Table => "in a table with a unique key",
        StoreKind::Inbox => "as rows of an inbox table",
        StoreKind::FilterOnly => "in a Bloom filter alone",
    };
    format!("ids are {}, kept {place}", comment::line(dedupe.id.text()))
}

/// The service's name, or what stands for it.
fn name(call: &Call) -> String {
    match &call.service {
        Target::Named(name) => name.to_string(),
        Target::By(_) => "service".to_owned(),
    }
}

fn fields(call: &Call, group: &str) -> String {
    let name = java(&name(call));
    let mut out = String::new();
    if let Some(breaker) = &call.breaker {
        out.push_str(&breaker_of(breaker, &name));
        if breaker.pauses {
            out.push_str(&pausing(&java(group)));
        }
    }
    if let Some(limiter) = &call.rate_limiter {
        out.push_str(&format!(
            "    private final RateLimiter limiter = RateLimiter.of({name}, RateLimiterConfig.custom()\n            .limitForPeriod({})\n            .limitRefreshPeriod(Duration.ofMillis({}L))\n            .timeoutDuration(Duration.ofMillis({}L))\n            .build());\n",
            limiter.limit_for_period,
            limiter.limit_refresh_period.as_millis(),
            limiter.timeout_duration.as_millis()
        ));
    }
    if let Some(bulkhead) = &call.bulkhead {
        out.push_str(&format!(
            "    private final Bulkhead bulkhead = Bulkhead.of({name}, BulkheadConfig.custom()\n            .maxConcurrentCalls({})\n            .maxWaitDuration(Duration.ofMillis({}L))\n            .build());\n",
            bulkhead.max_concurrent_calls,
            bulkhead.max_wait_duration.as_millis()
        ));
    }
    if out.is_empty() { out } else { out + "\n" }
}

fn breaker_of(breaker: &BreakerConfig, name: &str) -> String {
    format!(
        "    private final CircuitBreaker breaker = CircuitBreaker.of({name}, CircuitBreakerConfig.custom()\n            .failureRateThreshold({}f)\n            .slidingWindowSize({})\n            .minimumNumberOfCalls({})\n            .slowCallRateThreshold({}f)\n            .slowCallDurationThreshold(Duration.ofMillis({}L))\n            .waitDurationInOpenState(Duration.ofMillis({}L))\n            .permittedNumberOfCallsInHalfOpenState({})\n            .automaticTransitionFromOpenToHalfOpenEnabled(true)\n            .build());\n",
        breaker.failure_rate_threshold,
        breaker.sliding_window_size,
        breaker.minimum_number_of_calls,
        breaker.slow_call_rate_threshold,
        breaker.slow_call_duration_threshold.as_millis(),
        breaker.wait_duration_in_open_state.as_millis(),
        breaker.permitted_calls_in_half_open
    )
}

/// While the breaker is open the container polls on, and gets nothing.
fn pausing(group: &str) -> String {
    format!(
        "\n    @Autowired\n    void pauseWhileOpen(KafkaListenerEndpointRegistry registry) {{\n        breaker.getEventPublisher().onStateTransition(event -> {{\n            var container = registry.getListenerContainer({group});\n            if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {{\n                container.pause();\n            }} else {{\n                container.resume();\n            }}\n        }});\n    }}\n\n"
    )
}

fn inside(call: &Call) -> String {
    let mut out = String::from("        Callable<Void> call = () -> {\n");
    let by = match &call.service {
        Target::Named(name) => format!("the service {name}"),
        Target::By(rule) => format!("the service that this names: {}", rule.text()),
    };
    let limit =
        call.timeout.map_or(String::new(), |timeout| format!(", for {} ms at most", timeout.as_millis()));
    out.push_str(&format!(
        "            // Call {}{limit}.\n            return null;\n        }};\n",
        comment::java(&by)
    ));
    for (is_there, class, field) in [
        (call.bulkhead.is_some(), "Bulkhead", "bulkhead"),
        (call.rate_limiter.is_some(), "RateLimiter", "limiter"),
        (call.breaker.is_some(), "CircuitBreaker", "breaker"),
    ] {
        if is_there {
            out.push_str(&format!("        call = {class}.decorateCallable({field}, call);\n"));
        }
    }
    out + "        call.call();\n"
}
