//! Lines to records (`LineMessageReader`).

use super::Properties;
use millrace_model::Header;

/// What a line is cut into.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub headers: Vec<Header>,
    pub key: Option<String>,
    pub value: Option<String>,
}

pub(super) struct LineReader {
    parse_key: bool,
    parse_headers: bool,
    ignore_error: bool,
    key_separator: String,
    headers_delimiter: String,
    headers_separator: String,
    headers_key_separator: String,
    null_marker: Option<String>,
}

impl LineReader {
    /// # Errors
    /// Kafka's sentence, if two signs are the same.
    pub fn new(properties: &Properties) -> Result<LineReader, String> {
        let is_true =
            |key: &str| properties.get(key).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        let text = |key: &str, default: &str| properties.get(key).map_or(default, String::as_str).to_owned();
        let reader = LineReader {
            parse_key: is_true("parse.key"),
            parse_headers: is_true("parse.headers"),
            ignore_error: is_true("ignore.error"),
            key_separator: text("key.separator", "\t"),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: text("headers.separator", ","),
            headers_key_separator: text("headers.key.separator", ":"),
            null_marker: properties.get("null.marker").cloned(),
        };
        let r = &reader;
        let null = r.null_marker.as_deref();
        let signs = [
            ("headers.delimiter", Some(&*r.headers_delimiter), "headers.separator", &r.headers_separator),
            (
                "headers.delimiter",
                Some(&*r.headers_delimiter),
                "headers.key.separator",
                &r.headers_key_separator,
            ),
            (
                "headers.separator",
                Some(&*r.headers_separator),
                "headers.key.separator",
                &r.headers_key_separator,
            ),
            ("null.marker", null, "key.separator", &r.key_separator),
            ("null.marker", null, "headers.separator", &r.headers_separator),
            ("null.marker", null, "headers.delimiter", &r.headers_delimiter),
            ("null.marker", null, "headers.key.separator", &r.headers_key_separator),
        ];
        match signs.iter().find(|(_, one, _, other)| *one == Some(other)) {
            Some((one, _, other, _)) => Err(format!("{one} and {other} may not be equal")),
            None => Ok(reader),
        }
    }

    /// Reads one line, which has this number from 1.
    ///
    /// # Errors
    /// Kafka's sentence.
    pub fn read(&self, line: &str, number: usize) -> Result<Line, String> {
        let parts = (line, number);
        let headers =
            self.cut(self.parse_headers, parts, 0, (&self.headers_delimiter, "headers delimiter"))?;
        let at = headers.map_or(0, |headers| headers.len() + self.headers_delimiter.len());
        let key = self.cut(self.parse_key, parts, at, (&self.key_separator, "key separator"))?;
        let value_at = at + key.map_or(0, |key| key.len() + self.key_separator.len());
        let value = line.get(value_at..).unwrap_or_default();
        Ok(Line {
            headers: match headers.filter(|headers| !self.is_null(headers)) {
                Some(headers) => self.headers(headers, number)?,
                None => Vec::new(),
            },
            key: key.filter(|key| !self.is_null(key)).map(str::to_owned),
            value: Some(value).filter(|value| !self.is_null(value)).map(str::to_owned),
        })
    }

    fn is_null(&self, text: &str) -> bool {
        self.null_marker.as_deref() == Some(text)
    }

    fn cut<'a>(
        &self,
        enabled: bool,
        (line, number): (&'a str, usize),
        start: usize,
        (sign, name): (&str, &str),
    ) -> Result<Option<&'a str>, String> {
        let rest = line.get(start..).unwrap_or_default();
        match rest.find(sign) {
            _ if !enabled => Ok(None),
            Some(end) => Ok(rest.get(..end)),
            None if self.ignore_error => Ok(None),
            None => Err(format!("No {name} found on line number {number}: '{line}'")),
        }
    }

    fn headers(&self, text: &str, number: usize) -> Result<Vec<Header>, String> {
        let mut pairs: Vec<&str> = text.split(&*self.headers_separator).collect();
        // Java drops empty parts at the end, unless there is only one part.
        while pairs.len() > 1 && pairs.last().is_some_and(|last| last.is_empty()) {
            pairs.pop();
        }
        let header = |pair: &str| {
            let Some((key, value)) = pair.split_once(&*self.headers_key_separator) else {
                if self.ignore_error {
                    return Ok(Header { key: pair.into(), value: None });
                }
                return Err(format!(
                    "No header key separator found in pair '{pair}' on line number {number}"
                ));
            };
            if self.is_null(key) {
                return Err(format!(
                    "Header keys should not be equal to the null marker '{key}' as they can't be null"
                ));
            }
            let value = Some(value).filter(|value| !self.is_null(value));
            Ok(Header { key: key.into(), value: value.map(|value| value.as_bytes().into()) })
        };
        pairs.into_iter().map(header).collect()
    }
}

/// `BufferedReader.readLine`
pub(super) fn lines(text: &str) -> Vec<&str> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Vec::new();
    }
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r')).collect()
}

#[cfg(test)]
mod tests {
    use super::super::pairs;
    use super::*;

    fn reader(arguments: &[&str]) -> Result<LineReader, String> {
        let mut properties = Properties::new();
        pairs(arguments, &mut properties);
        LineReader::new(&properties)
    }

    fn read(arguments: &[&str], line: &str) -> Result<String, String> {
        let line = reader(arguments)?.read(line, 3)?;
        let headers: Vec<String> = line
            .headers
            .iter()
            .map(|header| match &header.value {
                Some(value) => format!("{}={}", header.key, String::from_utf8_lossy(value)),
                None => header.key.to_string(),
            })
            .collect();
        Ok(format!("{} {:?} {:?}", headers.join("&"), line.key, line.value))
    }

    #[test]
    fn a_line_is_cut_where_kafka_cuts_it() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(read(&[], "a\tb"), ok(" None Some(\"a\\tb\")"));
        assert_eq!(read(&["parse.key=true", "key.separator=:"], "k:v:x"), ok(" Some(\"k\") Some(\"v:x\")"));
        assert_eq!(
            read(&["parse.key=true"], "bad"),
            Err("No key separator found on line number 3: 'bad'".to_owned())
        );
        assert_eq!(read(&["parse.key=true", "ignore.error=true"], "bad"), ok(" None Some(\"bad\")"));
        let both = ["parse.headers=true", "parse.key=true", "null.marker=N"];
        assert_eq!(read(&both, "h:1,i:N\tN\tv"), ok("h=1&i None Some(\"v\")"));
        assert_eq!(
            read(&both, "h\tk\tv"),
            Err("No header key separator found in pair 'h' on line number 3".to_owned())
        );
        assert_eq!(
            reader(&["headers.delimiter=,"]).err().as_deref(),
            Some("headers.delimiter and headers.separator may not be equal")
        );
    }

    #[test]
    fn lines_end_as_in_java() {
        assert_eq!(lines("a\n\nb\r\nc"), ["a", "", "b", "c"]);
        assert_eq!(lines("a\nb\n"), ["a", "b"]);
        assert_eq!(lines("").len(), 0);
    }
}
