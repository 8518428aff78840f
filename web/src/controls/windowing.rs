//! The window of a pipeline: its size, advance and grace, of any kind, and the pipeline's text with another of them.

use millrace_model::Span;
use millrace_streams::language::{Pipeline, Stage};
use millrace_words::controls as say;

/// What can be set of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The size of a tumbling or hopping window.
    Size,
    /// How far apart hopping windows begin.
    Advance,
    /// The time difference of a sliding window.
    Difference,
    /// The inactivity gap of a session.
    Gap,
    /// The grace of each.
    Grace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Tumbling,
    Hopping,
    Sliding,
    Session,
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windowing {
    kind: Kind,
    length: Span,
    advance: Span,
    grace: Span,
}

impl Part {
    /// What its field is called.
    pub fn label(self) -> &'static str {
        match self {
            Part::Size => say::window(),
            Part::Advance => say::every(),
            Part::Difference => say::time_difference(),
            Part::Gap => say::inactivity_gap(),
            Part::Grace => say::grace(),
        }
    }

    /// Its `data-field`.
    pub fn field(self) -> &'static str {
        match self {
            Part::Size => "window-size",
            Part::Advance => "window-advance",
            Part::Difference => "window-difference",
            Part::Gap => "window-gap",
            Part::Grace => "window-grace",
        }
    }
}

impl Windowing {
    /// A pipeline's window, if it has one.
    pub fn of(text: &str) -> Option<Windowing> {
        Pipeline::parse(text).ok()?.stages().iter().find_map(of_stage)
    }

    /// What can be set of it.
    pub fn parts(self) -> Vec<Part> {
        match self.kind {
            Kind::Tumbling => vec![Part::Size, Part::Grace],
            Kind::Hopping => vec![Part::Size, Part::Advance, Part::Grace],
            Kind::Sliding => vec![Part::Difference, Part::Grace],
            Kind::Session => vec![Part::Gap, Part::Grace],
        }
    }

    /// One of them.
    pub fn part(self, part: Part) -> Span {
        match part {
            Part::Size | Part::Difference | Part::Gap => self.length,
            Part::Advance => self.advance,
            Part::Grace => self.grace,
        }
    }

    /// The pipeline with another one; all else stays as it is.
    pub fn rewrite(text: &str, part: Part, span: Span) -> Option<String> {
        let pipeline = Pipeline::parse(text).ok()?;
        let stages = pipeline.stages().iter().map(|stage| {
            let Some(mut window) = of_stage(stage) else { return stage.to_string() };
            *match part {
                Part::Size | Part::Difference | Part::Gap => &mut window.length,
                Part::Advance => &mut window.advance,
                Part::Grace => &mut window.grace,
            } = span;
            window.text()
        });
        Some(stages.collect::<Vec<_>>().join(" | "))
    }

    fn text(self) -> String {
        let length = self.length.to_string();
        let shape = match self.kind {
            Kind::Tumbling => ["window tumbling ", &length].concat(),
            Kind::Hopping => ["window hopping ", &length, " every ", &self.advance.to_string()].concat(),
            Kind::Sliding => ["window sliding ", &length].concat(),
            Kind::Session => ["window session ", &length].concat(),
        };
        if self.grace == Span::ZERO { shape } else { [&shape, " grace ", &self.grace.to_string()].concat() }
    }
}

fn of_stage(stage: &Stage) -> Option<Windowing> {
    let ms = |ms: i64| Span::from_millis(u64::try_from(ms).unwrap_or(0));
    let (kind, length, advance, grace) = match stage {
        Stage::Window(w) if w.is_tumbling() => (Kind::Tumbling, w.size_ms(), w.size_ms(), w.grace_ms()),
        Stage::Window(w) => (Kind::Hopping, w.size_ms(), w.advance_ms(), w.grace_ms()),
        Stage::SlidingWindow(w) => (Kind::Sliding, w.time_difference_ms(), 0, w.grace_ms()),
        Stage::SessionWindow(w) => (Kind::Session, w.gap_ms(), 0, w.grace_ms()),
        _ => return None,
    };
    Some(Windowing { kind, length: ms(length), advance: ms(advance), grace: ms(grace) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_of_any_kind_is_rewritten_and_nothing_else() {
        let twenty = Span::from_secs(20);
        let cases = [
            ("tumbling 10s grace 5s", Part::Size, twenty, "tumbling 20s grace 5s"),
            ("tumbling 10s grace 5s", Part::Grace, Span::ZERO, "tumbling 10s"),
            ("hopping 30s every 10s", Part::Size, twenty, "hopping 20s every 10s"),
            ("hopping 30s every 10s", Part::Advance, twenty, "hopping 30s every 20s"),
            ("sliding 10s", Part::Difference, twenty, "sliding 20s"),
            ("sliding 10s", Part::Grace, twenty, "sliding 10s grace 20s"),
            ("session 10s grace 5s", Part::Gap, twenty, "session 20s grace 5s"),
        ];
        for (before, part, span, after) in cases {
            let whole =
                |window: &str| format!("stream orders | group by key | window {window} | count | to n");
            assert_eq!(Windowing::rewrite(&whole(before), part, span), Some(whole(after)));
            assert!(Windowing::of(&whole(before)).is_some_and(|window| window.parts().contains(&part)));
        }
        assert_eq!(Windowing::of("stream orders | to n"), None);
    }
}
