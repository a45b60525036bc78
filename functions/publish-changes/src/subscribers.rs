//! The owners who get an event for each change.

use std::str::FromStr;

/// The owners who get an event for each change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscribers {
    /// Every owner.
    All,
    /// Those with these organisation numbers.
    Some(Vec<String>),
}

impl FromStr for Subscribers {
    type Err = &'static str;

    /// `*`, or organisation numbers with commas between them, or nothing.
    fn from_str(text: &str) -> Result<Self, &'static str> {
        if text.trim() == "*" {
            return Ok(Self::All);
        }
        let owners: Vec<_> = text.split(',').map(str::trim).filter(|owner| !owner.is_empty()).collect();
        if owners.iter().all(|owner| owner.len() == 9 && owner.bytes().all(|b| b.is_ascii_digit())) {
            Ok(Self::Some(owners.into_iter().map(str::to_owned).collect()))
        } else {
            Err("not a list of organisation numbers")
        }
    }
}

impl Subscribers {
    /// Whether an owner is one of them.
    pub fn include(&self, owner: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(owners) => owners.iter().any(|subscriber| subscriber == owner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscribers(text: &str) -> Subscribers {
        text.parse().unwrap()
    }

    #[test]
    fn subscribers_are_all_some_or_none() {
        assert!(subscribers("*").include("991825827"));
        assert!(subscribers("313600947, 991825827").include("991825827"));
        assert!(!subscribers("313600947").include("991825827"));
        assert!(!subscribers("").include("991825827"));
        assert!("everybody".parse::<Subscribers>().is_err());
    }
}
