//! A few lines of a long list: those that matter with their neighbours, and how many lie between.

use millrace_model::Set;

/// Lists up to this long are shown whole.
const WHOLE: usize = 12;

/// A line of a list, or a gap in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// One of it.
    At {
        /// Its number in the list, from 0.
        at: usize,
        /// What it says: the name, and what that leads to.
        says: [String; 2],
    },
    /// So many that are not shown.
    Gap(u64),
}

/// The lines of a list of `count`: the `kept` ones, their neighbours, the first and the last.
pub fn around(count: usize, kept: &[usize], line: impl Fn(usize) -> Option<[String; 2]>) -> Vec<Line> {
    let last = count.saturating_sub(1);
    let shown: Set<usize> = if count <= WHOLE {
        (0..count).collect()
    } else {
        let near = kept.iter().flat_map(|at| at.saturating_sub(1)..=(at + 1).min(last));
        near.chain([0, last]).collect()
    };
    let mut lines = Vec::new();
    let mut next = 0;
    for at in shown {
        if at > next {
            lines.push(Line::Gap((at - next) as u64));
        }
        lines.extend(line(at).map(|says| Line::At { at, says }));
        next = at + 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_shown_with_its_neighbours() {
        let text = |count: usize, kept: &[usize]| {
            let lines = around(count, kept, |at| Some([at.to_string(), String::new()]));
            let words = lines.into_iter().map(|line| match line {
                Line::At { says: [name, _], .. } => name,
                Line::Gap(n) => format!("({n})"),
            });
            words.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(text(3, &[]), "0 1 2");
        assert_eq!(text(100, &[50, 52]), "0 (48) 49 50 51 52 53 (45) 99");
        assert_eq!(text(100, &[0, 99]), "0 1 (96) 98 99");
        assert_eq!(text(0, &[]), "");
    }
}
