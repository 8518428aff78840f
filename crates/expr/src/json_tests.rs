use super::*;
use proptest::prelude::*;

#[test]
fn reads_and_prints_again() {
    for (text, printed) in [
        ("null", "null"),
        (" [ ] ", "[]"),
        ("{ }", "{}"),
        ("-0.50e1", "-5"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        ("{\"b\": [true, false, {}], \"a\": \"x\"}", "{\"b\":[true,false,{}],\"a\":\"x\"}"),
        (r#""\u00e9\ud83d\ude00\n\/\"""#, "\"é😀\\n/\\\"\""),
        ("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"),
        (r#"{"\u0061":1}"#, "{\"a\":1}"),
    ] {
        assert_eq!(parse(text).map(|v| v.to_string()), Ok(printed.to_owned()), "{text}");
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    for (text, message) in [
        ("", "line 1, column 1: expected a JSON value, found the end"),
        ("nul", "line 1, column 1: expected null, found 'n'"),
        ("{\n  \"ä\": x}", "line 2, column 8: expected a JSON value, found 'x'"),
        ("{\"a\" 1}", "line 1, column 6: expected ':', found '1'"),
        ("{a: 1}", "line 1, column 2: expected a quoted name, found 'a'"),
        ("{\"a\": 1,}", "line 1, column 9: expected a quoted name, found '}'"),
        ("[1 2]", "line 1, column 4: expected ',' or ']', found '2'"),
        ("[1,]", "line 1, column 4: expected a JSON value, found ']'"),
        ("{\"a\": 1", "line 1, column 8: expected ',' or '}', found the end"),
        ("1 é", "line 1, column 3: expected the end, found 'é'"),
        ("01", "line 1, column 1: expected a number, found '0'"),
        ("-", "line 1, column 1: expected a number, found '-'"),
        ("1.", "line 1, column 2: expected the end, found '.'"),
        ("\"a", "line 1, column 3: expected '\"', found the end"),
        ("\"\n\"", "line 1, column 2: expected an escape in place of a control character, found '\\n'"),
        (r#""\q""#, "line 1, column 3: expected an escape: one of \" \\ / b f n r t u, found 'q'"),
        (r#""\u12é""#, "line 1, column 6: expected four hexadecimal digits, found 'é'"),
        (r#""\ud800x""#, "line 1, column 8: expected a pair of surrogates, found 'x'"),
        ("[1e30]", "line 1, column 2: a number beyond ±1.7e29"),
    ] {
        assert_eq!(parse(text).map_err(|e| e.to_string()), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(&nested(JSON_DEPTH)).is_ok());
    let error = parse(&nested(JSON_DEPTH + 1)).unwrap_err();
    assert_eq!((error.problem, error.column), (JsonProblem::TooDeep, JSON_DEPTH + 1));
    assert!(parse(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn a_shape_leaves_out_what_is_not_asked_for() {
    let text = r#"{"a": {"x": 1, "y": [1, 2, 3]}, "b": "no", "\u0063": {"d": 4}}"#;
    let field = |name: &str| Step::Field(name.into());
    for (paths, read) in [
        (vec![], "{}"),
        (vec![vec![field("c")]], r#"{"c":{"d":4}}"#),
        (vec![vec![field("a"), field("y"), Step::Index(1)]], r#"{"a":{"y":[null,2,null]}}"#),
        (vec![vec![field("a"), field("x")], vec![field("c"), field("d")]], r#"{"a":{"x":1},"c":{"d":4}}"#),
        (vec![vec![field("a"), field("x")], vec![field("a")]], r#"{"a":{"x":1,"y":[1,2,3]}}"#),
    ] {
        let mut shape = Shape::default();
        paths.iter().for_each(|path| shape.want(path));
        assert_eq!(select(text, &shape).map(|v| v.to_string()), Ok(read.to_owned()));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|n| Decimal::from_billionths(i128::from(n) * 1000).unwrap().into()),
        any::<String>().prop_map(|t| Value::Text(t.into())),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(|v| Value::List(v.into())),
            prop::collection::vec(("[a-c]{1,2}", inner), 0..8).prop_map(|entries| {
                let entries = entries.into_iter().map(|(k, v)| (k.into(), v)).collect();
                Value::Map(Arc::new(Map::from_entries(entries)))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn reading_is_the_inverse_of_printing(value in any_json()) {
        let printed = value.to_string();
        prop_assert_eq!(parse(&printed).map(|v| v.to_string()), Ok(printed));
    }

    #[test]
    fn skipping_accepts_exactly_what_reading_accepts(text in "[\\[\\]{}\",:0-9\\\\utrefalsn. -]{0,24}") {
        prop_assert_eq!(select(&text, &Shape::default()).err(), parse(&text).err());
    }

    #[test]
    fn never_panics(text in any::<String>()) {
        let _ = parse(&text);
        let _ = parse(&format!("\"{text}"));
        let _ = parse(&format!("{{\"{text}\":"));
    }
}
