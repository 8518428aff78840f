//! `kafka-consumer-groups --describe`: tables with a line of names above; `--members` and `--state` are tables of their own.

use super::Reading;

/// Whether it is a table's first line.
pub(super) fn is_header(words: &[&str]) -> bool {
    words.first() == Some(&"GROUP") && words.len() > 2
}

impl Reading {
    pub(super) fn group_line(&mut self, number: usize, words: &[&str]) {
        let has = |name: &str| self.columns.iter().any(|column| column == name);
        match (has("CURRENT-OFFSET"), has("STATE"), has("CONSUMER-ID")) {
            (true, ..) => self.offsets(number, words),
            (_, true, _) => self.state(number, words),
            (_, _, true) => self.member(number, words),
            _ => {
                self.problem(number, "a table of kafka-consumer-groups that has no offsets, members or state")
            }
        }
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    fn offsets(&mut self, number: usize, words: &[&str]) {
        if words.len() != self.columns.len() {
            let says = format!("{} columns, but {} names above", words.len(), self.columns.len());
            return self.problem(number, says);
        }
        let word = |name: &str| self.at(name).and_then(|at| words.get(at)).copied().unwrap_or("-");
        let (group, topic, partition) = (word("GROUP"), word("TOPIC"), word("PARTITION"));
        let (current, end, member) = (word("CURRENT-OFFSET"), word("LOG-END-OFFSET"), word("CONSUMER-ID"));
        let offset = |text: &str| text.parse::<i64>().ok().filter(|offset| *offset >= 0);
        self.group(group);
        if member != "-" {
            let found = self.group(group);
            if !found.members.iter().any(|known| known == member) {
                found.members.push(member.to_owned());
            }
        }
        if topic == "-" {
            return;
        }
        let Ok(partition) = partition.parse::<i32>() else {
            return self.problem(number, format!("a partition's number expected, found {partition}"));
        };
        if self.is_odd(number, topic, partition) {
            return;
        }
        let (current, end) = match (current, offset(current), end, offset(end)) {
            (current, None, ..) if current != "-" => {
                return self.problem(number, format!("an offset expected, found {current}"));
            }
            (.., end, None) if end != "-" => {
                return self.problem(number, format!("an offset expected, found {end}"));
            }
            (_, current, _, end) => (current, end),
        };
        let found = self.topic(topic);
        found.partitions = found.partitions.max(partition.saturating_add(1));
        let at_least = end.into_iter().chain(current).max();
        if let Some(at_least) = at_least {
            // Two listings, one after the other: the log has grown meanwhile.
            let known = found.ends.entry(partition).or_insert((0, at_least));
            known.1 = known.1.max(at_least);
        }
        if let (Some(current), Some(end)) = (current, end)
            && current > end
        {
            self.remark(
                number,
                format!(
                    "{topic}-{partition}: committed {current} behind the end {end}; here the log ends there"
                ),
            );
        }
        if let Some(current) = current {
            let committed = &mut self.group(group).committed;
            committed.retain(|(known, at, _)| known != topic || *at != partition);
            committed.push((topic.to_owned(), partition, current));
        }
    }

    /// `GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS …`
    fn member(&mut self, number: usize, words: &[&str]) {
        match (words, self.at("CONSUMER-ID").and_then(|at| words.get(at))) {
            ([group, ..], Some(member)) => {
                let (group, member) = ((*group).to_owned(), (*member).to_owned());
                let found = self.group(&group);
                if member != "-" && !found.members.contains(&member) {
                    found.members.push(member);
                }
            }
            _ => self.problem(number, "a member of a group expected"),
        }
    }

    /// `GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS`
    fn state(&mut self, number: usize, words: &[&str]) {
        match (words.first(), words.last().and_then(|count| count.parse::<usize>().ok())) {
            (Some(group), Some(count)) => {
                let found = self.group(group);
                found.member_count = found.member_count.max(count);
            }
            _ => self.problem(number, "a group's state with the number of its members expected"),
        }
    }
}
