//! Integers of variable length, seven bits to a byte, the low ones first (Kafka's `ByteUtils`).
//!
//! Signed ones are zigzagged first, so that small negative numbers stay short.

/// Why a number could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarintError {
    /// The bytes end within the number (Kafka: `BufferUnderflowException`).
    Underflow,
    /// More than 5 bytes, or 10 for a varlong (Kafka: `IllegalArgumentException`); what the bits before came to.
    TooLong(u64),
}

/// Maps 0, -1, 1, -2 … to 0, 1, 2, 3 ….
#[must_use]
pub const fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)).cast_unsigned()
}

/// Maps 0, -1, 1, -2 … to 0, 1, 2, 3 ….
#[must_use]
pub const fn zigzag_long(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

const fn unzigzag(value: u32) -> i32 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

const fn unzigzag_long(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// How many bytes an unsigned varint takes: 1 to 5.
#[must_use]
pub const fn size_of_unsigned_varint(value: u32) -> usize {
    // Six bits more than there are, divided by seven; zero has one.
    ((38 - (value | 1).leading_zeros()) / 7) as usize
}

/// How many bytes an unsigned varlong takes: 1 to 10.
#[must_use]
pub const fn size_of_unsigned_varlong(value: u64) -> usize {
    ((70 - (value | 1).leading_zeros()) / 7) as usize
}

/// How many bytes a varint takes: 1 to 5.
#[must_use]
pub const fn size_of_varint(value: i32) -> usize {
    size_of_unsigned_varint(zigzag(value))
}

/// How many bytes a varlong takes: 1 to 10.
#[must_use]
pub const fn size_of_varlong(value: i64) -> usize {
    size_of_unsigned_varlong(zigzag_long(value))
}

/// Appends an unsigned varint.
#[inline]
pub fn write_unsigned_varint(value: u32, out: &mut Vec<u8>) {
    write_unsigned_varlong(u64::from(value), out);
}

/// Appends an unsigned varlong.
#[inline]
pub fn write_unsigned_varlong(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a varint.
#[inline]
pub fn write_varint(value: i32, out: &mut Vec<u8>) {
    write_unsigned_varint(zigzag(value), out);
}

/// Appends a varlong.
#[inline]
pub fn write_varlong(value: i64, out: &mut Vec<u8>) {
    write_unsigned_varlong(zigzag_long(value), out);
}

/// Reads an unsigned varint off the front. Bits of a fifth byte beyond the 32nd are dropped, as in Kafka.
///
/// # Errors
/// If the bytes end, or the fifth byte is not the last.
#[inline(always)]
pub fn read_unsigned_varint(bytes: &mut &[u8]) -> Result<u32, VarintError> {
    match read_short_form(bytes) {
        Some(value) => Ok(value),
        None => read_long_form(bytes, 28).map(|value| value as u32),
    }
}

/// Reads an unsigned varlong off the front. Bits of a tenth byte beyond the 64th are dropped, as in Kafka.
///
/// # Errors
/// If the bytes end, or the tenth byte is not the last.
#[inline(always)]
pub fn read_unsigned_varlong(bytes: &mut &[u8]) -> Result<u64, VarintError> {
    match read_short_form(bytes) {
        Some(value) => Ok(u64::from(value)),
        None => read_long_form(bytes, 63),
    }
}

/// Numbers of up to three bytes, as nearly all are in a batch.
#[inline(always)]
fn read_short_form(bytes: &mut &[u8]) -> Option<u32> {
    let low = |byte: u8| u32::from(byte & 0x7f);
    let (value, rest) = match *bytes {
        [a, rest @ ..] if *a < 0x80 => (low(*a), rest),
        [a, b, rest @ ..] if *b < 0x80 => (low(*a) | low(*b) << 7, rest),
        [a, b, c, rest @ ..] if *c < 0x80 => (low(*a) | low(*b) << 7 | low(*c) << 14, rest),
        _ => return None,
    };
    *bytes = rest;
    Some(value)
}

/// Reads a varint off the front.
///
/// # Errors
/// As [`read_unsigned_varint`].
#[inline(always)]
pub fn read_varint(bytes: &mut &[u8]) -> Result<i32, VarintError> {
    read_unsigned_varint(bytes).map(unzigzag)
}

/// Reads a varlong off the front.
///
/// # Errors
/// As [`read_unsigned_varlong`].
#[inline(always)]
pub fn read_varlong(bytes: &mut &[u8]) -> Result<i64, VarintError> {
    read_unsigned_varlong(bytes).map(unzigzag_long)
}

/// Numbers of any length; `last` is the shift of the last byte that there may be.
#[cold]
fn read_long_form(bytes: &mut &[u8], last: u32) -> Result<u64, VarintError> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first().ok_or(VarintError::Underflow)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(value);
        }
        if shift == last {
            return Err(VarintError::TooLong(value));
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every length's first and last number, and their neighbours.
    fn edges() -> impl Iterator<Item = u64> {
        (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]).chain([u64::MAX])
    }

    #[test]
    fn what_is_written_is_read_again_in_as_many_bytes_as_foretold() {
        for long in edges().map(u64::cast_signed).flat_map(|n| [n, n.wrapping_neg()]) {
            let mut out = Vec::new();
            write_varlong(long, &mut out);
            assert_eq!(out.len(), size_of_varlong(long), "{long}");
            let mut bytes = &out[..];
            assert_eq!((read_varlong(&mut bytes), bytes), (Ok(long), &[][..]), "{long}");
            let Ok(int) = i32::try_from(long) else { continue };
            let mut short = Vec::new();
            write_varint(int, &mut short);
            assert_eq!((&short, short.len()), (&out, size_of_varint(int)), "{int}");
            let mut bytes = &short[..];
            assert_eq!((read_varint(&mut bytes), bytes), (Ok(int), &[][..]), "{int}");
        }
    }

    #[test]
    fn a_number_that_ends_early_or_never_is_refused() {
        assert_eq!(read_varint(&mut &[][..]), Err(VarintError::Underflow));
        assert_eq!(read_varint(&mut &[0x80; 4][..]), Err(VarintError::Underflow));
        assert_eq!(read_varint(&mut &[0x80; 5][..]), Err(VarintError::TooLong(0)));
        assert_eq!(read_varlong(&mut &[0x80; 9][..]), Err(VarintError::Underflow));
        assert_eq!(read_varlong(&mut &[0x80; 10][..]), Err(VarintError::TooLong(0)));
    }

    #[test]
    fn bits_beyond_the_number_are_dropped_and_needless_bytes_accepted_as_in_kafka() {
        assert_eq!(read_unsigned_varint(&mut &[0xff, 0xff, 0xff, 0xff, 0x7f][..]), Ok(u32::MAX));
        assert_eq!(read_unsigned_varint(&mut &[0x81, 0x80, 0x00][..]), Ok(1));
        let mut ten = [0xff; 10];
        ten[9] = 0x7f;
        assert_eq!(read_unsigned_varlong(&mut &ten[..]), Ok(u64::MAX));
    }
}
