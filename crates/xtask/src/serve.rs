//! `cargo xtask serve`: build the site, serve it, print the addresses.

use crate::Done;
use crate::args::Flags;
use crate::build::{self, Kind, PLAY, dist};
use crate::process::say;
use crate::site_server;

const PORT: u16 = 8080;

/// Builds and serves until it is stopped.
///
/// # Errors
/// If the build fails or no port is free.
pub fn run(args: &[String]) -> Done {
    let mut flags = Flags::new(args);
    let port = flags.number("--port")?.unwrap_or(PORT);
    let host = flags.value("--host")?.unwrap_or_else(|| "127.0.0.1".to_owned());
    let kind = if flags.take("--debug") { Kind::Debug } else { Kind::Release };
    let as_is = flags.take("--no-build");
    flags.end()?;
    if as_is {
        build::must_exist()?;
    } else {
        build::build(kind)?;
    }
    let server = site_server::start(&dist(), "/", &host, port)?;
    if port != 0 && server.port != port {
        say(&format!("port {port} is taken, so this is {}", server.port));
    }
    println!("\n  {0}{PLAY}  the playground\n  {0}       the landing page\n\nCtrl+C stops.", server.url);
    loop {
        std::thread::park();
    }
}
