//! The search: breadth first, each state once.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use super::actions::Action;
use super::judge::judge;
use super::world::World;

/// What a search has seen.
pub struct Found {
    /// States that differ.
    pub states: usize,
    /// Steps from one to another.
    pub steps: usize,
    /// States in which everything is over.
    pub ends: usize,
    /// The first thing that is wrong.
    pub violation: Option<Violation>,
}

/// Something that must not be, and the shortest way there.
#[derive(Debug, PartialEq)]
pub struct Violation {
    pub what: String,
    way: Vec<Action>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, after:", self.what)?;
        self.way.iter().try_for_each(|action| writeln!(f, "  {action:?}"))
    }
}

/// How a state was come to.
struct Trace {
    from: usize,
    by: Option<Action>,
}

/// Looks at everything that can come of a world.
pub fn search(start: &World) -> Found {
    let mut found = Found { states: 1, steps: 0, ends: 0, violation: None };
    let mut seen = HashSet::from([start.digest()]);
    let mut traces = vec![Trace { from: 0, by: None }];
    let mut open = VecDeque::from([(0, start.clone())]);
    while let Some((place, world)) = open.pop_front() {
        for action in world.actions() {
            found.steps += 1;
            let next = world.after(action);
            if let Err(what) = judge(&world, &next) {
                let way = way(&traces, place, action);
                return Found { violation: Some(Violation { what, way }), ..found };
            }
            if seen.insert(next.digest()) {
                traces.push(Trace { from: place, by: Some(action) });
                found.ends += usize::from(next.chain().is_final());
                open.push_back((traces.len() - 1, next));
            }
        }
    }
    Found { states: traces.len(), ..found }
}

fn way(traces: &[Trace], place: usize, last: Action) -> Vec<Action> {
    let mut way = vec![last];
    let mut place = place;
    while let Some(action) = traces[place].by {
        way.push(action);
        place = traces[place].from;
    }
    way.reverse();
    way
}
