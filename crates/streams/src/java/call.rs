//! The chain of calls as it grows, and the functions that are handed to them.

use super::types::Types;
use millrace_expr::Expr;
use millrace_expr::java::Unsaid;

/// Statements, and the expression that the next call is appended to.
#[derive(Default)]
pub(super) struct Chain {
    statements: String,
    open: String,
    steps: usize,
    /// The name of the store that the next call keeps, if it was given one.
    pub store: Option<String>,
}

impl Chain {
    /// Begins with a source.
    pub fn start(&mut self, source: &str) {
        self.open.push_str(source);
    }

    /// Appends `.name(arguments)` on a line of its own.
    pub fn call(&mut self, name: &str, arguments: &[&str]) {
        self.open.push_str("\n            .");
        self.open.push_str(name);
        self.open.push('(');
        for (at, argument) in arguments.iter().enumerate() {
            self.open.push_str(if at == 0 { "" } else { ", " });
            self.open.push_str(argument);
        }
        self.open.push(')');
    }

    /// Gives what is there a name, for more than one call on it.
    pub fn name_stream(&mut self, types: &Types) {
        self.steps += 1;
        let name = ["step", &self.steps.to_string()].concat();
        let open = std::mem::replace(&mut self.open, name.clone());
        self.line(&["KStream<", &types.names(), "> ", &name, " = ", &open].concat());
    }

    /// Ends in a call on what has a name, and goes on with it.
    pub fn aside(&mut self, name: &str, arguments: &str) {
        let line = [self.open.as_str(), ".", name, "(", arguments, ")"].concat();
        self.line(&line);
    }

    fn line(&mut self, text: &str) {
        self.statements.push_str("        ");
        self.statements.push_str(text);
        self.statements.push_str(";\n");
    }

    /// All statements.
    pub fn finish(mut self) -> String {
        let open = std::mem::take(&mut self.open);
        // A name alone is no statement.
        if open.contains('(') {
            self.line(&open);
        }
        self.statements
    }
}

/// `text(…)`: what a record carries.
pub(super) fn text(expr: &Expr) -> Result<String, Unsaid> {
    Ok(["text(", &expr.to_java()?, ")"].concat())
}

/// A function of key and value.
pub(super) fn of_both(body: &str) -> String {
    ["(key, value) -> ", body].concat()
}

/// What a table's function may ask for.
pub(super) fn without_record(expr: &Expr) -> Result<&Expr, Unsaid> {
    match expr.java_needs_record() {
        true => Err("Kafka Streams hands its function a key and a value, nothing else of the record"),
        false => Ok(expr),
    }
}

/// A processor that keeps the key; `body` looks at `record`, `key`, `value` and `at`.
pub(super) fn fixed_key_processor(types: &Types, to: &str, body: &str) -> String {
    processor(
        &["ContextualFixedKeyProcessor<", &types.names(), ", ", to, ">"].concat(),
        &["FixedKeyRecord<", &types.names(), ">"].concat(),
        types,
        body,
    )
}

/// A processor that may change the key, into a text, and the value's type.
pub(super) fn key_processor(types: &Types, to: &str, body: &str) -> String {
    processor(
        &["ContextualProcessor<", &types.names(), ", String, ", to, ">"].concat(),
        &["Record<", &types.names(), ">"].concat(),
        types,
        body,
    )
}

fn processor(class: &str, record: &str, types: &Types, body: &str) -> String {
    let mut out = ["() -> new ", class, "() {\n"].concat();
    out.push_str("                @Override\n                public void process(");
    out.push_str(record);
    out.push_str(" record) {\n");
    let mut line = |text: &str| {
        out.push_str("                    ");
        out.push_str(text);
        out.push('\n');
    };
    let uses = |name: &str| super::has_word(body, name);
    if uses("key") {
        line(&[&types.key.name(), " key = record.key();"].concat());
    }
    if uses("value") {
        line(&[types.value.name(), " value = record.value();"].concat());
    }
    if uses("at") {
        line("RecordMetadata at = context().recordMetadata().orElseThrow();");
    }
    body.lines().for_each(line);
    out.push_str("                }\n            }");
    out
}
