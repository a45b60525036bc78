//! Recipients to try the service with: addresses and numbers that nobody has, for which everything happens but the call
//! of the provider, and whose fate their name says.

use crate::address::ContactAddress;
use crate::channel::{Channel, PerChannel};
use crate::identity::NationalIdentityNumber;
use crate::recipients::PersonContact;

/// The domain of the addresses; nobody can have one (RFC 2606: `.test`).
pub const DOMAIN: &str = "varsling.test";

/// What the numbers begin with: 070-174 06 05 to 070-174 06 99 are kept for fiction, so that no operator assigns them
/// (Post- och telestyrelsen, "Telefonnummer för användning i böcker och filmer").
const NUMBERS: &str = "+467017406";

/// The last two digits of the first number.
const FIRST_NUMBER: u8 = 5;

/// The name of the persons.
pub const NAME: &str = "Prøve Person";

/// What becomes of a notice that no provider is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Simulated {
    /// It arrives.
    Delivered,
    /// It comes back for good: there is no such mailbox, or no such phone.
    HardBounce,
    /// It comes back for a reason that passes, and arrives a minute later.
    TransientBounce,
    /// It arrives, and its recipient complains a minute later; an SMS is barred.
    Complaint,
    /// Nothing is sent to the address any more.
    Suppressed,
    /// The provider does not take it at first.
    Throttled,
    /// It arrives after ten minutes.
    Slow,
    /// It is taken, and no report ever comes.
    LostReport,
}

/// What is reported of a notice that no provider was called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedReport {
    /// It arrived.
    Delivered,
    /// It came back for good.
    HardBounce,
    /// It came back for a reason that passes.
    TransientBounce,
    /// Its recipient complained.
    Complaint,
}

/// A report, and when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// How many seconds after the hand-over.
    pub after: i32,
    /// What it says.
    pub report: SimulatedReport,
}

impl Simulated {
    /// All there are, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Delivered,
        Self::HardBounce,
        Self::TransientBounce,
        Self::Complaint,
        Self::Suppressed,
        Self::Throttled,
        Self::Slow,
        Self::LostReport,
    ];

    /// What becomes of a notice to an address; none for addresses that somebody can have. One of the domain, or of the
    /// numbers, that has no meaning is delivered, so that nothing is ever sent there.
    pub fn of(channel: Channel, address: &str) -> Option<Self> {
        match channel {
            Channel::Email => {
                let address = address.to_lowercase();
                let (local, domain) = address.rsplit_once('@')?;
                let word = local.split('+').next().unwrap_or_default();
                (domain == DOMAIN).then(|| {
                    Self::ALL.into_iter().find(|fate| fate.word() == word).unwrap_or(Self::Delivered)
                })
            }
            Channel::Sms => {
                let place = address.strip_prefix(NUMBERS).filter(|rest| rest.len() == 2)?;
                let place = place.parse::<u8>().ok()?.checked_sub(FIRST_NUMBER)?;
                Some(Self::ALL.get(usize::from(place)).copied().unwrap_or(Self::Delivered))
            }
        }
    }

    /// What stands before the `@`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::HardBounce => "bounce",
            Self::TransientBounce => "transient",
            Self::Complaint => "complaint",
            Self::Suppressed => "suppressed",
            Self::Throttled => "throttled",
            Self::Slow => "slow",
            Self::LostReport => "lost",
        }
    }

    /// What is reported, and when.
    pub fn reports(self) -> &'static [Reported] {
        use SimulatedReport as R;
        const fn after(after: i32, report: SimulatedReport) -> Reported {
            Reported { after, report }
        }
        match self {
            Self::Delivered | Self::Throttled => &const { [after(1, R::Delivered)] },
            Self::HardBounce => &const { [after(1, R::HardBounce)] },
            Self::TransientBounce => &const { [after(1, R::TransientBounce), after(60, R::Delivered)] },
            Self::Complaint => &const { [after(1, R::Delivered), after(60, R::Complaint)] },
            Self::Slow => &const { [after(600, R::Delivered)] },
            Self::Suppressed | Self::LostReport => &[],
        }
    }
}

/// Whether an address is one of those that nobody has.
pub fn has(address: &ContactAddress) -> bool {
    Simulated::of(address.channel(), address.as_str()).is_some()
}

/// A synthetic person whom no register is asked about: reachable, reserved, and with addresses that are not fresh. Their
/// numbers are of the last day of 1999 with 80 added to the month, as synthetic ones have it.
pub fn person(number: &NationalIdentityNumber) -> Option<PersonContact> {
    let (reserved, stale) = match number.as_str() {
        "31929999021" => (false, false),
        "31929998904" => (true, false),
        "31929998823" => (false, true),
        _ => return None,
    };
    let texts = PerChannel::by(|channel| match channel {
        Channel::Email => format!("{}@{DOMAIN}", Simulated::Delivered.word()),
        Channel::Sms => format!("{NUMBERS}{FIRST_NUMBER:02}"),
    });
    Some(PersonContact::synthetic(&texts, reserved, stale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::ChannelSchema;
    use crate::recipients::{self, PersonRules, Resolution};
    use chrono::{DateTime, Utc};

    #[test]
    fn an_address_or_a_number_says_its_fate() {
        for (place, fate) in (5_u8..).zip(Simulated::ALL) {
            for address in
                [format!("{}@varsling.test", fate.word()), format!("{}+a@Varsling.TEST", fate.word())]
            {
                assert_eq!(Simulated::of(Channel::Email, &address), Some(fate), "{address}");
            }
            assert_eq!(Simulated::of(Channel::Sms, &format!("+467017406{place:02}")), Some(fate));
        }
        assert_eq!(Simulated::of(Channel::Email, "anything@varsling.test"), Some(Simulated::Delivered));
        assert_eq!(Simulated::of(Channel::Sms, "+46701740699"), Some(Simulated::Delivered));
        for address in
            ["bounce@example.no", "bounce@not-varsling.test", "bounce@varsling.test.no", "varsling.test"]
        {
            assert_eq!(Simulated::of(Channel::Email, address), None, "{address}");
        }
        for number in ["+46701740604", "+46701740700", "+4670174060", "+467017406055", "+4790000001"] {
            assert_eq!(Simulated::of(Channel::Sms, number), None, "{number}");
        }
    }

    #[test]
    fn all_of_them_are_addresses_that_an_order_can_name() {
        for fate in Simulated::ALL {
            let text = format!("{}@{DOMAIN}", fate.word());
            assert!(has(&ContactAddress::parse_ordered(Channel::Email, &text).unwrap()));
        }
        for place in 5..13 {
            let text = format!("{NUMBERS}{place:02}");
            assert!(has(&ContactAddress::parse_ordered(Channel::Sms, &text).unwrap()), "{text}");
        }
    }

    fn resolved(number: &str, lenient: bool) -> Resolution {
        let contact = person(&number.parse().unwrap()).unwrap();
        let rules = PersonRules { ignore_reservation: lenient, use_stale_contact_information: lenient };
        let now: DateTime<Utc> = "2026-12-07T10:00:00Z".parse().unwrap();
        recipients::person(Some(&contact), ChannelSchema::EmailAndSms, rules, now)
    }

    #[test]
    fn the_persons_are_reachable_reserved_and_stale() {
        assert!(matches!(resolved("31929999021", false), Resolution::Addresses(all) if all.len() == 2));
        assert_eq!(resolved("31929998904", false), Resolution::Reserved);
        assert_eq!(resolved("31929998823", false), Resolution::NotIdentified);
        for number in ["31929998904", "31929998823"] {
            assert!(matches!(resolved(number, true), Resolution::Addresses(_)), "{number}");
        }
        assert_eq!(person(&"11837512435".parse().unwrap()), None);
    }
}
