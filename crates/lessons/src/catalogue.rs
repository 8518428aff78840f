//! The shelf: which lessons there are, in the order in which they are learnt.

use crate::lesson::Lesson;
use crate::problem::Problem;

/// One lesson of the shelf: what is shown before it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelved {
    /// The folder that its `lesson.md` lies in: `L03-the-key-decides`.
    pub folder: String,
    /// Its number.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is known afterwards.
    pub aim: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// How many tasks it has.
    pub tasks: usize,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    lessons: Vec<Shelved>,
}

impl Catalogue {
    /// Of lessons, each with the name of its folder.
    ///
    /// # Errors
    /// Folders that are not named after their lessons, and numbers that are given twice.
    pub fn new<'a>(
        lessons: impl IntoIterator<Item = (&'a str, &'a Lesson)>,
    ) -> Result<Catalogue, Vec<String>> {
        let mut shelf: Vec<Shelved> =
            lessons.into_iter().map(|(folder, lesson)| Shelved::new(folder, lesson)).collect();
        shelf.sort_by(|a, b| a.id.cmp(&b.id));
        let mut wrong = Vec::new();
        for lesson in &shelf {
            if lesson.folder != lesson.named() {
                wrong.push(format!("{}: expected a folder {}", lesson.folder, lesson.named()));
            }
        }
        for pair in shelf.windows(2) {
            if let [a, b] = pair
                && a.id == b.id
            {
                wrong.push(format!("{} and {} both say id: {}", a.folder, b.folder, a.id));
            }
        }
        if wrong.is_empty() { Ok(Catalogue { lessons: shelf }) } else { Err(wrong) }
    }

    /// The same shelf in another language: the lessons of the folders as they are called there.
    #[must_use]
    pub fn translated<'a>(&self, lessons: impl IntoIterator<Item = (&'a str, &'a Lesson)>) -> Catalogue {
        let mut catalogue = self.clone();
        for (folder, lesson) in lessons {
            for shelved in catalogue.lessons.iter_mut().filter(|shelved| shelved.folder == folder) {
                shelved.title.clone_from(&lesson.front.title);
                shelved.aim.clone_from(&lesson.front.aim);
            }
        }
        catalogue
    }

    /// The lessons.
    pub fn lessons(&self) -> &[Shelved] {
        &self.lessons
    }

    /// The lesson of a number, such as `L03`.
    pub fn lesson(&self, id: &str) -> Option<&Shelved> {
        self.lessons.iter().find(|lesson| lesson.id == id)
    }

    /// The lesson that is learnt next.
    pub fn next(&self, id: &str) -> Option<&Shelved> {
        let at = self.lessons.iter().position(|lesson| lesson.id == id)?;
        self.lessons.get(at + 1)
    }

    /// One line a lesson, with tabs between what it says: what the page loads.
    pub fn print(&self) -> String {
        let line = |l: &Shelved| {
            format!("{}\t{}\t{}\t{}\t{}\t{}\n", l.folder, l.id, l.title, l.aim, l.minutes, l.tasks)
        };
        self.lessons.iter().map(line).collect()
    }

    /// The printer's inverse.
    ///
    /// # Errors
    /// The first line that says something else.
    pub fn parse(source: &str) -> Result<Catalogue, Problem> {
        let line = |(n, text): (usize, &str)| {
            let read = || {
                let mut parts = text.split('\t').map(str::to_owned);
                let mut next = || parts.next();
                let (folder, id, title, aim) = (next()?, next()?, next()?, next()?);
                let (minutes, tasks) = (next()?.parse().ok()?, next()?.parse().ok()?);
                next().is_none().then_some(Shelved { folder, id, title, aim, minutes, tasks })
            };
            read().ok_or_else(|| Problem::new(n + 1, "expected folder, id, title, aim, minutes, tasks"))
        };
        Ok(Catalogue { lessons: source.lines().enumerate().map(line).collect::<Result<_, _>>()? })
    }
}

impl Shelved {
    fn new(folder: &str, lesson: &Lesson) -> Shelved {
        let front = &lesson.front;
        Shelved {
            folder: folder.to_owned(),
            id: front.id.clone(),
            title: front.title.clone(),
            aim: front.aim.clone(),
            minutes: front.minutes,
            tasks: lesson.tasks().count(),
        }
    }

    /// The name that its folder has to have: the number, and the words of its title.
    fn named(&self) -> String {
        let words = self.title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.fold(self.id.clone(), |name, word| name + "-" + &word.to_lowercase())
    }
}
