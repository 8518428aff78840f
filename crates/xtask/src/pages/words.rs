//! The pages' texts in the languages that there are. What a template says stands
//! there in English, in `[[…]]`; `de.txt` has each of these texts once more, a
//! line in English and below it the same in German. A text that lacks its German,
//! and German that nothing says any more, stop the build.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A language, and where its pages lie.
pub struct Words {
    /// `en` or `de`.
    pub tag: &'static str,
    /// The folder of its pages, with a slash; English has the site's root.
    pub folder: &'static str,
    /// What the playground is asked for by its address.
    pub ask: &'static str,
    /// What stands before `.md` and `.txt` in the names of its lessons' files.
    pub infix: &'static str,
    texts: Option<BTreeMap<String, String>>,
    said: RefCell<BTreeSet<String>>,
}

impl Words {
    /// English: each text says itself.
    pub fn english() -> Self {
        Self { tag: "en", folder: "", ask: "", infix: "", texts: None, said: RefCell::default() }
    }

    /// German, from its file.
    ///
    /// # Errors
    /// A text without its German, or one that is there twice.
    pub fn german(file: &str) -> Result<Self, String> {
        let mut texts = BTreeMap::new();
        let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let lines: Vec<&str> = lines.collect();
        for pair in lines.chunks(2) {
            let [english, german] = pair else {
                return Err(format!("de.txt: no German below `{}`", pair.concat()));
            };
            if texts.insert((*english).to_owned(), (*german).to_owned()).is_some() {
                return Err(format!("de.txt: twice `{english}`"));
            }
        }
        Ok(Self {
            tag: "de",
            folder: "de/",
            ask: "?lang=de",
            infix: ".de",
            texts: Some(texts),
            said: RefCell::default(),
        })
    }

    /// A text in this language.
    ///
    /// # Errors
    /// If it is missing.
    pub fn say(&self, english: &str) -> Result<String, String> {
        let Some(texts) = &self.texts else { return Ok(english.to_owned()) };
        self.said.borrow_mut().insert(english.to_owned());
        texts.get(english).cloned().ok_or_else(|| format!("de.txt has no German for `{english}`"))
    }

    /// A template in this language.
    ///
    /// # Errors
    /// If a text is missing, or a bracket has no other.
    pub fn read(&self, template: &str) -> Result<String, String> {
        let mut parts = template.split("[[");
        let mut page = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (text, rest) = part.split_once("]]").ok_or("a `[[` has no `]]`")?;
            page.push_str(&self.say(text)?);
            page.push_str(rest);
        }
        Ok(page)
    }

    /// Refuses what no page has said.
    ///
    /// # Errors
    /// With every such text.
    pub fn all_said(&self) -> crate::Done {
        let said = self.said.borrow();
        let idle =
            self.texts.iter().flatten().map(|(english, _)| english).filter(|text| !said.contains(*text));
        let idle: Vec<&str> = idle.map(String::as_str).collect();
        if idle.is_empty() {
            Ok(())
        } else {
            Err(format!("de.txt says what no page says: `{}`", idle.join("`, `")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_said_in_both_languages_or_refused() {
        let template = "<h1>[[Hello]]</h1>[[you]]";
        assert_eq!(Words::english().read(template).unwrap(), "<h1>Hello</h1>you");
        let german = Words::german("# c\nHello\nHallo\n\nyou\ndu\n\nold\nalt\n").unwrap();
        assert_eq!(german.read(template).unwrap(), "<h1>Hallo</h1>du");
        assert_eq!(german.read("[[new]]").unwrap_err(), "de.txt has no German for `new`");
        assert_eq!(german.all_said().unwrap_err(), "de.txt says what no page says: `old`");
        assert!(Words::german("a\n").is_err() && Words::german("a\nb\na\nc\n").is_err());
        assert!(german.read("[[x").is_err());
    }
}
