use proptest::prelude::*;

use crate::limits::TEXT_BYTES;
use crate::{Expr, Headers, Subject};

const ORDER: &str = r#"{"id": "o-7", "amount": 12.50, "items": [{"n": 2}, {"n": 3}], "odd name": true, "gone": null, "by": {"DE": 1}}"#;
const HEADERS: [(&str, Option<&[u8]>); 6] = [
    ("trace", Some(b"first")),
    ("trace", Some(b"last")),
    ("retry_topic-attempts", Some(&[0, 0, 0, 3])),
    ("kafka_dlt-original-offset", Some(&[0, 0, 0, 1, 0, 0, 0, 0])),
    ("empty", None),
    ("raw", Some(&[b'a', 0xfe])),
];

fn order() -> Subject<'static> {
    Subject {
        key: Some(b"alice"),
        value: Some(ORDER.as_bytes()),
        headers: &HEADERS,
        topic: "orders",
        partition: 2,
        offset: 41,
        timestamp: 1_000,
        attempt: 3,
    }
}

/// The value as JSON, or the error after the part of the source it points at.
fn eval(source: &str, subject: &Subject<'_>) -> String {
    let expr = Expr::parse(source).unwrap_or_else(|e| panic!("{source}: {e}"));
    match expr.eval(subject) {
        Ok(value) => value.to_string(),
        Err(error) => format!("`{}`: {error}", &expr.text()[error.at.start..error.at.end]),
    }
}

fn check(cases: &[(&str, &str)]) {
    for (source, result) in cases {
        assert_eq!(eval(source, &order()), *result, "{source}");
    }
}

#[test]
fn reads_the_record() {
    check(&[
        ("key", "\"alice\""),
        ("value.id", "\"o-7\""),
        ("value.amount", "12.5"),
        ("value.items[1].n", "3"),
        ("value.items", r#"[{"n":2},{"n":3}]"#),
        ("value['odd name']", "true"),
        ("value.by[upper('de')]", "1"),
        ("value.items[value.by.DE].n", "3"),
        ("topic", "\"orders\""),
        ("[partition, offset, timestamp, attempt]", "[2,41,1000,3]"),
        ("headers.trace", "\"last\""),
        ("header('tra' + 'ce')", "\"last\""),
        ("header_number('retry_topic-attempts')", "3"),
        ("header_number('kafka_dlt-original-offset')", "4294967296"),
    ]);
    assert_eq!(
        eval("value", &order()),
        r#"{"id":"o-7","amount":12.5,"items":[{"n":2},{"n":3}],"odd name":true,"gone":null,"by":{"DE":1}}"#
    );
}

#[test]
fn what_is_missing_is_null() {
    check(&[
        ("value.none", "null"),
        ("value.gone", "null"),
        ("value.id.x", "null"),
        ("value.items[2]", "null"),
        ("value.items.n", "null"),
        ("headers.none", "null"),
        ("headers.empty", "null"),
        ("value.none < 0 or value.none >= 0 or 'a' > value.none", "false"),
        ("value.none == null and value.none != 0", "true"),
        ("value.none + 1", "null"),
        ("-value.none", "null"),
        ("lower(value.none)", "null"),
        ("contains(value.none, 'a') or matches(value.none, '*')", "false"),
        ("value.none in [1]", "false"),
        ("value.none in [null]", "true"),
        ("1 in value.none", "false"),
        ("coalesce(value.none, value.gone, 7)", "7"),
        ("has(value.none) or has(headers.none) or has(value.items[2])", "false"),
        ("has(value.gone) and has(headers.empty) and has(key) and has(value)", "true"),
        ("min(1, value.none)", "null"),
        ("size(headers.none)", "null"),
    ]);
    let tombstone = Subject::default();
    for (source, result) in [
        ("key", "null"),
        ("value", "null"),
        ("value.a", "null"),
        ("has(value) or has(key)", "false"),
        ("size(value)", "null"),
        ("is_json(value) or is_utf8(value)", "false"),
        ("headers", "{}"),
        ("attempt", "1"),
    ] {
        assert_eq!(eval(source, &tombstone), result, "{source}");
    }
}

#[test]
fn computes_and_compares() {
    check(&[
        ("1 + 2 * 3 - 4 / 8", "6.5"),
        ("0.1 + 0.2 == 0.3", "true"),
        ("7 % 4 * -1", "-3"),
        ("'a' + 'b'", "\"ab\""),
        ("'b' > 'a' and 2 >= 2 and 1 <= 2", "true"),
        ("value.amount == '12.5'", "false"),
        ("value.by == {DE: 1} and value.items[0] != {n: 3}", "true"),
        ("value.amount in [1, 12.50]", "true"),
        ("value.amount not in [1, 12.50]", "false"),
        ("not true or true", "true"),
        ("if value.amount > 10 then 'big' else 'small'", "\"big\""),
        ("{id: value.id, twice: value.amount * 2}", r#"{"id":"o-7","twice":25}"#),
        ("false and 1 / 0 == 1", "false"),
        ("true or 1 / 0 == 1", "true"),
        ("if true then 1 else 1 / 0", "1"),
        ("[1, [2, value.id]][1][0]", "2"),
        ("{a: {b: 3}}.a.b", "3"),
    ]);
}

#[test]
fn functions_do_what_they_say() {
    check(&[
        ("len('äö') + len(value.items) + len(value.by)", "5"),
        ("upper('straße þ÷ÿа') + lower('ÄBÞ×') + trim('  x ')", "\"STRAßE Þ÷ÿаäbþ×x\""),
        ("contains('order', 'rde') and contains([1, 2], 2) and not contains([1], '1')", "true"),
        ("contains([null], value.none)", "true"),
        ("starts_with(key, 'al') and ends_with(key, 'ice')", "true"),
        (
            "substring('größe', 1, 3) + substring('abc', 2) + substring('abc', 7) + substring('abc', 2, 1)",
            "\"röc\"",
        ),
        ("split('a-b-', '-')", r#"["a","b",""]"#),
        ("matches(value.id, 'o-?') and not matches(value.id, 'O*')", "true"),
        (
            "[abs(-2), min(3, 1, 2), max(3, 1, 2), floor(-1.5), ceil(1.2), round(2.5), round(1.255, 2)]",
            "[2,1,3,-2,2,2,1.26]",
        ),
        ("number(' 12.50 ') + number(1)", "13.5"),
        ("text(1.50) + text('a') + text(true) + text({a: [1, 'b']})", r#""1.5atrue{\"a\":[1,\"b\"]}""#),
        ("is_json(value) and is_utf8(value) and not is_json(key) and not is_utf8(headers.raw)", "true"),
        ("size(key)", "5"),
    ]);
}

#[test]
fn errors_point_at_the_part_at_fault() {
    check(&[
        ("1 + value.id * 2", "`value.id`: * wants a number, found a text"),
        ("value.amount < value.id", "`value.id`: < wants a number, found a text"),
        ("value.id < value.amount", "`value.amount`: < wants a text (text(x) makes one), found a number"),
        ("value.items < value.id", "`value.items`: < wants a number or a text, found a list"),
        ("value.id + value.amount", "`value.amount`: + wants a text (text(x) makes one), found a number"),
        ("-value.id", "`value.id`: - wants a number, found a text"),
        ("not value.id", "`value.id`: not wants true or false, found a text"),
        ("true and value.amount", "`value.amount`: and wants true or false, found a number"),
        (
            "if value.none then 1 else 2",
            "`value.none`: if wants true or false, found null (a missing field is null; coalesce(field, default) replaces it)",
        ),
        ("1 in value.id", "`value.id`: in wants a list, found a text"),
        ("2 * (1 / (value.amount - 12.5))", "`(1 / (value.amount - 12.5))`: division by zero"),
        ("value.amount % 0", "`value.amount % 0`: division by zero"),
        (
            "100000000000000000000 * 100000000000000000000",
            "`100000000000000000000 * 100000000000000000000`: the number is too large (the limit is about 1.7e29)",
        ),
        ("lower(value.amount)", "`value.amount`: lower wants a text, found a number"),
        ("min(1, value.id)", "`value.id`: min wants a number, found a text"),
        ("len(value.amount)", "`len(value.amount)`: len wants a text, a list or a map, found a number"),
        ("number(value.id)", "`number(value.id)`: not a number"),
        ("round(1, 10)", "`round(1, 10)`: round wants 0 to 9 digits"),
        ("substring(key, -1)", "`substring(key, -1)`: substring wants whole numbers from 0"),
        ("split(key, '')", "`split(key, \"\")`: split wants a separator that is not empty"),
        ("value.items[0 - 1]", "`0 - 1`: an index is a whole number from 0"),
        ("value[true]", "`true`: [ ] wants a text or a number, found true or false"),
        ("headers.raw", "`headers.raw`: header raw is not UTF-8: byte 0xfe at 1"),
        ("headers", "`headers`: header raw is not UTF-8: byte 0xfe at 1"),
    ]);
    assert_eq!(
        eval("header_number('raw')", &order()),
        "`header_number(\"raw\")`: header_number wants a header of 4 or 8 bytes"
    );
}

#[test]
fn values_that_are_not_json() {
    let of = |source: &str, value: &[u8]| eval(source, &Subject { value: Some(value), ..order() });
    assert_eq!(of("value", b"{oops"), "\"{oops\"");
    assert_eq!(of("value.amount < 0", b"{oops"), "false");
    assert_eq!(of("is_json(value)", b"{oops"), "false");
    assert_eq!(of("value + '!'", b""), "\"!\"");
    assert_eq!(of("value * 2", b" 21 "), "42");
    for source in ["value", "value.a < 0", "has(value.a)"] {
        let error = of(source, &[b'a', b'b', 0xff]);
        assert!(error.ends_with("value is not UTF-8: byte 0xff at 2"), "{error}");
    }
    assert_eq!(of("is_utf8(value) or is_json(value) or size(value) != 3", &[b'a', b'b', 0xff]), "false");
    assert_eq!(of("key == 'alice'", &[0xff]), "true");
    assert_eq!(of("true or value.a == 1", &[0xff]), "true");
    assert_eq!(
        of("value.a", br#"{"b": 1e99}"#),
        "`value.a`: value cannot be read: line 1, column 7: a number beyond ±1.7e29"
    );
    let key = Subject { key: Some(&[0xc3, 0x28]), ..order() };
    assert_eq!(eval("key == 'a'", &key), "`key`: key is not UTF-8: byte 0xc3 at 0");
}

#[test]
fn conditions_are_true_or_false_only() {
    let test = |source: &str| Expr::parse(source).unwrap().test(&order()).map_err(|e| e.to_string());
    assert_eq!(test("value.amount > 12"), Ok(true));
    assert_eq!(test("value.amount > 13"), Ok(false));
    assert_eq!(test("value.amount"), Err("a condition wants true or false, found a number".to_owned()));
    let null = "a condition wants true or false, found null (a missing field is null; coalesce(field, default) replaces it)";
    assert_eq!(test("value.urgent"), Err(null.to_owned()));
}

#[test]
fn texts_are_bounded() {
    let half = vec![b'x'; TEXT_BYTES / 2 + 1];
    let subject = Subject { value: Some(&half), ..Subject::default() };
    assert_eq!(eval("value + value", &subject), "`value + value`: the text is longer than 1048576 bytes");
    assert_eq!(eval("len(value + 'y')", &subject), (TEXT_BYTES / 2 + 2).to_string());
    assert_eq!(
        eval("split(value, 'x')", &subject),
        "`split(value, \"x\")`: the list is longer than 100000 items"
    );
}

#[test]
fn the_value_is_read_once_and_only_where_it_is_asked_for() {
    let value: Vec<u8> = br#"{"a": 1, "b": 2}"#.to_vec();
    let subject = Subject { value: Some(&value), ..Subject::default() };
    // Two paths, one inside the other, and the whole: the shape holds what each of them needs.
    assert_eq!(eval("[value.a, value.b, value.c, has(value.a)]", &subject), "[1,2,null,true]");
    assert_eq!(eval("[value.a, value]", &subject), r#"[1,{"a":1,"b":2}]"#);
    assert_eq!(eval("[is_json(value), value.b]", &subject), "[true,2]");
}

#[test]
fn headers_can_be_lent_from_anywhere() {
    struct Stored(Vec<(String, Vec<u8>)>);
    impl Headers for Stored {
        fn nth(&self, index: usize) -> Option<(&str, Option<&[u8]>)> {
            self.0.get(index).map(|(name, value)| (name.as_str(), Some(value.as_slice())))
        }
    }
    let stored = Stored(vec![("a".to_owned(), b"1".to_vec()), ("a".to_owned(), b"2".to_vec())]);
    let subject = Subject { headers: &stored, ..Subject::default() };
    assert_eq!(eval("[headers.a, headers]", &subject), r#"["2",{"a":"2"}]"#);
}

#[test]
fn an_aggregate_is_read_like_a_value_and_only_where_there_is_one() {
    let over = |source: &str, aggregate: Option<&[u8]>| {
        let expr = Expr::parse_fold(source).unwrap_or_else(|e| panic!("{source}: {e}"));
        expr.eval_over(&order(), aggregate).map_or_else(|e| e.to_string(), |value| value.to_string())
    };
    let sum = "{n: aggregate.n + 1, total: aggregate.total + value.amount}";
    assert_eq!(over(sum, Some(br#"{"n": 2, "total": 1.5}"#)), r#"{"n":3,"total":14}"#);
    assert_eq!(over("aggregate + key", Some(b"bob, ")), r#""bob, alice""#);
    assert_eq!(over("[aggregate, has(aggregate.n)]", None), "[null,false]");
    assert_eq!(over("aggregate", Some(&[0xff])), "aggregate is not UTF-8: byte 0xff at 0");
    let refused = Expr::parse("1 + aggregate").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "column 5: expected a part of the record (`aggregate` is only where records become one), found `aggregate`"
    );
}

#[test]
fn what_cannot_be_a_list_or_a_pair_is_known_before() {
    let said = |check: fn(&Expr) -> Result<(), crate::ParseError>, source: &str| {
        check(&Expr::parse(source).unwrap()).map_or_else(|e| e.to_string(), |()| "fits".to_owned())
    };
    for (source, list, pair, pairs) in [
        ("value.items", "fits", "fits", "fits"),
        (
            "split(value.text, \" \")",
            "fits",
            "column 1: expected a map, found a list in `split(value.text, \" \")`",
            "fits",
        ),
        (
            "{key: 1, valu: 2}",
            "column 1: expected a list, found a map in `{key: 1, valu: 2}`",
            "column 1: expected `key` and `value`, found `valu`; did you mean value?",
            "column 1: expected a list, found a map in `{key: 1, valu: 2}`",
        ),
        (
            "[{key: 1}, {kye: 2}]",
            "fits",
            "column 1: expected a map, found a list in `[{key: 1}, {kye: 2}]`",
            "column 12: expected `key` and `value`, found `kye`; did you mean key?",
        ),
        (
            "[1, 2]",
            "fits",
            "column 1: expected a map, found a list in `[1, 2]`",
            "column 1: expected a list of maps of `key` and `value`, found `[1, 2]`",
        ),
        (
            "if key == \"a\" then {value: 1} else {key: 2, x: 1}",
            "column 1: expected a list, found a map in `if key == \"a\" then {value: 1} else {key: 2, x: 1}`",
            "column 36: expected `key` and `value`, found `x`",
            "column 20: expected a list, found a map in `{value: 1}`",
        ),
    ] {
        assert_eq!(said(Expr::check_list, source), list, "{source}");
        assert_eq!(said(Expr::check_pair, source), pair, "{source}");
        assert_eq!(said(Expr::check_pairs, source), pairs, "{source}");
    }
    let constant = |source: &str| Expr::parse(source).unwrap().is_constant();
    assert!(constant("{n: 0, of: [1 + 1, lower(\"A\")]}") && constant("null"));
    assert!(!constant("{n: key}") && !constant("header(\"a\")"));
    let inner = |source: &str| Expr::parse(source).unwrap().negated().map(|e| e.text().to_owned());
    assert_eq!(inner("!(value.a || value.b)"), Some("value.a or value.b".to_owned()));
    assert_eq!(inner("not value.a and value.b"), None);
}

proptest! {
    #[test]
    fn evaluation_never_panics(
        source in crate::parser::tests::sources(),
        key in prop::option::of(prop::collection::vec(any::<u8>(), 0..8)),
        value in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..12),
            "\\{\"a\": (1|\"x\"|null|\\[1,2\\]|\\{\"x\":0\\}), \"b\": [0-9]{1,30}\\}".prop_map(String::into_bytes),
        ],
    ) {
        if let Ok(expr) = Expr::parse(&source) {
            let subject = Subject { key: key.as_deref(), value: Some(&value), headers: &HEADERS, ..Subject::default() };
            let (first, second) = (expr.eval(&subject), expr.eval(&subject));
            prop_assert_eq!(&first, &second);
            if let Err(error) = first {
                prop_assert!(expr.text().get(error.at.start..error.at.end).is_some_and(|s| !s.is_empty()));
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
