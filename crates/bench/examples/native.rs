//! The native side of `cargo xtask bench`.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)]

fn main() {
    let start = std::time::Instant::now();
    for line in millrace_bench::all(&|| start.elapsed().as_secs_f64() * 1_000.0) {
        println!("{line}");
    }
}
