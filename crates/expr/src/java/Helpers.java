/** The value as JSON if it parses, else as a text; what is missing is null. */
static JsonNode json(Object value) {
    if (value == null) {
        return NullNode.getInstance();
    }
    try {
        JsonNode node = JSON.readTree(value.toString());
        return node.isMissingNode() ? TextNode.valueOf(value.toString()) : node;
    } catch (JsonProcessingException noJson) {
        return TextNode.valueOf(value.toString());
    }
}

static final JsonMapper JSON = JsonMapper.builder()
    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
    .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
    .build();

/** What a record carries: a text as it is, everything else as JSON, null for null. */
static String text(JsonNode node) {
    return isNull(node) ? null : node.isTextual() ? node.textValue() : node.toString();
}

static boolean isNull(JsonNode node) {
    return node.isNull() || node.isMissingNode();
}

/** Both sides of a join as one object. */
static String pair(Object left, Object right) {
    return text(object("left", json(left), "right", json(right)));
}

/** The items of a list; null has none. */
static Stream<JsonNode> items(JsonNode list) {
    if (isNull(list)) {
        return Stream.empty();
    }
    return list.isArray() ? StreamSupport.stream(list.spliterator(), false) : wrong(list);
}

/** Each item as a record carries it. */
static List<String> texts(JsonNode list) {
    return items(list).map(item -> text(item)).toList();
}

/** A record from a map of key and value. */
static KeyValue<String, String> keyValue(JsonNode map) {
    return map.isObject() ? KeyValue.pair(text(map.path("key")), text(map.path("value"))) : wrong(map);
}

/** A record from each item. */
static List<KeyValue<String, String>> keyValues(JsonNode list) {
    return items(list).map(item -> keyValue(item)).toList();
}

/** A count. */
static Long whole(JsonNode number) {
    if (isNull(number)) {
        return null;
    }
    return number.isNumber() ? Long.valueOf(number.decimalValue().longValueExact()) : wrong(number);
}

/** An exact sum, as text, and one number more; null adds nothing. */
static String sum(String sum, JsonNode more) {
    return isNull(more) ? sum : text(plus(num(sum), num(more.isNumber() ? more.decimalValue() : wrong(more))));
}

/** An exact sum, as text, without a number. */
static String less(String sum, JsonNode gone) {
    return isNull(gone) ? sum : text(minus(num(sum), num(gone.isNumber() ? gone.decimalValue() : wrong(gone))));
}

static <T> T wrong(JsonNode node) {
    throw new IllegalArgumentException("of another kind than expected: " + node);
}

/** A key as text, with its window in milliseconds if it has one. */
static JsonNode str(Object key) {
    if (key instanceof Windowed<?> windowed) {
        Window window = windowed.window();
        return TextNode.valueOf(windowed.key() + "@" + window.start() + "-" + window.end());
    }
    return key == null ? NullNode.getInstance() : TextNode.valueOf(key.toString());
}

static JsonNode num(BigDecimal number) {
    BigDecimal plain = number.stripTrailingZeros();
    return DecimalNode.valueOf(plain.scale() < 0 ? plain.setScale(0) : plain);
}

static JsonNode num(String number) {
    return num(new BigDecimal(number));
}

static JsonNode num(long number) {
    return num(BigDecimal.valueOf(number));
}

static JsonNode list(JsonNode... items) {
    return JSON.createArrayNode().addAll(List.of(items));
}

/** An object of names and their values. */
static JsonNode object(Object... entries) {
    ObjectNode object = JSON.createObjectNode();
    for (int i = 0; i < entries.length; i += 2) {
        JsonNode value = (JsonNode) entries[i + 1];
        object.set((String) entries[i], isNull(value) ? NullNode.getInstance() : value);
    }
    return object;
}

/** The entry of that name, the item of that number; null if there is none. */
static JsonNode pick(JsonNode of, JsonNode by) {
    if (isNull(by)) {
        return NullNode.getInstance();
    }
    return by.isTextual() ? of.path(by.textValue()) : of.path(by.decimalValue().intValueExact());
}

/** Neither true nor false is an error. */
static boolean truth(JsonNode node) {
    return node.isBoolean() ? node.booleanValue() : wrong(node);
}

/** Different kinds are unequal, numbers equal whatever their digits. */
static boolean same(JsonNode a, JsonNode b) {
    if (isNull(a) || isNull(b)) {
        return isNull(a) && isNull(b);
    }
    return a.equals((x, y) -> x.isNumber() && y.isNumber()
        ? x.decimalValue().compareTo(y.decimalValue())
        : x.equals(y) ? 0 : 1, b);
}

static boolean in(JsonNode item, JsonNode list) {
    if (isNull(list)) {
        return false;
    }
    return list.isArray() ? contains(list, item) : wrong(list);
}

/** An order with null is false. */
static boolean compare(JsonNode a, String sign, JsonNode b) {
    if (isNull(a) || isNull(b)) {
        return false;
    }
    int order;
    if (a.isNumber() && b.isNumber()) {
        order = a.decimalValue().compareTo(b.decimalValue());
    } else if (a.isTextual() && b.isTextual()) {
        byte[] one = a.textValue().getBytes(StandardCharsets.UTF_8);
        order = Arrays.compareUnsigned(one, b.textValue().getBytes(StandardCharsets.UTF_8));
    } else {
        return wrong(b);
    }
    return switch (sign) {
        case "<" -> order < 0;
        case "<=" -> order <= 0;
        case ">" -> order > 0;
        default -> order >= 0;
    };
}

/** Arithmetic with null is null. */
static JsonNode calculate(JsonNode a, JsonNode b, BinaryOperator<BigDecimal> operation) {
    if (isNull(a) || isNull(b)) {
        return NullNode.getInstance();
    }
    return a.isNumber() && b.isNumber() ? num(operation.apply(a.decimalValue(), b.decimalValue())) : wrong(b);
}

static JsonNode plus(JsonNode a, JsonNode b) {
    return a.isTextual() && b.isTextual()
        ? TextNode.valueOf(a.textValue() + b.textValue())
        : calculate(a, b, BigDecimal::add);
}

static JsonNode minus(JsonNode a, JsonNode b) {
    return calculate(a, b, BigDecimal::subtract);
}

static JsonNode times(JsonNode a, JsonNode b) {
    return calculate(a, b, (x, y) -> x.multiply(y).setScale(9, RoundingMode.HALF_EVEN));
}

static JsonNode over(JsonNode a, JsonNode b) {
    return calculate(a, b, (x, y) -> x.divide(y, 9, RoundingMode.HALF_EVEN));
}

static JsonNode rest(JsonNode a, JsonNode b) {
    return calculate(a, b, BigDecimal::remainder);
}

static JsonNode negate(JsonNode a) {
    return minus(num(0), a);
}

static JsonNode ofText(JsonNode node, UnaryOperator<String> change) {
    return isNull(node) ? NullNode.getInstance()
        : node.isTextual() ? TextNode.valueOf(change.apply(node.textValue())) : wrong(node);
}

static JsonNode ofNumber(JsonNode node, UnaryOperator<BigDecimal> change) {
    return isNull(node) ? NullNode.getInstance()
        : node.isNumber() ? num(change.apply(node.decimalValue())) : wrong(node);
}

static JsonNode len(JsonNode of) {
    if (isNull(of)) {
        return NullNode.getInstance();
    }
    return of.isTextual() ? num(of.textValue().codePoints().count()) : of.isContainerNode() ? num(of.size()) : wrong(of);
}

/** The letters A–Z and À–Þ in lower case. */
static JsonNode lower(JsonNode text) {
    return letters(text, c -> c >= 'A' && c <= 'Z' || c >= 0xC0 && c <= 0xDE && c != 0xD7 ? c + 32 : c);
}

/** The letters a–z and à–þ in upper case. */
static JsonNode upper(JsonNode text) {
    return letters(text, c -> c >= 'a' && c <= 'z' || c >= 0xE0 && c <= 0xFE && c != 0xF7 ? c - 32 : c);
}

static JsonNode letters(JsonNode text, IntUnaryOperator change) {
    return ofText(text, t -> t.codePoints().map(change)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString());
}

static JsonNode trim(JsonNode text) {
    return ofText(text, String::strip);
}

static JsonNode substring(JsonNode text, JsonNode from) {
    return substring(text, from, num(Integer.MAX_VALUE));
}

static JsonNode substring(JsonNode text, JsonNode from, JsonNode to) {
    if (isNull(from) || isNull(to)) {
        return NullNode.getInstance();
    }
    int start = from.decimalValue().intValueExact();
    int end = to.decimalValue().intValueExact();
    return ofText(text, t -> t.codePoints().skip(start).limit(Math.max(0, end - start))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString());
}

static JsonNode split(JsonNode text, JsonNode separator) {
    if (isNull(text) || isNull(separator)) {
        return NullNode.getInstance();
    }
    String[] parts = text.textValue().split(Pattern.quote(separator.textValue()), -1);
    return list(Arrays.stream(parts).map(TextNode::valueOf).toArray(JsonNode[]::new));
}

/** A text with that part, or a list with that item. */
static boolean contains(JsonNode of, JsonNode part) {
    if (of.isArray()) {
        return StreamSupport.stream(of.spliterator(), false).anyMatch(item -> same(item, part));
    }
    return !isNull(of) && !isNull(part) && of.textValue().contains(part.textValue());
}

static boolean startsWith(JsonNode text, JsonNode start) {
    return !isNull(text) && !isNull(start) && text.textValue().startsWith(start.textValue());
}

static boolean endsWith(JsonNode text, JsonNode end) {
    return !isNull(text) && !isNull(end) && text.textValue().endsWith(end.textValue());
}

/** `*` is any text, `?` any character, a backslash takes the next literally. */
static boolean matches(JsonNode text, JsonNode pattern) {
    if (isNull(text) || isNull(pattern)) {
        return false;
    }
    StringBuilder regex = new StringBuilder();
    String signs = pattern.textValue();
    for (int i = 0; i < signs.length(); i++) {
        char sign = signs.charAt(i);
        if (sign == '\\' && i + 1 < signs.length()) {
            sign = signs.charAt(++i);
            regex.append(Pattern.quote(String.valueOf(sign)));
        } else {
            regex.append(sign == '*' ? ".*" : sign == '?' ? "." : Pattern.quote(String.valueOf(sign)));
        }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(text.textValue()).matches();
}

static JsonNode abs(JsonNode number) {
    return ofNumber(number, BigDecimal::abs);
}

static JsonNode min(JsonNode first, JsonNode... more) {
    return Arrays.stream(more).reduce(first, (a, b) -> calculate(a, b, BigDecimal::min));
}

static JsonNode max(JsonNode first, JsonNode... more) {
    return Arrays.stream(more).reduce(first, (a, b) -> calculate(a, b, BigDecimal::max));
}

static JsonNode round(JsonNode number) {
    return round(number, num(0));
}

static JsonNode round(JsonNode number, JsonNode digits) {
    return calculate(number, digits, (n, d) -> n.setScale(d.intValueExact(), RoundingMode.HALF_EVEN));
}

static JsonNode floor(JsonNode number) {
    return ofNumber(number, n -> n.setScale(0, RoundingMode.FLOOR));
}

static JsonNode ceil(JsonNode number) {
    return ofNumber(number, n -> n.setScale(0, RoundingMode.CEILING));
}

static JsonNode toNumber(JsonNode of) {
    return of.isTextual() ? num(of.textValue().strip()) : ofNumber(of, n -> n);
}

static JsonNode asText(JsonNode of) {
    return isNull(of) ? NullNode.getInstance() : TextNode.valueOf(text(of));
}

static JsonNode coalesce(JsonNode... values) {
    return Arrays.stream(values).filter(value -> !isNull(value)).findFirst().orElse(NullNode.getInstance());
}

/** When the local day of a timestamp began. */
static JsonNode dayStart(JsonNode timestamp, JsonNode zone) {
    return localDay(timestamp, zone, 0);
}

/** When the next local day begins. */
static JsonNode dayEnd(JsonNode timestamp, JsonNode zone) {
    return localDay(timestamp, zone, 1);
}

static JsonNode localDay(JsonNode timestamp, JsonNode zone, int days) {
    if (isNull(timestamp) || isNull(zone)) {
        return NullNode.getInstance();
    }
    ZoneId id = ZoneId.of(zone.textValue());
    Instant moment = Instant.ofEpochMilli(timestamp.decimalValue().longValueExact());
    return num(moment.atZone(id).toLocalDate().plusDays(days).atStartOfDay(id).toInstant().toEpochMilli());
}

static JsonNode header(Headers headers, JsonNode name) {
    Header header = headers.lastHeader(name.textValue());
    return header == null || header.value() == null ? NullNode.getInstance()
        : TextNode.valueOf(new String(header.value(), StandardCharsets.UTF_8));
}

/** Four or eight bytes, as Spring Kafka writes attempts and offsets. */
static JsonNode headerNumber(Headers headers, JsonNode name) {
    Header header = headers.lastHeader(name.textValue());
    return header == null || header.value() == null ? NullNode.getInstance()
        : num(new BigDecimal(new BigInteger(header.value())));
}

static JsonNode headers(Headers headers) {
    ObjectNode object = JSON.createObjectNode();
    headers.forEach(header -> object.set(header.key(), header(headers, TextNode.valueOf(header.key()))));
    return object;
}

static boolean isJson(Object value) {
    try {
        return value != null && !JSON.readTree(value.toString()).isMissingNode();
    } catch (JsonProcessingException noJson) {
        return false;
    }
}

static JsonNode size(Object value) {
    return value == null ? NullNode.getInstance()
        : num(value.toString().getBytes(StandardCharsets.UTF_8).length);
}
