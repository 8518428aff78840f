//! The named limits of the expression language. Each has a visible behaviour where it is reached.
//!
//! Evaluation needs no step counter: there are no loops and no variables, so that the work is bounded by
//! [`NODES`] times what one function may do to one text.

/// Longest source, in bytes, as typed and in its normal form; beyond it parsing fails.
pub const SOURCE_BYTES: usize = 4_096;
/// Deepest nesting of brackets, calls and unary operators; beyond it parsing fails.
pub const NESTING: usize = 64;
/// Greatest height of the tree (a chain `a + b + c` is as high as it is long); beyond it parsing fails.
pub const HEIGHT: usize = 256;
/// Most nodes of one expression; beyond it parsing fails.
pub const NODES: usize = 1_000;
/// Longest text that an operator or a function makes, in bytes (as `max.message.bytes` lets pass, about);
/// beyond it evaluation fails.
pub const TEXT_BYTES: usize = 1_048_576;
/// Most items of a list that a function makes; beyond it evaluation fails.
pub const LIST_ITEMS: usize = 100_000;
/// Longest pattern of `matches`, in bytes: matching takes up to pattern times text steps.
pub const GLOB_BYTES: usize = 256;
/// Deepest nesting of a JSON document; beyond it reading fails.
pub const JSON_DEPTH: usize = 64;
/// Longest word, in characters, for which a similar word is looked for.
pub const SUGGEST_CHARS: usize = 64;
