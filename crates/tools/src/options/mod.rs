//! How a tool's arguments are read: [`jopt`] for most tools, as jopt-simple does it; [`argparse`] for the others.

pub(crate) mod argparse;
mod checks;
mod jopt;

pub(crate) use checks::{exclusive, help_or_version, in_java_order, listed, require, usage};
pub(crate) use jopt::{Given, Grammar, Opt, OptionError};
