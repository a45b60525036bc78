//! How many messages a text takes (3GPP TS 23.040, concatenated short messages).

use super::gsm::septets;

/// How a text is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Seven bits to a character: 160 in one message, 153 in each of several.
    Gsm,
    /// UCS-2, sixteen bits: 70 in one message, 67 in each of several.
    Ucs2,
}

/// What a text takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    /// How it is written: by the widest character in it.
    pub encoding: Encoding,
    /// Septets, or UTF-16 units.
    pub units: usize,
    /// Messages; an empty text is one.
    pub count: usize,
}

impl Encoding {
    /// That of a text.
    fn of(text: &str) -> Self {
        if text.chars().all(|c| septets(c).is_some()) { Self::Gsm } else { Self::Ucs2 }
    }

    /// How many units a message holds that is the only one.
    fn alone(self) -> usize {
        match self {
            Self::Gsm => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How many units each of several messages holds, which name their order.
    fn together(self) -> usize {
        match self {
            Self::Gsm => 153,
            Self::Ucs2 => 67,
        }
    }

    /// How many units a character takes.
    fn width(self, c: char) -> usize {
        match self {
            Self::Gsm => septets(c).unwrap_or_default(),
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

impl Segments {
    /// Counts a text. Nothing that takes two units is split between messages.
    pub fn of(text: &str) -> Self {
        let encoding = Encoding::of(text);
        let units = text.chars().map(|c| encoding.width(c)).sum();
        let count = if units <= encoding.alone() { 1 } else { ends(text, encoding).count() + 1 };
        Self { encoding, units, count }
    }

    /// The texts of the messages, in order.
    pub fn parts(text: &str) -> Vec<&str> {
        let Self { encoding, count, .. } = Self::of(text);
        let ends = ends(text, encoding).filter(|_| count > 1).chain([text.len()]);
        let mut begin = 0;
        ends.map(|end| &text[std::mem::replace(&mut begin, end)..end]).collect()
    }
}

/// Where each message of several ends, except the last one.
fn ends(text: &str, encoding: Encoding) -> impl Iterator<Item = usize> {
    let mut filled = 0;
    text.char_indices().filter_map(move |(place, c)| {
        filled += encoding.width(c);
        let is_full = filled > encoding.together();
        if is_full {
            filled = encoding.width(c);
        }
        is_full.then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(text: &str) -> (Encoding, usize) {
        let Segments { encoding, count, .. } = Segments::of(text);
        (encoding, count)
    }

    #[test]
    fn the_bounds_of_both_encodings() {
        let cases = [
            (String::new(), (Encoding::Gsm, 1)),
            ("å".repeat(160), (Encoding::Gsm, 1)),
            ("å".repeat(161), (Encoding::Gsm, 2)),
            ("å".repeat(306), (Encoding::Gsm, 2)),
            ("å".repeat(307), (Encoding::Gsm, 3)),
            ("€".repeat(80), (Encoding::Gsm, 1)),
            ("€".repeat(81), (Encoding::Gsm, 2)),
            // 76 of two septets fill a message, and one septet is left empty.
            ("€".repeat(152), (Encoding::Gsm, 2)),
            ("€".repeat(153), (Encoding::Gsm, 3)),
            ("á".repeat(70), (Encoding::Ucs2, 1)),
            ("á".repeat(71), (Encoding::Ucs2, 2)),
            ("á".repeat(134), (Encoding::Ucs2, 2)),
            ("á".repeat(135), (Encoding::Ucs2, 3)),
            ("🙂".repeat(35), (Encoding::Ucs2, 1)),
            // 33 surrogate pairs fill a message, and one unit is left empty.
            ("🙂".repeat(66), (Encoding::Ucs2, 2)),
            ("🙂".repeat(67), (Encoding::Ucs2, 3)),
            ("blåbær på øya ".repeat(10), (Encoding::Gsm, 1)),
        ];
        for (text, expected) in cases {
            assert_eq!(count(&text), expected, "{} x {:?}", text.chars().count(), text.chars().next());
        }
    }

    #[test]
    fn the_parts_are_the_text_and_are_as_many_as_were_counted() {
        for text in ["", "kort", &"€".repeat(81), &"🙂".repeat(67), &"blåbær på øya ".repeat(30)] {
            let parts = Segments::parts(text);
            assert_eq!((parts.concat().as_str(), parts.len()), (text, Segments::of(text).count));
        }
        let lengths: Vec<_> =
            Segments::parts(&"€".repeat(153)).iter().map(|part| part.chars().count()).collect();
        assert_eq!(lengths, [76, 76, 1]);
    }

    /// The least number of messages by trying every end of every message: another way to the same answer.
    fn least(widths: &[usize], together: usize) -> usize {
        let mut best = vec![0];
        for end in 1..=widths.len() {
            let starts = (0..end).filter(|start| widths[*start..end].iter().sum::<usize>() <= together);
            best.push(starts.map(|start| best[start] + 1).min().unwrap());
        }
        best[widths.len()]
    }

    proptest! {
        #[test]
        fn no_packing_is_better(text in "[aø€á🙂]{60,220}") {
            let found = Segments::of(&text);
            let is_gsm = !text.contains(['á', '🙂']);
            let widths: Vec<_> = text
                .chars()
                .map(|c| if is_gsm { 1 + usize::from(c == '€') } else { c.len_utf16() })
                .collect();
            let (alone, together) = if is_gsm { (160, 153) } else { (70, 67) };
            let expected = if widths.iter().sum::<usize>() <= alone { 1 } else { least(&widths, together) };
            prop_assert_eq!(found.count, expected);
            prop_assert_eq!(found.encoding == Encoding::Gsm, is_gsm);
        }

        #[test]
        fn any_text_can_be_counted(text in ".*") {
            prop_assert!(Segments::of(&text).count >= 1);
        }
    }
}
