//! The rules of the older service, by the sections of the reference in which they are described.

#[cfg(test)]
mod rules;
