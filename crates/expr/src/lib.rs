//! The one small expression language of Millrace: predicates, mappings and sums over records.
//!
//! It is exact (decimals, no floats), bounded (see [`limits`]) and total: no input makes it panic. It is not a
//! query language: it sees one record at a time and has no loops, no variables and no regular expressions.
//!
//! ```
//! use millrace_expr::{Expr, Subject};
//!
//! let rule = Expr::parse("value.amount<0 && attempt <= 2").unwrap();
//! assert_eq!(rule.to_string(), "value.amount < 0 and attempt <= 2");
//! let record = Subject { value: Some(br#"{"amount": -3.5}"#), ..Subject::default() };
//! assert_eq!(rule.test(&record), Ok(true));
//! ```
//!
//! # The language
//!
//! | | |
//! |---|---|
//! | literals | `12`, `-0.5`, `1e3`, `"text"`, `'text'`, `true`, `false`, `null`, `[1, 2]`, `{total: 1, "odd name": 2}` |
//! | the record | `key`, `value`, `value.a.b[0]`, `value["odd name"]`, `headers.name`, `headers["odd-name"]`, `topic`, `partition`, `offset`, `timestamp`, `attempt` |
//! | operators, loosest first | `or` (`\|\|`), `and` (`&&`), `not` (`!`), `== != < <= > >= in` (one only), `+ -`, `* / %`, `-x`, `x.f x[i]` |
//! | choice | `if a then b else c` |
//! | functions | see [`functions`] |
//!
//! * `value` is the parsed JSON if it parses, else the text; a tombstone is `null`. A value that is not UTF-8 is
//!   an evaluation error. `key` and headers are always text.
//! * What is missing is `null`. Ordering with `null` is false, arithmetic with `null` is `null`, `==` works on
//!   everything (different kinds are unequal). `and`, `or`, `not` and `if` want true or false.
//! * Sums, differences and remainders are exact; products, quotients and `round` are rounded half-even to nine
//!   digits after the point.

mod ast;
mod check;
pub mod decimal;
pub mod error;
mod eval;
mod expr;
pub mod functions;
pub mod java;
pub mod json;
mod lexer;
pub mod limits;
mod operand;
mod parser;
mod print;
pub mod subject;
pub mod suggest;
pub mod value;
mod zone;

pub use ast::{Field, Root, Step};
pub use decimal::Decimal;
pub use error::{EvalError, EvalErrorKind, Kind, ParseError, Span};
pub use expr::Expr;
pub use functions::functions;
pub use subject::{Headers, Subject};
pub use suggest::nearest;
pub use value::{Map, Value};
