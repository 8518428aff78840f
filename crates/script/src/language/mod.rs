//! How any line is written: words, options, quotes, durations, clock faces. Nothing here knows a command.

pub mod arguments;
pub mod iso;
pub mod lexer;
pub mod number;
pub mod problem;
pub mod quote;
pub mod time;
