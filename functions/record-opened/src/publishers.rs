//! Which publishers may speak for which owners. A publisher is known by its AWS account, which
//! EventBridge writes into the event itself.

use std::collections::HashMap;
use std::str::FromStr;

use varsling_domain::identity::Owner;

/// Publishers and the owners that they may speak for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publishers(HashMap<String, Owners>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Owners {
    All,
    Some(Vec<Owner>),
}

/// A list that is not made of `account=owners` pairs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected pairs like 123456789012=* or 123456789012=991825827,313600947 with spaces between them")]
pub struct MalformedPublishers;

impl Publishers {
    /// Whether an account may speak for an owner.
    pub fn may_speak_for(&self, account: &str, owner: &Owner) -> bool {
        match self.0.get(account) {
            Some(Owners::All) => true,
            Some(Owners::Some(owners)) => owners.contains(owner),
            None => false,
        }
    }
}

impl FromStr for Publishers {
    type Err = MalformedPublishers;

    fn from_str(text: &str) -> Result<Self, MalformedPublishers> {
        text.split_whitespace().map(pair).collect::<Result<_, _>>().map(Self)
    }
}

fn pair(text: &str) -> Result<(String, Owners), MalformedPublishers> {
    let (account, numbers) = text.split_once('=').ok_or(MalformedPublishers)?;
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MalformedPublishers);
    }
    if numbers == "*" {
        return Ok((account.to_owned(), Owners::All));
    }
    let owners = numbers.split(',').map(|number| Owner::try_from(number).map_err(|_| MalformedPublishers));
    Ok((account.to_owned(), Owners::Some(owners.collect::<Result<_, _>>()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(number: &str) -> Owner {
        Owner::try_from(number).unwrap()
    }

    #[test]
    fn a_publisher_speaks_for_its_own_owners_only() {
        let publishers: Publishers = "111111111111=* 222222222222=991825827,313600947".parse().unwrap();
        assert!(publishers.may_speak_for("111111111111", &owner("910514318")));
        assert!(publishers.may_speak_for("222222222222", &owner("313600947")));
        assert!(!publishers.may_speak_for("222222222222", &owner("910514318")));
        assert!(!publishers.may_speak_for("333333333333", &owner("991825827")));
    }

    #[test]
    fn a_malformed_list_is_refused() {
        for text in ["111111111111", "1=*", "111111111111=12", "111111111111="] {
            assert_eq!(text.parse::<Publishers>(), Err(MalformedPublishers), "{text}");
        }
        assert!("".parse::<Publishers>().is_ok());
    }
}
