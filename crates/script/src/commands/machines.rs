//! `machines`: what machines can carry, as a model with stated constants.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::option;
use crate::language::time::span;
use millrace_sim::{Command, Machines};

pub(super) const HELP: &[Help] = &[Help {
    name: "machines",
    synopsis: "machines [--network BYTES] [--disk BYTES] [--per-batch DURATION] [--io-threads N] [--per-request DURATION] [--codec BYTES] | machines off",
    meaning: "models (never measures) what machines carry: bytes a second of each network interface and of a broker's disk, the disk's time for a batch, request threads and their time for a request, bytes a second that a core packs with gzip, the other codecs in proportion",
    example: "machines --network 10MB --disk 2MB --io-threads 1 --per-request 1ms",
}];

/// Bytes by their units, the larger first.
const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    if arguments.skip("off") {
        arguments.done()?;
        return Ok(Command::SetMachines(None));
    }
    let once = vec!["network", "disk", "per-batch", "io-threads", "per-request", "codec"];
    let options = Options { once, many: &[] };
    let mut machines = Machines::default();
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("network") => {
                machines.network = bytes(&arguments.value("bytes a second, such as 10MB")?)?
            }
            Argument::Option("disk") => {
                machines.disk = bytes(&arguments.value("bytes a second, such as 10MB")?)?
            }
            Argument::Option("io-threads") => {
                let what = "how many request threads";
                machines.io_threads = whole(&arguments.value(what)?, what, 1, 1_000)?;
            }
            Argument::Option("codec") => {
                machines.codec = bytes(&arguments.value("bytes a second, such as 10MB")?)?
            }
            Argument::Option("per-batch") => {
                let what = "the disk's time for a batch";
                machines.per_batch = span(&arguments.value(what)?, what, "ms")?;
            }
            Argument::Option(_) => {
                let what = "a thread's time for a request";
                machines.per_request = span(&arguments.value(what)?, what, "ms")?;
            }
        }
    }
    Ok(Command::SetMachines(Some(machines)))
}

fn bytes(value: &Value<'_>) -> Result<u64, Problem> {
    let text = value.text();
    let (digits, unit) =
        UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit))).unwrap_or((text, 1));
    let number: Option<u64> = digits.parse().ok().and_then(|n: u64| n.checked_mul(unit));
    number
        .filter(|bytes| (1_000..=1_000_000_000_000).contains(bytes))
        .ok_or_else(|| value.wrong("bytes a second from 1KB to 1000GB, such as 500KB, 10MB or 125000"))
}

fn print_bytes(bytes: u64) -> String {
    let unit = UNITS.iter().find(|(_, unit)| bytes.is_multiple_of(*unit));
    unit.map_or_else(|| bytes.to_string(), |(name, unit)| format!("{}{name}", bytes / unit))
}

pub(super) fn print(machines: Option<&Machines>) -> String {
    let Some(machines) = machines else { return "machines off".to_owned() };
    let (mut line, default) = ("machines".to_owned(), Machines::default());
    if machines.network != default.network {
        option(&mut line, "network", &print_bytes(machines.network));
    }
    if machines.disk != default.disk {
        option(&mut line, "disk", &print_bytes(machines.disk));
    }
    if machines.per_batch != default.per_batch {
        option(&mut line, "per-batch", &machines.per_batch.to_string());
    }
    if machines.io_threads != default.io_threads {
        option(&mut line, "io-threads", &machines.io_threads.to_string());
    }
    if machines.per_request != default.per_request {
        option(&mut line, "per-request", &machines.per_request.to_string());
    }
    if machines.codec != default.codec {
        option(&mut line, "codec", &print_bytes(machines.codec));
    }
    line
}
