//! What `kafka-producer-perf-test` sends: letters that look random, lines of a file, or numbers.

/// `java.util.SplittableRandom(0)`: the same letters as Kafka's tool sends.
#[derive(Debug, Default)]
pub(super) struct SplittableRandom(u64);

impl SplittableRandom {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 33)).wrapping_mul(0x62a9_d9ed_7997_05f5);
        ((z ^ (z >> 28)).wrapping_mul(0xcb24_d0a5_c88c_35b3) >> 32) as u32
    }

    /// A number below `bound`, which is no power of two and small.
    pub fn below(&mut self, bound: u32) -> u32 {
        if bound.is_power_of_two() {
            return self.next() & (bound - 1);
        }
        loop {
            let u = self.next() >> 1;
            let r = u % bound.max(1);
            // Java adds and looks whether the sum became negative.
            if u + (bound - 1) - r <= i32::MAX.unsigned_abs() {
                return r;
            }
        }
    }
}

/// What is sent.
#[derive(Debug)]
pub(super) enum Payload {
    /// So many letters.
    Letters(usize),
    /// One of these.
    Lines(Vec<String>),
    /// The record's number, from 0.
    Number,
}

impl Payload {
    /// The value of a record.
    pub fn value(&self, random: &mut SplittableRandom, n: u64) -> String {
        match self {
            Payload::Letters(size) => (0..*size).map(|_| letter(random)).collect(),
            Payload::Lines(lines) => {
                let at = random.below(u32::try_from(lines.len()).unwrap_or(u32::MAX));
                lines.get(at as usize).cloned().unwrap_or_default()
            }
            Payload::Number => n.to_string(),
        }
    }

    /// How many bytes a record has, if all have as many.
    pub fn size(&self) -> Option<usize> {
        match self {
            Payload::Letters(size) => Some(*size),
            Payload::Lines(_) | Payload::Number => None,
        }
    }
}

fn letter(random: &mut SplittableRandom) -> char {
    char::from(b'A' + u8::try_from(random.below(26)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by hand from `SplittableRandom`'s definition.
    #[test]
    fn letters_come_from_a_splittable_random_of_seed_0() {
        let mut random = SplittableRandom::default();
        assert_eq!(Payload::Letters(20).value(&mut random, 0), "YQHHNEBSEPDNSEIFGAMS");
        assert_eq!(Payload::Letters(5).value(&mut random, 1), "UJXKO");
        assert_eq!(Payload::Number.value(&mut random, 7), "7");
    }
}
