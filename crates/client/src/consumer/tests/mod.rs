//! A consumer against a tiny scripted broker: whole event lists, one line an event.

mod commits;
mod cooperative;
mod group;
mod membership;
mod positions;
mod random;
mod script;
