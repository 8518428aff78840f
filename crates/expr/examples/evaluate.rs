//! Prints how long typical expressions take. Run with `cargo run --release -p millrace-expr --example evaluate`.
//!
//! It is a tool and not a test: it asserts no time. It reads the host's clock, which the crate itself never does.

#![allow(clippy::disallowed_types)]

use std::hint::black_box;
use std::time::Instant;

use millrace_expr::{Expr, Subject};

const SMALL: &str = r#"{"amount": 12}"#;
const WIDE: &str = r#"{"id": "order-1001", "customer": {"name": "alice", "country": "DE", "tags": ["new", "vip"]}, "lines": [{"sku": "a-1", "quantity": 2, "price": 19.99}, {"sku": "b-2", "quantity": 1, "price": 5.50}], "amount": 45.48, "note": "leave it at the door"}"#;
const ROUNDS: u32 = 500_000;

fn main() {
    let cases = [
        ("attempt <= 2", SMALL),
        ("key == 'alice'", SMALL),
        ("value.amount < 0", SMALL),
        ("value.amount < 0", WIDE),
        ("value.amount > 10 and value.customer.country in ['DE', 'AT']", WIDE),
        ("value.amount * 1.19 + 4.90", WIDE),
        ("{country: value.customer.country, total: value.amount}", WIDE),
        ("len(value)", WIDE),
    ];
    for (source, value) in cases {
        let expr = match Expr::parse(source) {
            Ok(expr) => expr,
            Err(error) => {
                println!("{source}: {error}");
                continue;
            }
        };
        let subject = Subject { key: Some(b"alice"), value: Some(value.as_bytes()), ..Subject::default() };
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let _ = black_box(expr.eval(black_box(&subject)));
        }
        let each = start.elapsed().as_nanos() / u128::from(ROUNDS);
        println!("{each:>6} ns  {:>3} bytes  {source}", value.len());
    }
}
