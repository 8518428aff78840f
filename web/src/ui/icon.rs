//! The icon set: strokes on a grid of 16, one path each (a second one where a part is filled).

use leptos::prelude::*;

/// A picture of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Lets time run.
    Play,
    /// Stops time.
    Pause,
    /// One step on.
    StepForward,
    /// One step back.
    StepBack,
    /// To the start of history.
    Rewind,
    /// To the edge of what has happened.
    Live,
    /// Takes the last command back.
    Undo,
    /// Does it again.
    Redo,
    /// Adds one.
    Plus,
    /// Takes one away.
    Minus,
    /// Closes.
    Close,
    /// Done, chosen.
    Check,
    /// Opens downward.
    ChevronDown,
    /// Opens to the right.
    ChevronRight,
    /// To the left.
    ChevronLeft,
    /// What was refused.
    Warning,
    /// An explanation.
    Info,
    /// The light theme.
    Sun,
    /// The dark theme.
    Moon,
    /// The system's theme.
    Auto,
    /// Sends a record.
    Send,
    /// The stage.
    Stage,
    /// The inspector.
    Why,
    /// The text log.
    Log,
    /// Controls.
    Controls,
    /// More of it.
    More,
    /// Saves to a file.
    Save,
    /// Opens a file.
    Open,
    /// Starts over.
    Restart,
    /// The gallery.
    Gallery,
    /// The console.
    Console,
    /// Slower.
    Slow,
    /// Breaks.
    Bolt,
    /// Another future.
    Branch,
    /// A clock.
    Clock,
    /// Copies.
    Copy,
    /// Opens elsewhere.
    Out,
}

impl Icon {
    /// The strokes, then the filled part.
    fn paths(self) -> (&'static str, &'static str) {
        match self {
            Icon::Play => ("", "M5 3.2v9.6a.6.6 0 0 0 .9.5l7.7-4.8a.6.6 0 0 0 0-1L5.9 2.7a.6.6 0 0 0-.9.5z"),
            Icon::Pause => ("", "M4 3h2.6v10H4zM9.4 3H12v10H9.4z"),
            Icon::StepForward => (
                "M12.5 3.5v9",
                "M4 3.6v8.8a.4.4 0 0 0 .6.3L10.4 8.3a.4.4 0 0 0 0-.6L4.6 3.3a.4.4 0 0 0-.6.3z",
            ),
            Icon::StepBack => {
                ("M3.5 3.5v9", "M12 3.6v8.8a.4.4 0 0 1-.6.3L5.6 8.3a.4.4 0 0 1 0-.6l5.8-4.4a.4.4 0 0 1 .6.3z")
            }
            Icon::Rewind => ("M8 3.5 3.5 8 8 12.5M13 3.5 8.5 8 13 12.5", ""),
            Icon::Live => ("M3 3.5 7.5 8 3 12.5M8 3.5 12.5 8 8 12.5", ""),
            Icon::Undo => ("M6 3 3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H7", ""),
            Icon::Redo => ("m10 3 3 3-3 3M13 6H6.5a3.5 3.5 0 0 0 0 7H9", ""),
            Icon::Plus => ("M8 3.5v9M3.5 8h9", ""),
            Icon::Minus => ("M3.5 8h9", ""),
            Icon::Close => ("m4 4 8 8M12 4l-8 8", ""),
            Icon::Check => ("m3.5 8.5 3 3 6-7", ""),
            Icon::ChevronDown => ("m4 6 4 4 4-4", ""),
            Icon::ChevronRight => ("m6 4 4 4-4 4", ""),
            Icon::ChevronLeft => ("m10 4-4 4 4 4", ""),
            Icon::Warning => ("M8 2.5 14 13H2zM8 6.5v3M8 11.3v.1", ""),
            Icon::Info => ("M8 7.5v4M8 4.8v.1M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z", ""),
            Icon::Sun => (
                "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7",
                "",
            ),
            Icon::Moon => ("M13 9.6A5.5 5.5 0 0 1 6.4 3 5.5 5.5 0 1 0 13 9.6z", ""),
            Icon::Auto => ("M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z", "M8 3.5a4.5 4.5 0 0 1 0 9z"),
            Icon::Send => ("M13.5 2.5 7 9M13.5 2.5 9.5 13.5 7 9 2.5 6.5z", ""),
            Icon::Stage => ("M2 4.5h12M2 8h12M2 11.5h12M5 3v3M10 6.5v3M7 10v3", ""),
            Icon::Why => (
                "M6 6.2a2 2 0 1 1 2.8 1.850C8.3 8.3 8 8.7 8 9.4M8 11.6v.1M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z",
                "",
            ),
            Icon::Log => ("M3 4h10M3 8h10M3 12h6", ""),
            Icon::Controls => (
                "M2.5 5h6M12 5h1.5M2.5 11H4M7.5 11h6M10.2 6.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM5.8 12.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z",
                "",
            ),
            Icon::More => ("M3.5 8h.1M8 8h.1M12.5 8h.1", ""),
            Icon::Save => ("M8 2.5v7.5M5 7.5l3 3 3-3M3 13h10", ""),
            Icon::Open => ("M8 10V2.5M5 5l3-3 3 3M3 13h10", ""),
            Icon::Restart => ("M3 8a5 5 0 1 0 1.6-3.7L3 5.8M3 2.8v3h3", ""),
            Icon::Gallery => ("M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z", ""),
            Icon::Console => ("m3 4.5 3.5 3.5L3 11.5M8 12h5", ""),
            Icon::Slow => ("M2.5 11a5.5 5.5 0 1 1 11 0M8 11 5.5 7.5", ""),
            Icon::Bolt => ("M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z", ""),
            Icon::Branch => ("M2 11h12M4.5 11c3 0 3-6 6-6H14", ""),
            Icon::Clock => ("M8 4.8V8l2.2 1.5M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z", ""),
            Icon::Copy => ("M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3", ""),
            Icon::Out => ("M6.5 3.5h-3v9h9v-3M9.500 3h3.500v3.500M13 3 7.500 8.500", ""),
        }
    }
}

/// The picture; it says nothing to a screen reader, whoever shows it does.
pub fn icon(which: Icon) -> AnyView {
    let (strokes, solid) = which.paths();
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=strokes></path>
            <path class="solid" d=solid></path>
        </svg>
    }
    .into_any()
}
