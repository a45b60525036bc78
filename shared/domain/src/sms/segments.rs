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

/// How many units a message holds: alone, and as one of several, which name their order.
#[derive(Clone, Copy)]
struct Capacity {
    alone: usize,
    together: usize,
}

impl Segments {
    /// Counts a text. Nothing that takes two units is split between messages.
    pub fn of(text: &str) -> Self {
        match text.chars().map(septets).collect::<Option<Vec<_>>>() {
            Some(widths) => Self::pack(Encoding::Gsm, &widths, Capacity { alone: 160, together: 153 }),
            None => Self::pack(
                Encoding::Ucs2,
                &text.chars().map(char::len_utf16).collect::<Vec<_>>(),
                Capacity { alone: 70, together: 67 },
            ),
        }
    }

    fn pack(encoding: Encoding, widths: &[usize], capacity: Capacity) -> Self {
        let units = widths.iter().sum();
        if units <= capacity.alone {
            return Self { encoding, units, count: 1 };
        }
        let (count, _) = widths.iter().fold((1, 0), |(count, filled), width| {
            if filled + width > capacity.together { (count + 1, *width) } else { (count, filled + width) }
        });
        Self { encoding, units, count }
    }
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
