//! What the machines can carry, as a model with stated constants: nothing here is measured, nothing is a promise about real
//! machines. Off by default: then a message takes `network latency` and nothing else.

use millrace_model::Span;

/// The constants, the same for all machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Machines {
    /// Bytes a second that each network interface carries, in each direction.
    pub network: u64,
    /// Bytes a second that a broker's disk takes.
    pub disk: u64,
    /// How long a broker's disk takes for each batch besides, whatever its size.
    pub per_batch: Span,
    /// `num.io.threads`: requests that a broker works on at a time. Default 8.
    pub io_threads: u32,
    /// How long a thread takes for each request besides.
    pub per_request: Span,
}

impl Default for Machines {
    /// 1 Gbit/s, a disk of 200 MB/s, 20 µs a batch, eight threads, 50 µs a request.
    fn default() -> Self {
        Machines {
            network: 125_000_000,
            disk: 200_000_000,
            per_batch: Span(20),
            io_threads: 8,
            per_request: Span(50),
        }
    }
}

/// A part of a machine that can be busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What comes in over the network.
    NetworkIn,
    /// What goes out over the network.
    NetworkOut,
    /// The request threads, all together.
    Threads,
    /// The disk.
    Disk,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 4] = [Part::NetworkIn, Part::NetworkOut, Part::Threads, Part::Disk];

    /// Its name in a script.
    pub fn name(self) -> &'static str {
        match self {
            Part::NetworkIn => "in",
            Part::NetworkOut => "out",
            Part::Threads => "threads",
            Part::Disk => "disk",
        }
    }

    /// The part of that name.
    pub fn from_name(name: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.name() == name)
    }
}
