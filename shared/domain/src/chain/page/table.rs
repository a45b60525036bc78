//! A table of what follows from each pair of state and event, reduced to the circumstances that make a difference.

use std::collections::{BTreeMap, BTreeSet};

/// One line of the table.
pub struct Row {
    pub state: String,
    pub event: String,
    pub when: String,
    pub then: String,
}

/// What follows in one circumstance.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// The state then; none where nothing changes.
    pub state: Option<String>,
    /// What is said of it.
    pub text: String,
}

/// Something that may make a difference, with all that it can be.
pub struct Dimension {
    pub values: Vec<&'static str>,
}

/// The table of one machine.
#[derive(Default)]
pub struct Table {
    pub rows: Vec<Row>,
    edges: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Table {
    /// Tries a pair in every circumstance.
    pub fn add(
        &mut self,
        state: &str,
        event: &str,
        dimensions: &[Dimension],
        answer: impl Fn(&[usize]) -> Answer,
    ) {
        let all = circumstances(dimensions);
        let answers: Vec<_> = all.iter().map(|circumstance| answer(circumstance)).collect();
        let mut grouped: BTreeMap<Answer, Vec<Circumstances>> = BTreeMap::new();
        for (circumstance, answer) in all.iter().zip(&answers) {
            let alone = circumstance.iter().map(|value| BTreeSet::from([*value])).collect();
            grouped.entry(answer.clone()).or_default().push(alone);
            if let Some(then) = &answer.state {
                let edge = (state.to_owned(), then.clone());
                self.edges.entry(edge).or_default().insert(event.to_owned());
            }
        }
        for (answer, circumstances) in grouped {
            let merged = merged(circumstances);
            let when: Vec<_> =
                merged.iter().map(|circumstances| described(circumstances, dimensions)).collect();
            let when = when.join("; ");
            self.rows.push(Row { state: state.to_owned(), event: event.to_owned(), when, then: answer.text });
        }
    }

    /// The edges of the diagram.
    pub fn edges(&self) -> impl Iterator<Item = String> + '_ {
        let mut merged: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for ((from, to), events) in &self.edges {
            let edge = (short(from), short(to));
            merged.entry(edge).or_default().extend(events.iter().cloned());
        }
        merged
            .into_iter()
            .map(move |((from, to), events)| format!("{from} --> {to}: {}", event_names(&events)))
    }
}

/// Each event once, without what its name has in brackets.
fn event_names(events: &BTreeSet<String>) -> String {
    let names: BTreeSet<_> = events.iter().map(|event| event.split(' ').next().unwrap()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// A state's name in the diagram, where names are single words.
fn short(state: &str) -> String {
    state.replace([' ', ':', '(', ')'], "")
}

fn circumstances(dimensions: &[Dimension]) -> Vec<Vec<usize>> {
    dimensions.iter().fold(vec![vec![]], |all, dimension| {
        let longer =
            all.iter().flat_map(|one| (0..dimension.values.len()).map(|value| [&one[..], &[value]].concat()));
        longer.collect()
    })
}

/// For each dimension the values that lead to the same.
type Circumstances = Vec<BTreeSet<usize>>;

/// The same circumstances in fewer words: those that differ in one dimension only are told together.
fn merged(mut all: Vec<Circumstances>) -> Vec<Circumstances> {
    while let Some(pair) = mergeable(&all) {
        let other = all.remove(pair.second);
        for (values, more) in all[pair.first].iter_mut().zip(other) {
            values.extend(more);
        }
    }
    all
}

struct Pair {
    first: usize,
    second: usize,
}

fn mergeable(all: &[Circumstances]) -> Option<Pair> {
    let pairs =
        (0..all.len()).flat_map(|first| (first + 1..all.len()).map(move |second| Pair { first, second }));
    pairs.into_iter().find(|pair| differences(&all[pair.first], &all[pair.second]) == 1)
}

/// In how many dimensions they differ.
fn differences(first: &Circumstances, second: &Circumstances) -> usize {
    first.iter().zip(second).filter(|(a, b)| a != b).count()
}

fn described(circumstances: &Circumstances, dimensions: &[Dimension]) -> String {
    let told = circumstances
        .iter()
        .zip(dimensions)
        .filter(|(values, dimension)| values.len() < dimension.values.len());
    let told = told.map(|(values, dimension)| {
        values.iter().map(|value| dimension.values[*value]).collect::<Vec<_>>().join(" or ")
    });
    told.collect::<Vec<_>>().join(", ")
}
