//! A static file server for `dist/`, below any path of any port: the same one
//! for `serve`, for the browser tests and for the screenshots.
//!
//! One thread and one request a connection. A server library with a pool of
//! threads was here before: browsers keep several connections open, and now and
//! then one of them waited for a free thread for ever.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How many ports are tried, counting up from the one that was asked for.
const PORTS_TRIED: u16 = 20;
/// The longest request head that is read, in bytes.
const HEAD: u64 = 64 * 1024;
/// How long a connection may stay silent: browsers open some that they never use.
const SILENCE: Duration = Duration::from_secs(30);

/// A running server. It lives as long as the process.
pub struct SiteServer {
    /// Where the site is, with a slash at the end.
    pub url: String,
    /// The port that was free.
    pub port: u16,
}

/// Serves `dir` below `mount` (`/` or `/some/path/`), on the first free port
/// from `port` on; port 0 lets the system choose.
///
/// # Errors
/// If no port can be had, with the system's reason.
pub fn start(dir: &Path, mount: &str, host: &str, port: u16) -> Result<SiteServer, String> {
    let listener = listen(host, port)?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let site = Arc::new(Site { dir: dir.to_owned(), mount: mount.to_owned() });
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let site = Arc::clone(&site);
            // Whoever asked may be gone by now; that is their affair.
            std::thread::spawn(move || drop(site.answer(stream)));
        }
    });
    let shown = if host == "0.0.0.0" { "localhost" } else { host };
    Ok(SiteServer { url: format!("http://{shown}:{port}{mount}"), port })
}

fn listen(host: &str, first: u16) -> Result<TcpListener, String> {
    let mut last = String::new();
    for port in first..=first.saturating_add(PORTS_TRIED - 1) {
        match TcpListener::bind((host, port)) {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse => last = format!("port {port}: {error}"),
            Err(error) => return Err(format!("{host}, port {port}: {error}")),
        }
    }
    Err(format!("no free port from {first} on: {last}"))
}

struct Site {
    dir: PathBuf,
    mount: String,
}

impl Site {
    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(SILENCE))?;
        let mut head = BufReader::new(&stream).take(HEAD);
        let mut first = String::new();
        head.read_line(&mut first)?;
        // The whole head is read, so that closing does not cut the answer off.
        let mut line = String::new();
        while head.read_line(&mut line)? > 2 {
            line.clear();
        }
        let url = first.split(' ').nth(1).unwrap_or("");
        let read = |file: PathBuf| Some((std::fs::read(&file).ok()?, mime(&file)));
        let (status, (body, mime)) = match self.file(url).and_then(read) {
            Some(found) => ("200 OK", found),
            None => ("404 Not Found", read(self.dir.join("404.html")).unwrap_or_else(no_such_file)),
        };
        let to = if status.starts_with("404") { self.folder(url) } else { None };
        let (status, more) = match to {
            Some(to) => ("301 Moved Permanently", format!("Location: {to}\r\n")),
            None => (status, String::new()),
        };
        let mut out = &stream;
        write!(
            out,
            "HTTP/1.1 {status}\r\n{more}Content-Type: {mime}\r\nContent-Length: {}\r\n\
             Access-Control-Allow-Origin: *\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
            body.len()
        )?;
        if !first.starts_with("HEAD ") {
            out.write_all(&body)?;
        }
        out.flush()
    }

    /// Where a folder lies whose address lacks the slash at its end: static hosts send there.
    fn folder(&self, url: &str) -> Option<String> {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        self.file(&format!("{path}/"))?;
        let question = if query.is_empty() { "" } else { "?" };
        Some(format!("{path}/{question}{query}"))
    }

    /// The file that a request's address means, if it may be served.
    fn file(&self, url: &str) -> Option<PathBuf> {
        let path = url.split(['?', '#']).next()?;
        let below = decode(path)?;
        let below = below.strip_prefix(&self.mount)?;
        let mut file = self.dir.clone();
        for part in below.split('/').filter(|part| !part.is_empty()) {
            // No way up, no hidden files, no Windows tricks.
            if part.starts_with('.') || part.contains(['\\', '\0']) {
                return None;
            }
            file.push(part);
        }
        if below.is_empty() || below.ends_with('/') {
            file.push("index.html");
        }
        file.is_file().then_some(file)
    }
}

fn no_such_file() -> (Vec<u8>, &'static str) {
    (b"404: no such file\n".to_vec(), "text/plain; charset=utf-8")
}

/// Undoes `%20` and the like; nothing if that gives no text.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("webp") => "image/webp",
        Some("xml") => "application/xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "md" | "mill") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn folder(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("millrace-{name}-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("sub")).unwrap();
        std::fs::write(dir.join("index.html"), "home").unwrap();
        std::fs::write(dir.join("app.wasm"), "\0asm").unwrap();
        std::fs::write(dir.join("sub/a b.js"), "1").unwrap();
        std::fs::write(dir.join(".secret"), "no").unwrap();
        dir
    }

    fn get(port: u16, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn serves_below_its_mount_with_the_right_types_and_nothing_else() {
        let dir = folder("serves");
        let port = start(&dir, "/a/b/", "127.0.0.1", 0).unwrap().port;
        let home = get(port, "/a/b/?q#h");
        assert!(home.starts_with("HTTP/1.1 200") && home.ends_with("home"), "{home}");
        assert!(home.contains("Access-Control-Allow-Origin: *"), "{home}");
        assert!(get(port, "/a/b/app.wasm").contains("Content-Type: application/wasm"));
        assert!(get(port, "/a/b/sub/a%20b.js").contains("Content-Type: text/javascript"));
        for path in [
            "/",
            "/a/b/none",
            "/a/b/.secret",
            "/a/b/../b/index.html",
            "/a/b/%2e%2e/x",
            "/a/b/%zz",
            "/a/b/sub/",
        ] {
            assert!(get(port, path).starts_with("HTTP/1.1 404"), "{path}");
        }
        std::fs::write(dir.join("sub/index.html"), "sub").unwrap();
        assert!(get(port, "/a/b/sub/").ends_with("sub"));
        assert!(get(port, "/a/b").contains("Location: /a/b/\r\n"));
        let moved = get(port, "/a/b/sub?q");
        assert!(moved.starts_with("HTTP/1.1 301") && moved.contains("Location: /a/b/sub/?q\r\n"), "{moved}");
        std::fs::write(dir.join("404.html"), "lost").unwrap();
        let lost = get(port, "/a/b/none");
        assert!(lost.starts_with("HTTP/1.1 404") && lost.ends_with("lost"), "{lost}");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn takes_the_next_port_when_one_is_taken() {
        let dir = folder("ports");
        // The system chooses the first, so that the test needs no fixed port.
        let first = start(&dir, "/", "127.0.0.1", 0).unwrap();
        let second = start(&dir, "/", "127.0.0.1", first.port).unwrap();
        assert!(second.port > first.port);
        assert_eq!(second.url, format!("http://127.0.0.1:{}/", second.port));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
