//! Quotas of clients: who is above waits (`ClientQuotaManager`, `ClientRequestQuotaManager`).
//!
//! A broker counts each client's bytes and the time of its threads. Whoever is above its quota is answered at once, with a
//! `throttle_time_ms`; for so long the broker does not read from that connection, and the client sends nothing on it
//! (KIP-219). A fetch that is above is answered with nothing. The owner does the muting: this only counts.

mod rate;

pub use rate::{Rate, SAMPLES, WINDOW_MS};

use crate::config::Configs;
use millrace_model::protocol::ResourceKind;
use millrace_model::{Map, Time};
use std::sync::Arc;

/// What is limited (`QuotaType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuotaKind {
    /// `producer_byte_rate`: bytes of Produce requests, a second.
    Produce,
    /// `consumer_byte_rate`: bytes of answers to Fetch, a second.
    Fetch,
    /// `request_percentage`: time of network and request threads, in percent of one thread.
    Request,
}

impl QuotaKind {
    /// The setting's key.
    pub fn key(self) -> &'static str {
        match self {
            QuotaKind::Produce => "producer_byte_rate",
            QuotaKind::Fetch => "consumer_byte_rate",
            QuotaKind::Request => "request_percentage",
        }
    }
}

/// Everybody is this user without authentication (`KafkaPrincipal.ANONYMOUS`).
const ANONYMOUS: &str = "ANONYMOUS";

/// Whether any quota of users or clients is set.
pub fn any(configs: &Configs) -> bool {
    configs.keys().any(|resource| resource.kind == ResourceKind::Quota)
}

/// The quota that holds for a client, in millionths a second: that of the most specific entity
/// (`DefaultQuotaCallback.quotaLimit`).
pub fn limit(configs: &Configs, kind: QuotaKind, client: &str) -> Option<i128> {
    let mut best: Option<(u8, i128)> = None;
    for (resource, settings) in configs.iter().filter(|(resource, _)| resource.kind == ResourceKind::Quota) {
        let Some(bound) = settings.get(kind.key()).and_then(|text| millionths(text)) else { continue };
        let entity = resource.entity();
        // 0 is the most specific; an entity of another kind (an address) has no rank.
        let part = |of: &str, meant: &str| match entity.iter().find(|(kind, _)| kind == of) {
            None => Some(2),
            Some((_, None)) => Some(1),
            Some((_, Some(name))) => (name == meant).then_some(0),
        };
        let (Some(user), Some(of_client)) = (part("users", ANONYMOUS), part("clients", client)) else {
            continue;
        };
        if (user, of_client) == (2, 2) {
            continue;
        }
        let rank = user * 3 + of_client;
        if best.is_none_or(|(known, _)| rank < known) {
            best = Some((rank, bound));
        }
    }
    best.map(|(_, bound)| bound)
}

/// A decimal as Java writes a double (`1024.0`, `1.0E7`) in millionths, without a float.
fn millionths(text: &str) -> Option<i128> {
    let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = [whole, part].concat().parse().ok()?;
    let shift = 6 + exponent - i32::try_from(part.len()).ok()?;
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift < 0 { Some(digits / power) } else { digits.checked_mul(power) }
}

/// What one broker has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClientQuotas {
    rates: Map<(QuotaKind, Arc<str>), Rate>,
}

impl ClientQuotas {
    /// Takes in what a client has used, bytes or microseconds of a thread, and gives the time in ms for which it has to be quiet
    /// (`recordAndGetThrottleTimeMs`).
    pub fn record(
        &mut self,
        configs: &Configs,
        (kind, client): (QuotaKind, &Arc<str>),
        amount: u64,
        now: Time,
    ) -> i64 {
        let Some(bound) = limit(configs, kind, client) else { return 0 };
        let rate = self.rates.entry((kind, client.clone())).or_default();
        let now = now.timestamp().0;
        rate.record(amount_of(kind, amount), now);
        let throttle = rate.throttle_time_ms(bound, now);
        // A request may be expensive; its client waits at most for one window (`maxThrottleTimeMs`).
        if kind == QuotaKind::Request { throttle.min(WINDOW_MS) } else { throttle }
    }

    /// Takes back what was counted for an answer that was not given (`unrecordQuotaSensor`).
    pub fn unrecord(&mut self, (kind, client): (QuotaKind, &Arc<str>), amount: u64, now: Time) {
        if let Some(rate) = self.rates.get_mut(&(kind, client.clone())) {
            rate.record(-amount_of(kind, amount), now.timestamp().0);
        }
    }

    /// The most bytes of one answer: more would be above the quota whatever happened before (`getMaxValueInQuotaWindow`).
    pub fn most_at_once(configs: &Configs, client: &str) -> Option<usize> {
        let bound = limit(configs, QuotaKind::Fetch, client)?;
        usize::try_from(bound * i128::from(SAMPLES - 1) * i128::from(WINDOW_MS) / 1_000_000_000).ok()
    }
}

/// In millionths: bytes as they are; a microsecond of a thread is a ten-thousandth percent of a second.
fn amount_of(kind: QuotaKind, amount: u64) -> i128 {
    match kind {
        QuotaKind::Produce | QuotaKind::Fetch => i128::from(amount) * 1_000_000,
        QuotaKind::Request => i128::from(amount) * 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::protocol::ConfigResource;

    type Entity<'a> = &'a [(&'a str, Option<&'a str>)];

    fn configs(quotas: &[(Entity<'_>, &str)]) -> Configs {
        let mut configs = Configs::new();
        for (entity, value) in quotas {
            let of_it = configs.entry(ConfigResource::quota(entity.iter().copied())).or_default();
            of_it.insert("producer_byte_rate".into(), (*value).into());
        }
        configs
    }

    #[test]
    fn the_most_specific_quota_holds() {
        let any_client: Entity<'_> = &[("clients", None)];
        let shop: Entity<'_> = &[("clients", Some("shop"))];
        let user: Entity<'_> = &[("users", None)];
        let both: Entity<'_> = &[("users", Some("ANONYMOUS")), ("clients", Some("shop"))];
        let address: Entity<'_> = &[("ips", None)];
        let of = |quotas: &[(Entity<'_>, &str)], client: &str| {
            limit(&configs(quotas), QuotaKind::Produce, client).map(|bound| bound / 1_000_000)
        };
        assert_eq!(of(&[(address, "9.0")], "shop"), None);
        assert_eq!(of(&[(any_client, "1.0E3"), (shop, "20.0")], "shop"), Some(20));
        assert_eq!(of(&[(any_client, "1.0E3"), (shop, "20.0")], "other"), Some(1_000));
        assert_eq!(of(&[(any_client, "1.0E3"), (shop, "20.0"), (user, "5.0")], "shop"), Some(5));
        assert_eq!(of(&[(user, "5.0"), (both, "7.0")], "shop"), Some(7));
    }

    #[test]
    fn doubles_are_read_as_java_writes_them() {
        let read = ["1024.0", "1.0E7", "2.5", "1.25E-3", "0.0", "x", ""].map(millionths);
        assert_eq!(
            read,
            [
                Some(1_024_000_000),
                Some(10_000_000_000_000),
                Some(2_500_000),
                Some(1_250),
                Some(0),
                None,
                None
            ]
        );
    }

    /// 10 % of a thread: 100 ms of each second. Two seconds at once are ten seconds' worth and as much again; the wait is cut.
    #[test]
    fn time_of_threads_is_counted_in_percent() {
        let mut configs = Configs::new();
        let of_it = configs.entry(ConfigResource::quota([("clients", Some("shop"))])).or_default();
        of_it.insert("request_percentage".into(), "10.0".into());
        let (mut quotas, shop) = (ClientQuotas::default(), Arc::from("shop"));
        let key = (QuotaKind::Request, &shop);
        assert_eq!(quotas.record(&configs, key, 1_000_000, Time::ZERO), 0);
        assert_eq!(quotas.record(&configs, key, 50_000, Time::ZERO), 500);
        assert_eq!(quotas.record(&configs, key, 950_000, Time::ZERO), 1_000);
        assert_eq!(quotas.record(&configs, (QuotaKind::Produce, &shop), 1 << 40, Time::ZERO), 0);
    }
}
