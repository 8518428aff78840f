use crate::Expr;

fn java(source: &str) -> String {
    Expr::parse(source).unwrap().to_java().unwrap()
}

#[test]
fn each_form_has_its_java() {
    for (source, text) in [
        ("12", "num(12)"),
        ("-0.5", "num(\"-0.5\")"),
        ("5000000000", "num(\"5000000000\")"),
        ("\"a\\\"b\"", "str(\"a\\\"b\")"),
        ("null", "NullNode.getInstance()"),
        ("true", "BooleanNode.valueOf(true)"),
        ("[1, \"a\"]", "list(num(1), str(\"a\"))"),
        ("[1, key]", "list(num(1), str(key))"),
        ("{a: 1, \"b c\": value}", "object(\"a\", num(1), \"b c\", json(value))"),
        ("value.a.b[0]", "json(value).path(\"a\").path(\"b\").path(0)"),
        ("split(key, \"-\")[1]", "split(str(key), str(\"-\")).path(1)"),
        ("value.list[value.at]", "pick(json(value).path(\"list\"), json(value).path(\"at\"))"),
        ("headers.trace", "header(record.headers(), str(\"trace\"))"),
        ("headers", "headers(record.headers())"),
        ("header(\"x\")", "header(record.headers(), str(\"x\"))"),
        ("header_number(\"x\")", "headerNumber(record.headers(), str(\"x\"))"),
        ("topic", "str(at.topic())"),
        ("offset + partition", "plus(num(at.offset()), num(at.partition()))"),
        ("timestamp % 1000", "rest(num(record.timestamp()), num(1000))"),
        ("attempt", "num(1)"),
        (
            "-value.x * 2 / 3 - 1",
            "minus(over(times(negate(json(value).path(\"x\")), num(2)), num(3)), num(1))",
        ),
        ("if value.x then 1 else 2", "(truth(json(value).path(\"x\")) ? num(1) : num(2))"),
        (
            "coalesce(value.a, text(value.b))",
            "coalesce(json(value).path(\"a\"), asText(json(value).path(\"b\")))",
        ),
        ("size(value)", "size(value)"),
        ("value.x > 0", "BooleanNode.valueOf(compare(json(value).path(\"x\"), \">\", num(0)))"),
    ] {
        assert_eq!(java(source), text, "{source}");
    }
}

#[test]
fn questions_are_booleans() {
    for (source, text) in [
        (
            "value.x >= 1 and key == \"a\"",
            "compare(json(value).path(\"x\"), \">=\", num(1)) && same(str(key), str(\"a\"))",
        ),
        (
            "value.a or value.b and not value.c",
            "truth(json(value).path(\"a\")) || (truth(json(value).path(\"b\")) && !truth(json(value).path(\"c\")))",
        ),
        (
            "not (key == \"a\" or key != \"b\")",
            "!(same(str(key), str(\"a\")) || !same(str(key), str(\"b\")))",
        ),
        ("key in [\"a\", \"b\"]", "in(str(key), list(str(\"a\"), str(\"b\")))"),
        ("contains(key, \"x\")", "contains(str(key), str(\"x\"))"),
        ("has(value.a.b)", "!json(value).path(\"a\").path(\"b\").isMissingNode()"),
        ("has(headers.x)", "record.headers().lastHeader(\"x\") != null"),
        ("has(key)", "key != null"),
        ("is_json(value)", "isJson(value)"),
    ] {
        assert_eq!(Expr::parse(source).unwrap().to_java_test().unwrap(), text, "{source}");
    }
}

#[test]
fn bytes_that_a_text_no_longer_has_are_an_error() {
    for source in ["is_utf8(value)", "size(headers.x)", "is_json(headers.x)"] {
        let said = Expr::parse(source).unwrap().to_java().unwrap_err();
        assert!(said.contains("String serde"), "{source}: {said}");
    }
}

#[test]
fn what_a_function_of_the_dsl_is_not_given_is_known() {
    for (source, record, key) in [
        ("value.x", false, false),
        ("key == \"a\"", false, true),
        ("attempt", false, false),
        ("value.x + offset", true, false),
        ("header(\"x\") == key", true, true),
    ] {
        let expr = Expr::parse(source).unwrap();
        assert_eq!((expr.java_needs_record(), expr.java_needs_key()), (record, key), "{source}");
    }
}
