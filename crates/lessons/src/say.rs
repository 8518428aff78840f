//! A line of a real tool, read as the tool reads it: the order of the options does not matter, nor does where the cluster is.

use millrace_script::language::lexer;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The tool's name without `.sh` and without the folder that it lies in.
    pub tool: String,
    /// The words before the first option.
    pub words: Vec<String>,
    /// The options with their values, in the order of the alphabet.
    pub options: Vec<(String, Vec<String>)>,
}

impl Said {
    /// Reads a line.
    ///
    /// # Errors
    /// A sentence, if a quote is not closed or nothing is said.
    pub fn parse(line: &str) -> Result<Said, String> {
        let words = lexer::words(line, 0).map_err(|(problem, _)| problem.sentence())?;
        let mut tokens = words.tokens.into_iter();
        let first = tokens.next().ok_or("expected a line of a tool, found nothing")?;
        let name = first.text.rsplit('/').next().unwrap_or_default();
        let tool = name.strip_suffix(".sh").unwrap_or(name).to_owned();
        let mut said = Said { tool, words: Vec::new(), options: Vec::new() };
        for token in tokens {
            if token.text.starts_with('-') && !token.quoted {
                let (name, value) = match token.text.split_once('=') {
                    Some((name, value)) => (name.to_owned(), vec![value.to_owned()]),
                    None => (token.text, Vec::new()),
                };
                said.options.push((name, value));
            } else {
                match said.options.last_mut() {
                    Some((_, values)) => values.push(token.text),
                    None => said.words.push(token.text),
                }
            }
        }
        said.options.retain(|(name, _)| name != "--bootstrap-server");
        said.options.sort();
        Ok(said)
    }

    /// Whether an answer says the same.
    ///
    /// # Errors
    /// The sentence that says what is missing, what is too much, or what differs.
    pub fn accepts(&self, answer: &str) -> Result<(), String> {
        let answer = Said::parse(answer)?;
        if answer.tool != self.tool {
            return Err(format!("another tool does this: {} is not it", answer.tool));
        }
        if let Some(missing) = self.words.iter().find(|word| !answer.words.contains(word)) {
            return Err(format!("{missing} is missing"));
        }
        if let Some(extra) = answer.words.iter().find(|word| !self.words.contains(word)) {
            return Err(format!("{extra} is too much"));
        }
        let name = |(name, _): &&(String, Vec<String>)| name.clone();
        let find = |of: &Said, wanted: &str| of.options.iter().any(|(name, _)| name == wanted);
        if let Some(missing) = self.options.iter().find(|(name, _)| !find(&answer, name)) {
            return Err(format!("{} is missing", name(&missing)));
        }
        if let Some(extra) = answer.options.iter().find(|(name, _)| !find(self, name)) {
            return Err(format!("{} is too much", name(&extra)));
        }
        let differs = self.options.iter().find(|option| !answer.options.contains(option));
        let extra = answer.options.iter().find(|option| !self.options.contains(option));
        match differs.or(extra) {
            Some(option) => {
                Err(format!("{} has another value than the one that is asked for", name(&option)))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_its_tool_reads_it() {
        let said = Said::parse("kafka-topics --create --topic orders --partitions 3").unwrap();
        for answer in [
            "kafka-topics --create --topic orders --partitions 3",
            "bin/kafka-topics.sh --bootstrap-server localhost:9092 --partitions=3 --topic 'orders' --create",
        ] {
            assert_eq!(said.accepts(answer), Ok(()), "{answer}");
        }
        let refused =
            |answer: &str, sentence: &str| assert_eq!(said.accepts(answer), Err(sentence.to_owned()));
        refused("kafka-topics --create --topic orders", "--partitions is missing");
        refused(
            "kafka-topics --create --topic orders --partitions 3 --if-not-exists",
            "--if-not-exists is too much",
        );
        refused(
            "kafka-topics --create --topic orders --partitions 4",
            "--partitions has another value than the one that is asked for",
        );
        refused("kafka-configs --create", "another tool does this: kafka-configs is not it");
        refused("", "expected a line of a tool, found nothing");
    }
}
