//! Oslo's calendar: public holidays by rule for any year, half days, and wall-clock time as instants.

mod easter;
mod half_days;
mod holidays;
mod oslo;

pub use easter::easter;
pub use half_days::HalfDay;
pub use holidays::Holiday;
pub use oslo::{calendar_days_after, day, hours_after, instant, reached, wall_clock};
