//! Murmur3 in 128 bits (`org.apache.kafka.streams.state.internals.Murmur3.hash128`): how a join by foreign key knows
//! whether the left value is still the one that asked.

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;
const SEED: u64 = 104_729;

/// The hash with Kafka's seed.
pub(super) fn hash128(data: &[u8]) -> [u64; 2] {
    let (mut h1, mut h2) = (SEED, SEED);
    let (blocks, tail) = data.as_chunks::<16>();
    for block in blocks {
        let (k1, k2) = halves(*block);
        h1 = (h1 ^ mix1(k1)).rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 = (h2 ^ mix2(k2)).rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let mut last = [0; 16];
    for (slot, byte) in last.iter_mut().zip(tail) {
        *slot = *byte;
    }
    let (k1, k2) = halves(last);
    let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
    h1 = h1 ^ mix1(k1) ^ length;
    h2 = h2 ^ mix2(k2) ^ length;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    (h1, h2) = (finish(h1), finish(h2));
    h1 = h1.wrapping_add(h2);
    [h1, h2.wrapping_add(h1)]
}

fn halves(block: [u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(block);
    let half = |n: u128| u64::try_from(n & u128::from(u64::MAX)).unwrap_or(0);
    (half(both), half(both >> 64))
}

fn mix1(k: u64) -> u64 {
    k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

fn mix2(k: u64) -> u64 {
    k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

fn finish(mut h: u64) -> u64 {
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Different texts of every tail length hash apart, and one bit changes both halves.
    #[test]
    fn every_length_hashes_and_one_bit_counts() {
        let text: Vec<u8> = (0..40).collect();
        let mut seen = Vec::new();
        for length in 0..40 {
            let hash = hash128(text.get(..length).unwrap_or(&[]));
            assert!(!seen.contains(&hash));
            seen.push(hash);
        }
        let (one, other) = (hash128(b"millrace"), hash128(b"millracf"));
        assert!(one[0] != other[0] && one[1] != other[1]);
    }
}
