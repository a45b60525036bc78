//! Why an event changes nothing.

use std::fmt;

/// Why an event changes nothing in the state in which it meets a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    /// There is no such shipment or delivery.
    Unknown,
    /// Its time has not come.
    NotYet,
    /// Another claim has taken the place of the one that the event is about.
    OtherClaim,
    /// No worker has it, or had it by then.
    NotClaimed,
    /// The state is at least as far along.
    AlreadyKnown,
    /// It is over, and what is known of that stands.
    Final,
    /// It is on its way and cannot be taken back.
    OnItsWay,
    /// Its recipients are not resolved.
    NotResolved,
    /// Its deliveries or children go on by themselves.
    Resolved,
    /// It has no children.
    NoChildren,
    /// Its children look for themselves.
    ChildrenDecide,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "there is no such shipment or delivery",
            Self::NotYet => "its time has not come",
            Self::OtherClaim => "another claim has taken this one's place",
            Self::NotClaimed => "no worker has it",
            Self::AlreadyKnown => "the state is at least as far along",
            Self::Final => "it is over, and what is known of that stands",
            Self::OnItsWay => "it is on its way and cannot be taken back",
            Self::NotResolved => "its recipients are not resolved",
            Self::Resolved => "its deliveries or children go on by themselves",
            Self::NoChildren => "it has no children",
            Self::ChildrenDecide => "its children look for themselves",
        })
    }
}
