//! Numbers for what is printed.

/// A count as a number to divide by; counts here are far below where it ends.
pub fn as_float(count: impl TryInto<u32>) -> f64 {
    f64::from(count.try_into().unwrap_or(u32::MAX))
}
