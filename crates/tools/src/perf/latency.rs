//! `ProducerPerformance.Stats`: how long records took.

use crate::java_number::fixed;

/// A report comes after so long.
const REPORTING_INTERVAL_MS: u64 = 5_000;
/// Of more records than these only every n-th counts for the percentiles.
const SAMPLES: u64 = 500_000;

/// See the module. Times are in milliseconds.
#[derive(Debug)]
pub(super) struct Latencies {
    start: u64,
    sampling: u64,
    samples: Vec<u64>,
    pub count: u64,
    pub bytes: u64,
    pub max: u64,
    pub total: u64,
    window: Window,
}

#[derive(Debug, Default)]
struct Window {
    start: u64,
    count: u64,
    max: u64,
    total: u64,
    bytes: u64,
}

#[expect(clippy::cast_precision_loss, reason = "a report's decimals")]
fn double(number: u64) -> f64 {
    number as f64
}

fn per_second(count: u64, elapsed: u64) -> f64 {
    1000.0 * double(count) / double(elapsed)
}

fn megabytes(bytes: u64, elapsed: u64) -> f64 {
    per_second(bytes, elapsed) / (1024.0 * 1024.0)
}

impl Latencies {
    pub fn new(records: u64, now: u64) -> Latencies {
        let sampling = (records / records.clamp(1, SAMPLES)).max(1);
        let window = Window { start: now, ..Window::default() };
        Latencies { start: now, sampling, samples: Vec::new(), count: 0, bytes: 0, max: 0, total: 0, window }
    }

    /// A record has been acknowledged; the line of a report, if one is due.
    pub fn record(&mut self, latency: u64, bytes: u64, now: u64) -> Option<String> {
        if self.count.is_multiple_of(self.sampling) {
            self.samples.push(latency);
        }
        self.count += 1;
        self.bytes += bytes;
        self.total += latency;
        self.max = self.max.max(latency);
        let window = &mut self.window;
        window.count += 1;
        window.bytes += bytes;
        window.total += latency;
        window.max = window.max.max(latency);
        let elapsed = now.saturating_sub(window.start);
        if elapsed < REPORTING_INTERVAL_MS {
            return None;
        }
        let line = format!(
            "{} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency.",
            window.count,
            fixed(per_second(window.count, elapsed), 1),
            fixed(megabytes(window.bytes, elapsed), 2),
            fixed(double(window.total) / double(window.count), 1),
            fixed(double(window.max), 1),
        );
        self.window = Window { start: now, ..Window::default() };
        Some(line)
    }

    /// The last line.
    pub fn total_line(&mut self, now: u64) -> String {
        let elapsed = now.saturating_sub(self.start);
        self.samples.sort_unstable();
        let percentile = |thousandths: usize| {
            self.samples.get(self.samples.len() * thousandths / 1000).copied().unwrap_or_default()
        };
        format!(
            "{} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency, {} ms 50th, {} ms 95th, {} \
             ms 99th, {} ms 99.9th.",
            self.count,
            fixed(per_second(self.count, elapsed), 1),
            fixed(megabytes(self.bytes, elapsed), 2),
            fixed(self.average(), 2),
            fixed(double(self.max), 2),
            percentile(500),
            percentile(950),
            percentile(990),
            percentile(999),
        )
    }

    /// The average latency; `NaN` of nothing.
    pub fn average(&self) -> f64 {
        double(self.total) / double(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_comes_every_five_seconds_and_one_at_the_end() {
        let mut latencies = Latencies::new(4, 1_000);
        assert_eq!(latencies.record(2, 1 << 20, 1_002), None);
        assert_eq!(latencies.record(5, 1 << 20, 4_000), None);
        assert_eq!(
            latencies.record(6, 1 << 20, 6_000).unwrap(),
            "3 records sent, 0.6 records/sec (0.60 MB/sec), 4.3 ms avg latency, 6.0 ms max latency."
        );
        assert_eq!(latencies.record(1, 1 << 20, 9_000), None);
        assert_eq!(
            latencies.total_line(9_000),
            "4 records sent, 0.5 records/sec (0.50 MB/sec), 3.50 ms avg latency, 6.00 ms max latency, 5 ms 50th, 6 ms 95th, \
             6 ms 99th, 6 ms 99.9th."
        );
    }

    #[test]
    fn nothing_sent_is_said_as_java_says_it() {
        assert_eq!(
            Latencies::new(5, 0).total_line(60_000),
            "0 records sent, 0.0 records/sec (0.00 MB/sec), NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, 0 ms 95th, \
             0 ms 99th, 0 ms 99.9th."
        );
    }
}
