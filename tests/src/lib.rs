//! The tests are the targets of this package: `end_to_end` and `contract`.
