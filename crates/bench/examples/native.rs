//! The native side of `cargo xtask bench`.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)]

fn main() {
    let start = std::time::Instant::now();
    for line in millrace_bench::all(&|| start.elapsed().as_secs_f64() * 1_000.0, &resident) {
        println!("{line}");
    }
}

/// The process's resident bytes; no number where the system does not tell.
fn resident() -> f64 {
    const PAGE: f64 = 4_096.0;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.map_or(f64::NAN, |pages| pages * PAGE)
}
