//! Arguments: flags with and without a value, and the nearest known word.

use crate::Done;

/// How a message starts that is about the arguments; the exit code is then 2.
pub const USAGE: &str = "usage";

/// Whether the arguments ask for help instead of work. What stands after `--`
/// belongs to another program.
pub fn asks_for_help(args: &[String]) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--help" || arg == "-h")
}

/// Flags as given on the command line, taken one by one; [`Flags::end`] then
/// refuses what nobody took.
pub struct Flags {
    left: Vec<String>,
}

impl Flags {
    /// Starts with all arguments.
    pub fn new(args: &[String]) -> Self {
        Self { left: args.to_vec() }
    }

    /// Takes a flag without a value; true if it was there.
    pub fn take(&mut self, flag: &str) -> bool {
        let before = self.left.len();
        self.left.retain(|arg| arg != flag);
        self.left.len() < before
    }

    /// Takes `--flag VALUE` or `--flag=VALUE`.
    ///
    /// # Errors
    /// If the flag is there and its value is not.
    pub fn value(&mut self, flag: &str) -> Result<Option<String>, String> {
        let joined = format!("{flag}=");
        if let Some(at) = self.left.iter().position(|arg| arg.starts_with(&joined)) {
            let arg = self.left.remove(at);
            return Ok(arg.strip_prefix(&joined).map(str::to_owned));
        }
        let Some(at) = self.left.iter().position(|arg| arg == flag) else {
            return Ok(None);
        };
        self.left.remove(at);
        if at < self.left.len() {
            Ok(Some(self.left.remove(at)))
        } else {
            Err(format!("{USAGE}: {flag} wants a value"))
        }
    }

    /// Takes `--flag N`.
    ///
    /// # Errors
    /// If the value is missing or no such number.
    pub fn number<N: std::str::FromStr>(&mut self, flag: &str) -> Result<Option<N>, String> {
        let Some(text) = self.value(flag)? else { return Ok(None) };
        let number = text.parse();
        number.map(Some).map_err(|_| format!("{USAGE}: {flag} wants a number in range, got `{text}`"))
    }

    /// Refuses what is left.
    ///
    /// # Errors
    /// If an argument was not taken.
    pub fn end(self) -> Done {
        match self.left.first() {
            None => Ok(()),
            Some(arg) => Err(format!("{USAGE}: what is `{arg}`? See cargo xtask --help")),
        }
    }
}

/// The member of `known` with the smallest edit distance to `word`.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> &'a str {
    known.iter().copied().min_by_key(|other| distance(word, other)).unwrap_or("--help")
}

/// Edit distance after Levenshtein, in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), diagonal) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or(0);
            next.push((above + 1).min(left + 1).min(diagonal + usize::from(x != *y)));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> Flags {
        Flags::new(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn distances() {
        for (a, b, want) in
            [("", "abc", 3), ("abc", "", 3), ("serve", "serve", 0), ("tset", "test", 2), ("sise", "size", 1)]
        {
            assert_eq!(distance(a, b), want, "{a} {b}");
        }
    }

    #[test]
    fn values_stand_after_the_flag_or_behind_the_equals_sign() {
        assert_eq!(flags("--port 81").number("--port"), Ok(Some(81_u16)));
        assert_eq!(flags("--port=81").number("--port"), Ok(Some(81_u16)));
        assert_eq!(flags("--hash=a=b").value("--hash"), Ok(Some("a=b".to_owned())));
        assert!(flags("--port").number::<u16>("--port").is_err());
        assert!(flags("--port 70000").number::<u16>("--port").is_err());
    }

    #[test]
    fn what_nobody_takes_is_refused() {
        let mut flags = flags("--readme --red");
        assert!(flags.take("--readme"));
        assert!(!flags.take("--readme"));
        assert_eq!(flags.end(), Err("usage: what is `--red`? See cargo xtask --help".to_owned()));
    }
}
