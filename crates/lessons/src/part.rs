//! The parts of the curriculum: what the lessons of a shelf are about, by their numbers.

/// A part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its letter.
    pub letter: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// The number of its last lesson; the part before says where it begins.
    last: u32,
}

const PARTS: [Part; 7] = [
    Part { letter: "A", title: "The log", last: 9 },
    Part { letter: "B", title: "Durability, speed, storage", last: 14 },
    Part { letter: "C", title: "When things fail", last: 21 },
    Part { letter: "D", title: "Patterns", last: 28 },
    Part { letter: "E", title: "Other brokers", last: 31 },
    Part { letter: "F", title: "Stream processing", last: 37 },
    Part { letter: "G", title: "Production", last: 40 },
];

impl Part {
    /// The part of a lesson by its number, such as `L03`; lessons of one's own have none.
    pub fn of(id: &str) -> Option<Part> {
        let number: u32 = id.strip_prefix('L')?.parse().ok()?;
        PARTS.into_iter().find(|part| number <= part.last)
    }
}
