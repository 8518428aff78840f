//! `budgets.toml`: lines `name = number`, all of them known, all of them there.

use std::path::Path;

use super::{Shipped, kilobytes};

/// The budgets, in KB of 1024 bytes after `gzip -9`.
#[derive(Debug, PartialEq, Eq)]
pub struct Budgets {
    /// The app's WebAssembly module or modules of the first load.
    pub app_wasm_gzip_kb: u64,
    /// Everything that a first visit loads.
    pub first_load_gzip_kb: u64,
    /// What every page with a widget loads, near or not: `embed.js`.
    pub embed_loader_gzip_kb: u64,
    /// Everything that the first widget of a page loads.
    pub embed_first_load_gzip_kb: u64,
}

/// One budget, judged.
pub struct Judged {
    /// As printed.
    pub text: String,
    /// Whether it is exceeded.
    pub over: bool,
}

impl Budgets {
    /// Reads the file.
    ///
    /// # Errors
    /// If a line is no `name = number`, or a name is unknown or missing.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (mut app, mut first, mut loader, mut embed) = (None, None, None, None);
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let place = number + 1;
            let (name, value) =
                line.split_once('=').ok_or_else(|| format!("line {place}: expected `name = number`"))?;
            let value = value
                .trim()
                .parse()
                .map_err(|_| format!("line {place}: `{}` is no whole number", value.trim()))?;
            match name.trim() {
                "app_wasm_gzip_kb" => app = Some(value),
                "first_load_gzip_kb" => first = Some(value),
                "embed_loader_gzip_kb" => loader = Some(value),
                "embed_first_load_gzip_kb" => embed = Some(value),
                other => return Err(format!("line {place}: no budget is named `{other}`")),
            }
        }
        Ok(Self {
            app_wasm_gzip_kb: app.ok_or("app_wasm_gzip_kb is missing")?,
            first_load_gzip_kb: first.ok_or("first_load_gzip_kb is missing")?,
            embed_loader_gzip_kb: loader.ok_or("embed_loader_gzip_kb is missing")?,
            embed_first_load_gzip_kb: embed.ok_or("embed_first_load_gzip_kb is missing")?,
        })
    }

    /// Holds each budget against what is shipped.
    pub fn judge(&self, shipped: &[Shipped]) -> Vec<Judged> {
        let sum = |of: fn(&&Shipped) -> bool| shipped.iter().filter(of).map(|file| file.gzip).sum::<u64>();
        let app = sum(|file| file.first && [".wasm", ".lzma"].iter().any(|end| file.name.ends_with(end)));
        let first = sum(|file| file.first);
        vec![
            judge("app wasm", app, self.app_wasm_gzip_kb),
            judge("first load", first, self.first_load_gzip_kb),
            judge("widget's loader", sum(|file| file.name.ends_with("/embed.js")), self.embed_loader_gzip_kb),
            judge("widget's first load", sum(|file| file.embed), self.embed_first_load_gzip_kb),
        ]
    }
}

fn judge(what: &str, bytes: u64, budget_kb: u64) -> Judged {
    let over = bytes > budget_kb * 1024;
    let verdict = if over { "OVER" } else { "ok" };
    Judged { text: format!("{what}: {} KB gzip of {budget_kb} KB, {verdict}", kilobytes(bytes)), over }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMISED: Budgets = Budgets {
        app_wasm_gzip_kb: 350,
        first_load_gzip_kb: 450,
        embed_loader_gzip_kb: 3,
        embed_first_load_gzip_kb: 250,
    };

    #[test]
    fn reads_what_it_knows_and_refuses_the_rest() {
        let good = "# why\napp_wasm_gzip_kb = 350 # module\nfirst_load_gzip_kb = 450\nembed_loader_gzip_kb = 3\nembed_first_load_gzip_kb = 250\n";
        assert_eq!(Budgets::parse(good), Ok(PROMISED));
        for (bad, want) in [
            ("", "app_wasm_gzip_kb is missing"),
            ("app_wasm_gzip_kb = 1", "first_load_gzip_kb is missing"),
            (
                "app_wasm_gzip_kb = 1\nfirst_load_gzip_kb = 1\nembed_loader_gzip_kb = 1",
                "embed_first_load_gzip_kb is missing",
            ),
            ("app = 1", "line 1: no budget is named `app`"),
            ("\napp_wasm_gzip_kb 350", "line 2: expected `name = number`"),
            ("app_wasm_gzip_kb = 3.5", "line 1: `3.5` is no whole number"),
        ] {
            assert_eq!(Budgets::parse(bad), Err(want.to_owned()), "{bad}");
        }
    }

    #[test]
    fn a_budget_holds_to_the_byte_and_counts_the_first_load_only() {
        let budgets = Budgets {
            app_wasm_gzip_kb: 2,
            first_load_gzip_kb: 3,
            embed_loader_gzip_kb: 1,
            embed_first_load_gzip_kb: 2,
        };
        let file = |name: &str, gzip, first| Shipped {
            name: name.to_owned(),
            raw: 9,
            gzip,
            brotli: 9,
            first,
            embed: false,
        };
        let judged =
            |shipped: &[Shipped]| budgets.judge(shipped).iter().map(|line| line.over).collect::<Vec<_>>();
        let over = |shipped: &[Shipped]| judged(shipped).into_iter().take(2).collect::<Vec<_>>();
        let loader = Shipped { embed: true, ..file("x/embed.js", 1025, false) };
        assert_eq!(judged(&[loader]), [false, false, true, false]);
        let module = Shipped { embed: true, ..file("x/e_first.lzma", 2049, false) };
        assert_eq!(judged(&[module]), [false, false, false, true]);
        assert_eq!(over(&[file("a.wasm", 2048, true), file("a.js", 1024, true)]), [false, false]);
        assert_eq!(over(&[file("a.wasm", 2049, true), file("a.js", 1023, true)]), [true, false]);
        assert_eq!(over(&[file("a.wasm", 2048, true), file("a.js", 1025, true)]), [false, true]);
        assert_eq!(over(&[file("b.wasm", 9999, false), file("c.js", 9999, false)]), [false, false]);
    }

    #[test]
    fn the_budgets_of_this_project_are_those_that_were_promised() {
        let file = crate::process::root().join("budgets.toml");
        assert_eq!(Budgets::read(&file), Ok(PROMISED));
    }
}
