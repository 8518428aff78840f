//! What of a text counts.

/// What depends on the run: three numbers, and an id.
const PLACEHOLDERS: [&str; 4] = ["<n>", "<epoch>", "<timestamp>", "<uuid22>"];

/// Whether our text is Kafka's with something for its placeholders; columns of numbers may be of other widths.
pub fn is_like(ours: &str, kafkas: &str) -> bool {
    let words =
        |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let lines = || ours.split('\n').zip(kafkas.split('\n'));
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_digit());
    let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    let is_id = |word: &str| word.len() == 22 && word.bytes().all(is_letter);
    let is_word_like = |ours: &str, kafkas: &str| {
        let placeholder = PLACEHOLDERS.into_iter().find(|name| kafkas.contains(name));
        let around = placeholder.and_then(|name| kafkas.split_once(name));
        let inner = around
            .and_then(|(before, after)| ours.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)));
        let is_one =
            |inner: &str| if placeholder == Some("<uuid22>") { is_id(inner) } else { is_number(inner) };
        ours == kafkas || inner.is_some_and(is_one)
    };
    let is_line_like = |(ours, kafkas): (&str, &str)| {
        let spaced = |text: &str| words(&text.replace('\t', " \t "));
        let (ours, kafkas) = (spaced(ours), spaced(kafkas));
        ours.len() == kafkas.len()
            && ours.iter().zip(&kafkas).all(|(ours, kafkas)| is_word_like(ours, kafkas))
    };
    ours.split('\n').count() == kafkas.split('\n').count()
        && lines().all(|(ours, kafkas)| {
            let is_varied = PLACEHOLDERS.iter().any(|name| kafkas.contains(name));
            ours == kafkas || is_varied && is_line_like((ours, kafkas))
        })
}

/// The observers of a quorum in the order of their numbers: Kafka keeps them in a hash table.
pub fn with_sorted_observers(text: &str) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let is_row = |line: &&mut String| line.ends_with("\tObserver\t");
    let mut rows: Vec<String> = lines.iter_mut().filter(is_row).map(|line| line.clone()).collect();
    rows.sort();
    for (line, sorted) in lines.iter_mut().filter(is_row).zip(rows) {
        *line = sorted;
    }
    for line in &mut lines {
        let list = line.strip_prefix("CurrentObservers:       [{").and_then(|rest| rest.strip_suffix("}]"));
        if let Some(list) = list {
            let mut each: Vec<&str> = list.split("}, {").collect();
            each.sort_unstable();
            *line = format!("CurrentObservers:       [{{{}}}]", each.join("}, {"));
        }
    }
    lines.join("\n")
}

/// A text of measures with `<n>` for each number, `<n.K>` for one with K decimals, and `<timestamp>` for a date.
pub fn without_measures(text: &str) -> String {
    let mut out = String::new();
    let (mut rest, mut before) = (text, ' ');
    while let Some(c) = rest.chars().next() {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let whole = digits(rest);
        let starts = whole > 0 && !before.is_alphanumeric() && !matches!(before, '_' | '.' | '-');
        let date = rest.get(..DATE.len()).filter(|date| is_date(date));
        let (end, shown) = match (starts, date) {
            (true, Some(date)) => (date.len(), "<timestamp>".to_owned()),
            (true, None) => {
                let decimals = rest.get(whole..).and_then(|rest| rest.strip_prefix('.')).map_or(0, digits);
                let end = if decimals > 0 { whole + 1 + decimals } else { whole };
                let shown = if decimals > 0 { format!("<n.{decimals}>") } else { "<n>".to_owned() };
                let follows = rest.get(end..).and_then(|rest| rest.chars().next());
                let is_word = follows.is_some_and(|c| c.is_alphanumeric() || c == '_');
                if is_word { (end, rest.get(..end).unwrap_or_default().to_owned()) } else { (end, shown) }
            }
            (false, _) => (c.len_utf8(), c.to_string()),
        };
        out.push_str(&shown);
        before = rest.get(..end).and_then(|seen| seen.chars().last()).unwrap_or(' ');
        rest = rest.get(end..).unwrap_or_default();
    }
    out
}

/// How `kafka-consumer-perf-test` writes a time.
const DATE: &str = "0000-00-00 00:00:00:000";

fn is_date(text: &str) -> bool {
    let like = |(a, b): (char, char)| if b == '0' { a.is_ascii_digit() } else { a == b };
    text.chars().zip(DATE.chars()).all(like)
}

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
            // What a usage of argparse4j's says of the mistake is no option.
            let lines = lines.take_while(|line| !line.contains(": error: "));
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

/// `--create` of a line of a usage that begins with it, and every `[--create`.
fn options_of(line: &str) -> Vec<String> {
    const INDENT: usize = 4;
    let name = |text: &str| -> Option<String> {
        let end =
            text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '.' | '_')).unwrap_or(text.len());
        text.get(..end).filter(|word| word.len() > 2 && !word.starts_with("---")).map(str::to_owned)
    };
    let mut found: Vec<String> =
        line.match_indices("[--").filter_map(|(at, _)| name(line.get(at + 1..)?)).collect();
    let rest = line.trim_start().trim_start_matches("* ");
    if line.len() - rest.len() <= INDENT {
        let words = rest.split([' ', ',']).take_while(|word| word.is_empty() || word.starts_with("--"));
        found.extend(words.filter_map(name));
    }
    found
}

/// What the standard error says, without Java's stack traces and what they repeat.
pub fn normal(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for line in text.lines() {
        let is_stack = line.starts_with('\t') || line.starts_with("Caused by: ");
        let mut last_lines = kept.iter().rev().filter(|line| !line.is_empty()).take(2);
        // A parser's exception has a second line, which says where.
        let is_repeated = is_exception(line) && last_lines.any(|last| repeats(line, last))
            || line.starts_with(" at [Source: ") && kept.contains(&line);
        // A client that reaches nobody says so again and again.
        let is_connection = line.contains("could not be established")
            || line.ends_with(" disconnected")
            || line == "<connection warnings>"
            || line == "<retry warnings>";
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

/// The same text with in-sync replicas in the order of their numbers, for those that came back in an order of their own.
pub fn with_sorted_isr(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("Isr: ") {
        let (isr, later) = after.split_once('\t').unwrap_or((after, ""));
        let mut ids: Vec<&str> = isr.split(',').collect();
        ids.sort_unstable();
        out.push_str(&format!("{before}Isr: {}\t", ids.join(",")));
        rest = later;
    }
    out + rest
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
    fn numbers_may_be_others_and_nothing_else() {
        assert!(is_like("Id \tEnd  \n1  \t12345\t3 ms", "Id \tEnd  \n1  \t<n>  \t<n> ms"));
        assert!(is_like("a: 5\tEpoch: 7", "a: 5\tEpoch: <epoch>"));
        assert!(!is_like("a: 6\tEpoch: 7", "a: 5\tEpoch: <epoch>"));
        assert!(is_like("AAAAAAAAAAAAAAAAAAAA-Q\n", "<uuid22>\n") && !is_like("AAAA\n", "<uuid22>\n"));
        assert!(!is_like("a: x", "a: <n>") && !is_like("a:  b", "a: b") && !is_like("a: 5\n", "a: <n>"));
    }

    #[test]
    fn every_measure_is_a_placeholder() {
        let text = "0\t12.5\n2026-01-01 12:00:00:000, 7 ms 99.9th, node-1 : 4.0.0-SNAPSHOT (-1 NaN)";
        let shown = "<n>\t<n.1>\n<timestamp>, <n> ms 99.9th, node-1 : <n.1>.0-SNAPSHOT (-1 NaN)";
        assert_eq!(without_measures(text), shown);
    }

    #[test]
    fn a_usage_of_argparse4j_names_what_is_in_brackets() {
        let text = "usage: a [-h] [--b B] --c C\n         [--d D] (--e E | --f)\n  --g G    see [--h]\na: error: argument\n--i no\n";
        assert_eq!(cut_usage(text).1.join(" "), "--b --d --g --h");
    }

    #[test]
    fn stack_traces_do_not_count() {
        let text = "No.\njava.lang.Exception: No.\n\t<stack>\nCaused by: x\n\t<stack>\n\n\n";
        assert_eq!(normal(text), "No.");
        assert_eq!(normal("java.lang.Exception: No.\n"), "java.lang.Exception: No.");
        assert_eq!(normal("No.\n<usage>"), "No.");
    }
}
