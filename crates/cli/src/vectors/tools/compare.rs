//! What of a text counts.

/// The text up to the usage, with `<usage>` in its place, and the options that the usage names.
pub fn cut_usage(text: &str) -> (String, Vec<String>) {
    let is_head = |line: &str| {
        line.starts_with("Option  ")
            || line.starts_with("Option (* = required)")
            || line.starts_with("usage: ")
    };
    let mut kept = String::new();
    let mut lines = text.lines();
    for line in lines.by_ref() {
        if is_head(line) {
            kept.push_str("<usage>");
            let mut options: Vec<String> = lines.chain([line]).flat_map(options_of).collect();
            options.sort();
            options.dedup();
            return (kept, options);
        }
        kept.push_str(line);
        kept.push('\n');
    }
    if !text.ends_with('\n') {
        kept.pop();
    }
    (kept, Vec::new())
}

/// `--create` of a line of a usage that begins with it.
fn options_of(line: &str) -> Vec<String> {
    let line = line.trim_start().trim_start_matches("* ");
    let words = line.split([' ', ',', '[', ']', '|', '(', ')']);
    let options = words.take_while(|word| word.is_empty() || word.starts_with('-'));
    options
        .filter(|word| word.len() > 2 && word.starts_with("--") && !word.starts_with("---"))
        .map(str::to_owned)
        .collect()
}

/// What the standard error says, without Java's stack traces and what they repeat.
pub fn normal(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for line in text.lines() {
        let is_stack = line.starts_with('\t') || line.starts_with("Caused by: ");
        let is_repeated = is_exception(line)
            && kept.iter().rev().find(|line| !line.is_empty()).is_some_and(|last| repeats(line, last));
        // A client that reaches nobody says so again and again.
        let is_connection = line.contains("could not be established")
            || line.ends_with(" disconnected")
            || line == "<connection warnings>";
        if !is_stack && !is_repeated && !is_connection {
            kept.push(line);
        }
    }
    // Partitions are asked for in the order of a hash table; each is a line of the log.
    for run in kept.chunk_by_mut(|a, b| a.starts_with(LOG) && b.starts_with(LOG)) {
        run.sort_unstable();
    }
    let text = kept.join("\n");
    text.trim_end().trim_end_matches("<usage>").trim_end().to_owned()
}

/// How a line of a log begins.
const LOG: &str = "[<timestamp>]";

/// An exception that says again what the tool has just said.
fn repeats(exception: &str, last: &str) -> bool {
    let said = exception.split_once(": ").map_or("", |(_, words)| words);
    !said.is_empty() && (last == said || last.ends_with(&format!(": {said}")))
}

/// `org.apache.kafka.common.errors.TimeoutException: …`
fn is_exception(line: &str) -> bool {
    let class = line.split(':').next().unwrap_or_default();
    class.contains('.') && !class.contains(' ') && (class.ends_with("Exception") || class.ends_with("Error"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_is_what_it_names() {
        let text = "No.\nOption      What\n------   ---\n--b <x>    b\n* --a, --aa   see --c\n";
        let (kept, options) = cut_usage(text);
        assert_eq!((kept.as_str(), options.join(" ").as_str()), ("No.\n<usage>", "--a --aa --b"));
        assert_eq!(cut_usage("x\ny").0, "x\ny");
        assert_eq!(cut_usage("<usage>").0, "<usage>");
    }

    #[test]
    fn stack_traces_do_not_count() {
        let text = "No.\njava.lang.Exception: No.\n\t<stack>\nCaused by: x\n\t<stack>\n\n\n";
        assert_eq!(normal(text), "No.");
        assert_eq!(normal("java.lang.Exception: No.\n"), "java.lang.Exception: No.");
        assert_eq!(normal("No.\n<usage>"), "No.");
    }
}
