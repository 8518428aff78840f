use super::*;
use crate::Expr;
use crate::limits::SOURCE_BYTES;
use crate::print::print;
use proptest::prelude::*;

fn normal(source: &str) -> String {
    Expr::parse(source).map_or_else(|e| e.to_string(), |e| e.to_string())
}

#[test]
fn normal_forms() {
    for (source, text) in [
        ("value.amount<0", "value.amount < 0"),
        ("((value.a))", "value.a"),
        ("value['amount']", "value.amount"),
        ("value['odd name'][0].x", "value[\"odd name\"][0].x"),
        ("value.in.if", "value.in.if"),
        ("value[key]", "value[key]"),
        ("headers.a==header('b')", "headers.a == header(\"b\")"),
        ("!has(value.a)&&attempt<=2||true", "not has(value.a) and attempt <= 2 or true"),
        ("(value.a or value.b) and value.c", "(value.a or value.b) and value.c"),
        ("value.a or (value.b or value.c)", "value.a or (value.b or value.c)"),
        ("not value.a == 1", "not value.a == 1"),
        ("(not value.a) == true", "(not value.a) == true"),
        ("value.a not in [1,'x',-2,[null]]", "not value.a in [1, \"x\", -2, [null]]"),
        ("1+2*3-(4-5)-6", "1 + 2 * 3 - (4 - 5) - 6"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("8/(4/2)%3", "8 / (4 / 2) % 3"),
        ("--1", "1"),
        ("-(-value.a)", "--value.a"),
        ("-value.a*-2", "-value.a * -2"),
        ("-(value.a+1)", "-(value.a + 1)"),
        ("(-1)[0]", "(-1)[0]"),
        ("[value.a,1][0]", "[value.a, 1][0]"),
        (
            "if value.a then 1 else if value.b then 2 else 3",
            "if value.a then 1 else if value.b then 2 else 3",
        ),
        ("(if value.a then 1 else 2)+3", "(if value.a then 1 else 2) + 3"),
        ("{a:1,'b c':value.x,}", "column 20: expected a name, found `}`"),
        ("{a:1,'b c':value.x, if: []}", "{a: 1, \"b c\": value.x, if: []}"),
        ("{}", "{}"),
        ("split(key,'-')[1]", "split(key, \"-\")[1]"),
        ("1e2 + 0.50", "100 + 0.5"),
        ("'it\\'s \"so\"'", "\"it's \\\"so\\\"\""),
    ] {
        assert_eq!(normal(source), text, "{source}");
    }
}

#[test]
fn mistakes_say_where_what_and_what_instead() {
    for (source, message) in [
        ("", "column 1: expected a value, found the end"),
        ("value.amount <", "column 15: expected a value, found the end"),
        ("value. < 1", "column 8: expected a field name, found `<`"),
        ("value.0", "column 7: expected a field name, found `0`"),
        ("vlaue.amount < 0", "column 1: expected a part of the record, found `vlaue`; did you mean value?"),
        ("amount < 0", "column 1: expected a part of the record, found `amount`; did you mean value.amount?"),
        ("key == alice", "column 8: expected a part of the record, found `alice`; did you mean value.alice?"),
        ("len < 0", "column 1: expected a part of the record, found `len`; did you mean len(…)?"),
        ("lenn(key)", "column 1: expected a function, found `lenn`; did you mean len?"),
        ("frobnicate(key)", "column 1: expected a function, found `frobnicate`"),
        (
            "headers.kafka_dlt-original-topic == 'a'",
            "column 19: expected a part of the record, found `original`; did you mean headers[\"kafka_dlt-original-topic\"]?",
        ),
        ("len()", "column 1: expected len(x), found 0 arguments"),
        ("len(key, key)", "column 1: expected len(x), found 2 arguments"),
        ("(key", "column 5: expected `)`, found the end"),
        ("[1 2]", "column 4: expected `,` or `]`, found `2`"),
        (
            "value.é == 'a' adn true",
            "column 16: expected an operator or the end, found `adn`; did you mean and?",
        ),
        ("1 < 2 < 3", "column 7: expected `and`, `or` or the end, as comparisons do not chain, found `<`"),
        (
            "1 + if true then 1 else 2",
            "column 5: expected a value (put `if … then … else …` in brackets here), found `if`",
        ),
        ("if true than 1 else 2", "column 9: expected `then`, found `than`; did you mean then?"),
        ("1 not 2", "column 7: expected `in`, found `2`"),
        ("{a: 1, a: 2}", "column 8: expected a name that is not in the map yet, found `a`"),
        ("value[0.5]", "column 7: expected a whole number from 0, found `0.5`"),
        (
            "value.a = 1",
            "column 9: expected a word, a number, a text or an operator, found `=`; did you mean ==?",
        ),
        ("value.a\n  < or", "line 2, column 5: expected a value, found `or`"),
        // What no record could cure:
        ("key < 5", "column 1: expected a number, found a text in `key`; did you mean number(key)?"),
        (
            "5 == headers.n",
            "column 6: expected a number, found a text in `headers.n`; did you mean number(headers.n)?",
        ),
        ("topic == 5", "column 1: expected a number, found a text in `topic`; did you mean number(topic)?"),
        ("'n' + offset", "column 7: expected a text, found a number in `offset`; did you mean text(offset)?"),
        ("key - 1", "column 1: expected a number, found a text in `key`; did you mean number(key)?"),
        ("-key", "column 2: expected a number, found a text in `key`; did you mean number(key)?"),
        ("not key", "column 5: expected true or false, found a text in `key`"),
        ("value.a and 1", "column 13: expected true or false, found a number in `1`"),
        ("[1] < [2]", "column 1: expected a number or a text, found a list in `[1]`"),
        ("1 in 2", "column 6: expected a list, found a number in `2`"),
        (
            "lower(offset)",
            "column 7: expected a text, found a number in `offset`; did you mean text(offset)?",
        ),
        ("key.id", "column 1: expected `key` alone, as it has no fields, found `key.id`"),
        (
            "headers.a.b",
            "column 1: expected a header's name behind `headers` and nothing further, found `headers.a.b`",
        ),
        ("has(1)", "column 5: expected a field, as in has(value.amount), found `1`"),
        (
            "size(value.a)",
            "column 6: expected `key`, `value` or one header, as in size(value), found `value.a`",
        ),
    ] {
        assert_eq!(normal(source), message, "{source}");
    }
}

#[test]
fn carets_stand_under_the_place() {
    for (source, drawn) in [
        ("'é' + vlaue.x", "'é' + vlaue.x\n      ^^^^^"),
        ("1 +", "1 +\n   ^"),
        ("1 +\n  'abc\nd", "  'abc\n  ^^^^"),
        ("", "\n^"),
    ] {
        let error = Expr::parse(source).unwrap_err();
        assert_eq!(error.caret(source), drawn);
    }
}

#[test]
fn limits_are_errors() {
    let spaced = " ".repeat(SOURCE_BYTES);
    for (source, message) in [
        (format!("{spaced}1"), "column 1: expected at most 4096 bytes, found 4097 bytes in normal form"),
        (format!("[{}0]", "0,".repeat(2_000)), "column 2002: expected at most 1000 parts, found more"),
        (format!("{}1", "(".repeat(65)), "column 66: expected at most 64 levels of nesting, found more"),
        (format!("{}1", "-".repeat(65)), "column 65: expected at most 64 levels of nesting, found more"),
        (format!("{}true", "!".repeat(65)), "column 65: expected at most 64 levels of nesting, found more"),
        (format!("1{}", "+1".repeat(256)), "column 1: expected at most 256 operators in a row, found more"),
        (
            format!("value{}", "[key]".repeat(256)),
            "column 1: expected at most 256 operators in a row, found more",
        ),
    ] {
        assert_eq!(normal(&source), message, "{}", &source[..20]);
    }
    // Short as typed, too long once printed with its spaces.
    let long = format!("'{}'{}", "x".repeat(3_800), "+'x'".repeat(70));
    assert!(long.len() <= SOURCE_BYTES);
    assert_eq!(normal(&long), "column 1: expected at most 4096 bytes, found 4222 bytes in normal form");
    for fits in [
        format!("{}1{}", "(".repeat(64), ")".repeat(64)),
        format!("1{}", "+1".repeat(255)),
        format!("[{}0]", "0,".repeat(998)),
        format!("'{}'", "x".repeat(SOURCE_BYTES - 2)),
    ] {
        assert!(Expr::parse(&fits).is_ok(), "{}", normal(&fits));
    }
}

#[test]
fn names_what_it_reads() {
    let expr =
        Expr::parse("value.b[0] + value.a < offset and has(value.a) and key > headers['x-y']").unwrap();
    let fields: Vec<String> = expr.referenced_fields().iter().map(ToString::to_string).collect();
    assert_eq!(fields, ["key", "value.a", "value.b[0]", "headers[\"x-y\"]", "offset"]);
}

#[test]
fn predicates_are_told_from_values() {
    for (source, message) in [
        ("value.a", ""),
        ("value.a < 1", ""),
        ("if value.a then true else value.b", ""),
        ("value.a + 1", "column 1: expected true or false, found a number in `value.a + 1`"),
        ("key", "column 1: expected true or false, found a text in `key`"),
    ] {
        let checked = Expr::parse(source).unwrap().check_predicate();
        assert_eq!(checked.err().map_or(String::new(), |e| e.to_string()), message, "{source}");
    }
}

#[test]
fn equal_expressions_fail_equally() {
    let (a, b) = (Expr::parse("1   /(value)").unwrap(), Expr::parse("1 / value").unwrap());
    let subject = crate::Subject { value: Some(b"0"), ..Default::default() };
    assert_eq!(a, b);
    assert!(a.eval(&subject).is_err());
    assert_eq!(a.eval(&subject), b.eval(&subject));
}

/// The same tree with no places.
fn bare(mut node: Node) -> Node {
    fn strip(node: &mut Node) {
        node.at = Span::default();
        match &mut node.kind {
            NodeKind::Literal(_) | NodeKind::Field(_) => {}
            NodeKind::List(items) | NodeKind::Call(_, items) => items.iter_mut().for_each(strip),
            NodeKind::Map(entries) => entries.iter_mut().for_each(|(_, n)| strip(n)),
            NodeKind::Get(a, _) | NodeKind::Not(a) | NodeKind::Negate(a) => strip(a),
            NodeKind::At(a, b) | NodeKind::Binary(_, a, b) => [a, b].into_iter().for_each(|n| strip(n)),
            NodeKind::If(a, b, c) => [a, b, c].into_iter().for_each(|n| strip(n)),
        }
    }
    strip(&mut node);
    node
}

/// Expressions as somebody might type them, with brackets and spaces anywhere.
pub(crate) fn sources() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[0-9]{1,3}(\\.[0-9]{1,3})?",
        Just("key".to_owned()),
        Just("value".to_owned()),
        Just("headers.h".to_owned()),
        Just("attempt".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        "'[a-c\" ]{0,3}'",
        "value\\.[a-c]",
        "value\\[\"[a-c ]{1,2}\"\\]",
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let i = inner.clone();
        prop_oneof![
            (
                inner.clone(),
                "and|or|==|!=|<|<=|>|>=|in|not in|\\+|-|\\*|/|%|&&|\\|\\|",
                inner.clone(),
                any::<bool>()
            )
                .prop_map(|(a, op, b, brackets)| if brackets {
                    format!("({a}) {op} ({b})")
                } else {
                    format!("{a} {op} {b}")
                }),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("not {a}")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("({a})[0].x")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{x: {a}, 'y z': {b}}}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
            ("len|lower|abs|text|number|is_json|coalesce|has", i).prop_map(|(f, a)| format!("{f}({a})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("min({a}, {b})")),
        ]
    })
}

proptest! {
    #[test]
    fn parsing_is_the_inverse_of_printing(source in sources()) {
        if let Ok(tree) = parse(&source, false) {
            let text = print(&tree);
            let again = parse(&text, false);
            prop_assert_eq!(again.map(bare), Ok(bare(tree)), "{}", text);
        }
        if let Ok(expr) = Expr::parse(&source) {
            prop_assert_eq!(Expr::parse(expr.text()), Ok(expr));
        }
    }

    // The other properties would hold of nothing but refused sources, too.
    #[test]
    fn the_generator_mostly_makes_expressions(all in prop::collection::vec(sources(), 20)) {
        prop_assert!(all.iter().filter(|s| parse(s, false).is_ok()).count() > 4);
    }

    #[test]
    fn any_text_is_read_or_refused_with_a_place_inside_it(source in any::<String>()) {
        if let Err(error) = Expr::parse(&source) {
            prop_assert!(error.at.end <= source.len() && error.at.start <= error.at.end);
            prop_assert!(error.caret(&source).contains('^'));
        }
    }

    #[test]
    fn any_row_of_tokens_is_read_or_refused(tokens in prop::collection::vec(
        "key|value|headers|\\.|\\[|\\]|\\(|\\)|\\{|\\}|,|:|\\+|-|<|==|in|not|and|if|then|else|'a'|1|0\\.5|len|has|is_json|x", 0..20
    )) {
        let source = tokens.join(" ");
        if let Ok(expr) = Expr::parse(&source) {
            prop_assert_eq!(Expr::parse(expr.text()), Ok(expr));
        }
    }
}
