//! The pipe language: text in, text out, and errors that know their place.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests.

use millrace_streams::language::Pipeline;

#[test]
fn the_printer_is_the_inverse_of_the_parser() {
    for text in [
        "stream orders | to copies",
        "stream orders | filter value.amount > 0 | group by key | window tumbling 10s grace 2s | count | \
         suppress until window closes | to per-customer",
        "stream orders | group by value.country | window hopping 1m every 10s | sum value.amount | to per-country",
        "stream a | map values {total: value.x} | select key value.id | group by key | count",
        "stream a | group by key | window session 30s grace 5s | count | to b",
        "stream a | group by key | window sliding 250ms | emit on window close | sum value | to b",
        "stream a | group by key | window tumbling 1m | emit on window update | count | suppress until time limit 10s | to b",
        "stream a | group by key | window session 1s | count | suppress until window closes max records 5 | to b",
        "stream a | group by key | count | suppress until time limit 1m max records 3 | to b",
        "stream a | group by key | count | suppress until time limit 0ms max records 3 shut down when full | to b",
        "stream a | group by key | cogroup b by value.id | cogroup c by key | window hopping 1m every 10s | count | to d",
        "stream a | group by value.id | cogroup b by key | sum value.amount | to d",
        "table customers | filter table value.active | map table values value.name | to names",
        "table orders | group table by value.country | sum value.amount | to per-country",
        "table orders | group table by value.country | count | suppress until time limit 10s | to per-country",
        "stream orders | left join table customers | map values value.left.amount | to enriched",
        "stream orders | left join global table customers by value.customer | to enriched",
        "stream orders | group by key | count | join global table customers | to enriched",
        "stream orders | join stream payments within 10s | to paid",
        "stream orders | outer join stream payments within 10s after 1m grace 5s | to matched",
        "table orders | left join table customers by value.customer | to enriched",
        "table a | outer join table b | join table c by value.left.id | filter table value.right != null | to d",
        "stream a | merge stream b | select key value.id | repartition | as table | filter value.x > 0 | to c",
        "stream a | detect sequence value.status == \"declined\" times 3 followed by value.status == \"ok\" within 1m grace 5s | to b",
        "stream a | detect sequence contains(value.text, \" within \") followed by if key == \"a\" then true else false within 10s | to b",
        "stream a | group by key | window from day_start(timestamp, \"Europe/Berlin\") to day_end(timestamp, \"Europe/Berlin\") up to 25h grace 1h | count | suppress until window closes | to b",
        "stream a | group by key | window session by if key == \"vip\" then 60000 else 10000 up to 1m | sum value | to b",
        "stream a | detect absence true for 30s | to b",
        "stream a | detect absence value == \"beat\" for 30s on wall clock | to b",
        "stream a | group by key | count | detect threshold value > 10 for 0ms until value < 5 | to b",
        "stream a | map {key: value.id, value: value.x} | flat map [{key: 1}, {value: key}] | peek seen | to b",
        "stream a | flat map values split(value, \" \") | filter not contains(value, \"x\") | to by \"of-\" + value",
        "stream a | group by key | reduce if value.n > aggregate.n then value else aggregate | to b",
        "stream a | group by key | window tumbling 10s | reduce aggregate + value store most | to b",
        "stream a | group by key | aggregate {n: 0} with {n: aggregate.n + 1} store ns | to b",
        "stream a | group by key | window session 1s | aggregate [] with [aggregate, value] merge [aggregate, value] | to b",
        "stream a | group by key | cogroup b by key | window session 1s | aggregate 0 with aggregate + 1 merge aggregate + value store n",
        "table a store all | group table by value.x | reduce aggregate + value.n subtract aggregate - value.n | to b",
        "table a | filter table not value.gone store kept | map table values value.n store ns | group table by value | aggregate 0 with aggregate + 1 subtract aggregate - 1",
        "table store | to b",
        "stream a | repartition as by-id partitions 3 | as table store rows | to by",
        "stream a | repartition partitions 3 | group by key | count store counts | to b",
        "stream a | repartition as wide | group by key | sum value.n store sums | to b",
        "stream a | split value.x > 10 to big, contains(value.text, \" to b, \") to odd, else to small",
        "stream a | group by key | count | split value > 1 to many",
        "stream a | filter value == \"a|b\" or key == \"c\" | to b",
    ] {
        let pipeline = Pipeline::parse(text).unwrap();
        assert_eq!(pipeline.to_string(), text);
        assert!(pipeline.topology("app").is_ok());
    }
    let loose = "stream orders|filter value.x>0||key==\"a\"\n| group by key |window tumbling 60000ms grace 0s|count | to x";
    assert_eq!(
        Pipeline::parse(loose).unwrap().to_string(),
        "stream orders | filter value.x > 0 or key == \"a\" | group by key | window tumbling 1m | count | to x"
    );
}

#[test]
fn a_split_makes_each_sink_right_behind_its_branch() {
    let pipeline =
        Pipeline::parse("stream a | split value.x > 10 to big, value.x > 1 to odd, else to small").unwrap();
    let topology = pipeline.topology("app").unwrap();
    let nodes: Vec<String> = topology
        .nodes()
        .iter()
        .map(|node| format!("{} {:?}", node.name, node.children.iter().map(|c| c.0).collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        nodes,
        [
            "KSTREAM-SOURCE-0000000000 [1]",
            "KSTREAM-BRANCH-0000000001 [2, 4, 6]",
            "KSTREAM-BRANCH-00000000011 [3]",
            "KSTREAM-SINK-0000000003 []",
            "KSTREAM-BRANCH-00000000012 [5]",
            "KSTREAM-SINK-0000000005 []",
            "KSTREAM-BRANCH-00000000010 [7]",
            "KSTREAM-SINK-0000000007 []",
        ]
    );
}

#[test]
fn errors_name_column_expectation_and_nearest_word() {
    for (text, error) in [
        ("", "column 1: expected `stream` or `table`, found nothing"),
        ("strem a | to b", "column 1: expected `stream` or `table`, found `strem`; did you mean stream?"),
        ("stream a", "column 9: expected `| to TOPIC`, found the end"),
        (
            "stream a | fliter x | to b",
            "column 12: expected `filter` or `map` or `flat` or `select` or `group` or `merge` or `repartition` or `join` or `left` or `outer` or `detect` or `as` or `split` or `peek` or `to`, found `fliter`; did you mean filter?",
        ),
        (
            "stream a | split value.x > 1 | to b",
            "column 29: expected `to`, and the branch's topic, found nothing",
        ),
        ("stream a | split value.x > 1 to b c", "column 35: expected `|` or the end, found `c`"),
        (
            "stream a | split value.x > 1 to b, else to c, d",
            "column 44: expected a topic's name (letters, digits, `.`, `_`, `-`), found `c,`",
        ),
        ("stream a | split else to c", "column 18: expected a value, found `else`"),
        (
            "stream a | split value.x > 1 to b | filter value.x > 2",
            "column 37: expected the end (`split` has sent each record to a topic), found `filter`",
        ),
        (
            "stream a | outer join table b | to c",
            "column 23: expected `stream` (a stream and a table have no outer join), found `table`",
        ),
        (
            "stream a | join steam b within 10s | to c",
            "column 17: expected `stream` or `table` or `global table`, found `steam`; did you mean stream?",
        ),
        (
            "stream a | outer join global table b | to c",
            "column 23: expected `stream` (a stream and a table have no outer join), found `global`",
        ),
        ("stream a | join global b | to c", "column 24: expected `table`, found `b`"),
        ("stream a | join global table b on key | to c", "column 32: expected `by`, found `on`"),
        (
            "table a | outer join global table b | to c",
            "column 22: expected `table` or `global table`, found `global`",
        ),
        ("stream a | join stream b in 10s | to c", "column 26: expected `within`, found `in`"),
        (
            "table a | outer join table b by value.x | to c",
            "column 30: expected `|` or the end (by foreign key there is no outer join), found `by value.x`",
        ),
        (
            "table a | group table by value.x | to c",
            "column 36: expected `count` or `sum` or `reduce` or `aggregate`, found `to`",
        ),
        (
            "stream a | group by key | to b",
            "column 27: expected `window` or `count` or `sum` or `reduce` or `aggregate` or `cogroup`, found `to`",
        ),
        (
            "stream a | group by key | window tumbling 10 | count",
            "column 43: expected a time like `250ms`, `10s`, `5m`, `1h` or `1d`, found `10`",
        ),
        (
            "stream a | group by key | window tumblin 10s | count",
            "column 34: expected `tumbling`, `hopping`, `sliding`, `session` or `from`, found `tumblin`; did you mean tumbling?",
        ),
        (
            "stream a | group by key | count | suppress until window closes | to b",
            "column 50: expected `time limit 10s` (without windows none closes), found `window`",
        ),
        (
            "stream a | group by key | window session 0s | count",
            "column 42: expected Gap time cannot be zero or negative., found `0s`",
        ),
        (
            "stream a | group by key | window sliding 1s | emit on window clos | count",
            "column 62: expected `close` or `update`, found `clos`; did you mean close?",
        ),
        (
            "stream a | group by key | cogroup b by key | window session 1s | emit on window close | count",
            "column 66: expected `count` or `sum` or `reduce` or `aggregate`, found `emit`",
        ),
        (
            "stream a | group by key | count | suppress until time limit 1s max records few | to b",
            "column 76: expected a number of records from 0 to 4294967295, found `few`",
        ),
        (
            "stream a | group by key | window session 1s | count | suppress until windows close | to b",
            "column 70: expected `window closes` or `time limit 10s`, found `windows`; did you mean window?",
        ),
        ("stream a | group by key | window from 1 to 2 | count", "column 45: expected `up`, found nothing"),
        (
            "stream a | group by key | window from 1 up to 2s | count",
            "column 41: expected an operator or the end, found `up`",
        ),
        (
            "stream a | group by key | window session by value.gap up to 1m | count",
            "column 45: expected a gap that only the `key` decides (records of a key must agree on it), found `value.gap`",
        ),
        (
            "stream a | group by key | cogroup b by key | window from 1 to 2 up to 1s | count",
            "column 53: expected `tumbling`, `hopping`, `sliding` or `session` (a cogroup has no windows by expression), found `from`",
        ),
        (
            "stream a | detect sequnce value.x within 10s | to b",
            "column 19: expected `sequence`, `absence` or `threshold`, found `sequnce`; did you mean sequence?",
        ),
        (
            "stream a | detect sequence value.x times 0 within 10s | to b",
            "column 42: expected how often, a number from 1 to 100, found `0`",
        ),
        (
            "stream a | detect sequence value.x times 2 then value.y within 10s | to b",
            "column 44: expected `followed by` or `within`, found `then`",
        ),
        (
            "stream a | detect sequence value.x | to b",
            "column 35: expected `times` or `followed` or `within`, found nothing",
        ),
        (
            "stream a | detect sequence key + 1 within 10s | to b",
            "column 28: expected a number, found a text in `key`; did you mean number(key)?",
        ),
        (
            "stream a | detect absence true for 0s | to b",
            "column 36: expected a time longer than 0, found `0s`",
        ),
        (
            "stream a | detect absence true for 1s on clock | to b",
            "column 42: expected `wall`, found `clock`",
        ),
        (
            "stream a | detect threshold 1 for 1s until true | to b",
            "column 29: expected true or false, found a number in `1`",
        ),
        ("stream a | detect threshold value > 1 for 1s | to b", "column 45: expected `until`, found nothing"),
        (
            "stream a | flatmap value | to b",
            "column 12: expected `filter` or `map` or `flat` or `select` or `group` or `merge` or `repartition` or `join` or `left` or `outer` or `detect` or `as` or `split` or `peek` or `to`, found `flatmap`; did you mean flat?",
        ),
        ("stream a | flat values value | to b", "column 17: expected `map`, found `values`"),
        ("stream a | flat map values key | to b", "column 28: expected a list, found a text in `key`"),
        (
            "stream a | flat map [{key: 1, valeu: 2}] | to b",
            "column 21: expected `key` and `value`, found `valeu`; did you mean value?",
        ),
        ("stream a | map key | to b", "column 16: expected a map, found a text in `key`"),
        (
            "stream a | map {kye: 1} | to b",
            "column 16: expected `key` and `value`, found `kye`; did you mean key?",
        ),
        (
            "stream a | peek | to b",
            "column 16: expected a name (letters, digits, `.`, `_`, `-`), found nothing",
        ),
        ("stream a | peek here now | to b", "column 22: expected `|` or the end, found `now`"),
        (
            "stream a | filter aggregate > 1 | to b",
            "column 19: expected a part of the record (`aggregate` is only where records become one), found `aggregate`",
        ),
        (
            "stream a | group by key | reduce aggregat + value | to b",
            "column 34: expected a part of the record, found `aggregat`; did you mean aggregate?",
        ),
        (
            "stream a | group by key | reduce aggregate + key | to b",
            "column 34: expected `aggregate` and `value` alone (Kafka hands two values to it), found `key`",
        ),
        (
            "stream a | group by key | reduce aggregate subtract value | to b",
            "column 44: expected `|` or the end (only of a grouped table rows leave), found `subtract`",
        ),
        (
            "table a | group table by value.x | reduce value | to b",
            "column 48: expected `subtract`, and what is left without a row, found nothing",
        ),
        (
            "stream a | group by key | aggregate 0 | to b",
            "column 38: expected `with`, and how a record is added, found nothing",
        ),
        (
            "stream a | group by key | aggregate value.n with aggregate + 1 | to b",
            "column 37: expected a first aggregate that no record decides, found `value.n`",
        ),
        (
            "stream a | group by key | aggregate null with aggregate | to b",
            "column 37: expected a first aggregate that is not null, found `null`",
        ),
        (
            "stream a | group by key | window session 1s | aggregate 0 with aggregate + 1 | to b",
            "column 77: expected `merge`, and how two sessions\u{2019} aggregates become one, found nothing",
        ),
        (
            "stream a | group by key | window tumbling 1s | aggregate 0 with aggregate + 1 merge value | to b",
            "column 79: expected `|` or the end (only sessions merge), found `merge`",
        ),
        (
            "stream a | group by key | cogroup b by key | reduce value | to b",
            "column 46: expected `count`, `sum` or `aggregate` (a cogroup has no `reduce`), found `reduce`",
        ),
        (
            "stream a | group by key | count store my counts | to b",
            "column 42: expected `|` or the end, found `counts`",
        ),
        (
            "stream a | as table store | to b",
            "column 26: expected a name (letters, digits, `.`, `_`, `-`), found nothing",
        ),
        (
            "stream a | repartition partitions 0 | to b",
            "column 35: expected a number of partitions from 1 to 1000, found `0`",
        ),
        ("stream a | repartition as x y | to b", "column 29: expected `partitions`, found `y`"),
        ("stream a b | to c", "column 10: expected `|` or the end, found `b`"),
        (
            "stream a | to b!",
            "column 15: expected a topic's name (letters, digits, `.`, `_`, `-`), found `b!`",
        ),
        (
            "stream a | filter | to b",
            "column 18: expected an expression like `value.amount > 0`, found nothing",
        ),
        (
            "stream a\n| filtr x | to b",
            "line 2, column 3: expected `filter` or `map` or `flat` or `select` or `group` or `merge` or `repartition` or `join` or `left` or `outer` or `detect` or `as` or `split` or `peek` or `to`, found `filtr`; did you mean filter?",
        ),
    ] {
        assert_eq!(Pipeline::parse(text).unwrap_err().to_string(), error, "{text}");
    }
}

/// An expression's own error keeps its words and points into the pipeline.
#[test]
fn an_expressions_error_points_into_the_pipeline() {
    let error = Pipeline::parse("stream a | filter vlaue.x > 0 | to b").unwrap_err();
    assert_eq!((error.column, error.nearest.as_deref()), (19, Some("value")));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(?s).{0,60}") {
        let _ = Pipeline::parse(&text);
    }

    #[test]
    fn no_words_of_the_language_make_it_panic(words in proptest::collection::vec(
        proptest::sample::select(vec!["stream", "a", "|", "filter", "value", ">", "0", "group", "by", "key", "window",
            "tumbling", "hopping", "sliding", "session", "emit", "on", "close", "update", "cogroup", "time", "limit",
            "max", "records", "3", "shut", "down", "when", "full", "every", "10s", "0s", "9223372036854775807d", "grace", "count", "sum", "suppress",
            "until", "closes", "to", "table", "join", "left", "outer", "within", "after", "from", "up", "detect", "sequence", "absence", "threshold", "times", "followed", "for", "until", "clock", "merge", "repartition", "as", "map", "values", "flat", "peek", "reduce", "aggregate", "subtract", "with", "store", "partitions", "[value]", "||", "\"", "\n"]), 0..20))
    {
        if let Ok(pipeline) = Pipeline::parse(&words.join(" ")) {
            proptest::prop_assert_eq!(&Pipeline::parse(&pipeline.to_string()).unwrap(), &pipeline);
            let _ = pipeline.topology("app");
        }
    }
}
