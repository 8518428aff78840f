//! Exact decimal numbers: 29 digits before the point, nine after it, no floats.
//!
//! The number is kept as a count of billionths in an `i128`, so that equality, order and hash are those of an
//! integer, and addition is one instruction pair. A mantissa with its own scale would reach further but needs
//! aligning at every comparison.

use std::fmt;
use std::str::FromStr;

/// Digits after the point.
pub const SCALE: u32 = 9;
const ONE: i128 = 1_000_000_000;

/// An exact decimal number between about -1.7e29 and 1.7e29 with nine digits after the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i128);

/// Why a number could not be computed or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecimalError {
    /// The result is beyond ±170141183460469231731687303715.884105727.
    Overflow,
    /// The divisor is zero.
    DivisionByZero,
    /// The text is not a number.
    NotANumber,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overflow => "the number is too large (the limit is about 1.7e29)",
            Self::DivisionByZero => "division by zero",
            Self::NotANumber => "not a number",
        })
    }
}

impl std::error::Error for DecimalError {}

/// A number read from the front of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scanned {
    pub value: Result<Decimal, DecimalError>,
    /// How many bytes belong to the number; at least one.
    pub used: usize,
    /// False if digits beyond the ninth after the point were rounded away.
    pub exact: bool,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(ONE);

    /// The number of billionths, for hashing and storing.
    pub fn billionths(self) -> i128 {
        self.0
    }

    /// The inverse of [`billionths`](Self::billionths); `i128::MIN` has no negative and is refused.
    pub fn from_billionths(n: i128) -> Option<Self> {
        (n != i128::MIN).then_some(Self(n))
    }

    /// The number as an integer, if it is whole and fits.
    pub fn to_i64(self) -> Option<i64> {
        if self.0 % ONE == 0 { i64::try_from(self.0 / ONE).ok() } else { None }
    }

    fn checked(n: Option<i128>) -> Result<Self, DecimalError> {
        n.and_then(Self::from_billionths).ok_or(DecimalError::Overflow)
    }

    /// Exact sum.
    pub fn try_add(self, other: Self) -> Result<Self, DecimalError> {
        Self::checked(self.0.checked_add(other.0))
    }

    /// Exact difference.
    pub fn try_sub(self, other: Self) -> Result<Self, DecimalError> {
        Self::checked(self.0.checked_sub(other.0))
    }

    /// Product, rounded half-even to nine digits after the point.
    pub fn try_mul(self, other: Self) -> Result<Self, DecimalError> {
        if let Some(wide) = self.0.checked_mul(other.0) {
            return Self::checked(Some(div_half_even(wide, ONE)));
        }
        // a*b = (ai*1e9 + af) * b: the wide product is split, so that only a result out of range overflows.
        let negative = (self.0 < 0) != (other.0 < 0);
        let (a, b) = (self.0.abs(), other.0.abs());
        let (ai, af) = (a / ONE, a % ONE);
        let (bi, bf) = (b / ONE, b % ONE);
        let whole = ai.checked_mul(b).and_then(|n| n.checked_add(af * bi));
        let (low, rest) = (af * bf / ONE, af * bf % ONE);
        let sum = whole.and_then(|n| n.checked_add(low));
        let up = rest * 2 > ONE || (rest * 2 == ONE && sum.is_some_and(|n| n % 2 == 1));
        let magnitude = sum.and_then(|n| n.checked_add(i128::from(up)));
        Self::checked(magnitude.map(|n| if negative { -n } else { n }))
    }

    /// Quotient, rounded half-even to nine digits after the point.
    pub fn try_div(self, other: Self) -> Result<Self, DecimalError> {
        if other.0 == 0 {
            return Err(DecimalError::DivisionByZero);
        }
        if let Some(wide) = self.0.checked_mul(ONE) {
            return Self::checked(Some(div_half_even(wide, other.0)));
        }
        let negative = (self.0 < 0) != (other.0 < 0);
        let (a, b) = (self.0.unsigned_abs(), other.0.unsigned_abs());
        let (mut quotient, mut rest) = (a / b, a % b);
        for _ in 0..SCALE {
            // The next digit of long division by adding, as ten times the rest may not fit.
            let (mut digit, mut next) = (0u128, 0u128);
            for _ in 0..10 {
                next += rest;
                if next >= b {
                    next -= b;
                    digit += 1;
                }
            }
            rest = next;
            quotient =
                quotient.checked_mul(10).and_then(|q| q.checked_add(digit)).ok_or(DecimalError::Overflow)?;
        }
        let up = rest > b - rest || (rest == b - rest && quotient % 2 == 1);
        let magnitude = i128::try_from(quotient + u128::from(up)).ok();
        Self::checked(magnitude.map(|n| if negative { -n } else { n }))
    }

    /// Exact remainder with the sign of the dividend, as Java's `%`.
    pub fn try_rem(self, other: Self) -> Result<Self, DecimalError> {
        if other.0 == 0 {
            return Err(DecimalError::DivisionByZero);
        }
        Self::checked(self.0.checked_rem(other.0))
    }

    /// The negative.
    #[must_use]
    pub fn negate(self) -> Self {
        Self(-self.0)
    }

    /// The magnitude.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Rounded half-even to `digits` (0 to 9; more changes nothing) after the point.
    pub fn round(self, digits: u32) -> Result<Self, DecimalError> {
        let unit = 10i128.pow(SCALE.saturating_sub(digits));
        Self::checked(div_half_even(self.0, unit).checked_mul(unit))
    }

    /// The greatest whole number that is not above this one.
    pub fn floor(self) -> Result<Self, DecimalError> {
        Self::checked(self.0.div_euclid(ONE).checked_mul(ONE))
    }

    /// The smallest whole number that is not below this one.
    pub fn ceil(self) -> Result<Self, DecimalError> {
        self.negate().floor().map(Self::negate)
    }

    /// Reads `[-]digits[.digits][e[+-]digits]` from the front of `bytes`; `None` if no number starts there.
    pub(crate) fn scan(bytes: &[u8]) -> Option<Scanned> {
        let digit = |i: usize| bytes.get(i).filter(|b| b.is_ascii_digit()).map(|b| b - b'0');
        let negative = bytes.first() == Some(&b'-');
        let mut i = usize::from(negative);
        digit(i)?;
        let mut number = Digits::default();
        while let Some(d) = digit(i) {
            number.push(d, false);
            i += 1;
        }
        if bytes.get(i) == Some(&b'.') && digit(i + 1).is_some() {
            i += 1;
            while let Some(d) = digit(i) {
                number.push(d, true);
                i += 1;
            }
        }
        if matches!(bytes.get(i), Some(b'e' | b'E')) {
            let sign = bytes.get(i + 1).filter(|b| matches!(b, b'+' | b'-'));
            let mut j = i + 1 + usize::from(sign.is_some());
            if digit(j).is_some() {
                let mut exponent = 0i64;
                while let Some(d) = digit(j) {
                    exponent = (exponent * 10 + i64::from(d)).min(1_000_000_000);
                    j += 1;
                }
                number.shift += if sign == Some(&b'-') { -exponent } else { exponent };
                i = j;
            }
        }
        let (magnitude, exact) = number.finish();
        let value = Self::checked(magnitude.map(|n| if negative { -n } else { n }));
        Some(Scanned { value, used: i, exact })
    }
}

/// Digits as they are read: a mantissa, its power of ten, and what no longer fitted.
#[derive(Default)]
struct Digits {
    mantissa: u128,
    shift: i64,
    dropped: Option<u8>,
    sticky: bool,
}

impl Digits {
    fn push(&mut self, digit: u8, fraction: bool) {
        if self.dropped.is_none() && self.mantissa <= (u128::MAX - 9) / 10 {
            // The narrow multiplication is an order faster in wasm, where 128 bits are a call.
            self.mantissa = match u64::try_from(self.mantissa) {
                Ok(m) if m < u64::MAX / 16 => u128::from(m * 10 + u64::from(digit)),
                _ => self.mantissa * 10 + u128::from(digit),
            };
            self.shift -= i64::from(fraction);
            return;
        }
        match self.dropped {
            None => self.dropped = Some(digit),
            Some(_) => self.sticky |= digit != 0,
        }
        self.shift += i64::from(!fraction);
    }

    /// Billionths, and whether nothing was rounded away; `None` if out of range.
    fn finish(self) -> (Option<i128>, bool) {
        let lost = self.sticky || self.dropped.is_some_and(|d| d != 0);
        let shift = self.shift + i64::from(SCALE);
        if self.mantissa == 0 {
            return (Some(0), true);
        }
        let (magnitude, exact) = if shift >= 0 {
            let power = u32::try_from(shift).ok().and_then(|s| 10u128.checked_pow(s));
            let wide = power.and_then(|p| self.mantissa.checked_mul(p));
            let up = match self.dropped {
                Some(d) if d == 5 && !self.sticky => self.mantissa % 2 == 1,
                Some(d) => d >= 5,
                None => false,
            };
            (wide.and_then(|n| n.checked_add(u128::from(up))), !lost)
        } else {
            let power = u32::try_from(-shift).ok().and_then(|s| 10u128.checked_pow(s));
            // Beyond 10^38 even the largest mantissa is below half a billionth... except 10^38 itself, which
            // `checked_pow` still gives.
            let Some(power) = power else { return (Some(0), false) };
            let (quotient, rest) = (self.mantissa / power, self.mantissa % power);
            let half = power / 2;
            let up = rest > half || (rest == half && (lost || quotient % 2 == 1));
            (Some(quotient + u128::from(up)), rest == 0 && !lost)
        };
        (magnitude.and_then(|n| i128::try_from(n).ok()), exact)
    }
}

/// Division rounded half-even; `divisor` is not zero.
fn div_half_even(n: i128, divisor: i128) -> i128 {
    let (Some(quotient), Some(rest)) = (n.checked_div(divisor), n.checked_rem(divisor)) else {
        return i128::MIN; // refused by `checked`: only MIN / -1 and a zero divisor come here
    };
    if rest == 0 {
        return quotient;
    }
    let (rest, whole) = (rest.unsigned_abs(), divisor.unsigned_abs());
    let up = rest > whole - rest || (rest == whole - rest && quotient % 2 != 0);
    let away = if (n < 0) == (divisor < 0) { 1 } else { -1 };
    if up { quotient + away } else { quotient }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let one = ONE.unsigned_abs();
        let (whole, mut fraction) = (magnitude / one, magnitude % one);
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{whole}")?;
        if fraction != 0 {
            let mut width = SCALE as usize;
            while fraction % 10 == 0 {
                fraction /= 10;
                width -= 1;
            }
            write!(f, ".{fraction:0width$}")?;
        }
        Ok(())
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        match Self::scan(text.as_bytes()) {
            Some(scanned) if scanned.used == text.len() => scanned.value,
            _ => Err(DecimalError::NotANumber),
        }
    }
}

macro_rules! from_integer {
    ($($t:ty),*) => {$(
        impl From<$t> for Decimal {
            fn from(n: $t) -> Self {
                Self(i128::from(n) * ONE)
            }
        }
    )*};
}
from_integer!(u8, u16, i32, u32, i64, u64);

#[cfg(test)]
#[path = "decimal_tests.rs"]
mod tests;
