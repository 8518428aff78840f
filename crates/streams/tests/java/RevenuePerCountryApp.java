// Kafka Streams 4.x: org.apache.kafka:kafka-streams, com.fasterxml.jackson.core:jackson-databind

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.function.BinaryOperator;
import java.util.stream.StreamSupport;

import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Window;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.WindowedSerdes;

public final class RevenuePerCountryApp {
    static Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("orders", Consumed.with(Serdes.String(), Serdes.String()))
            .filter((key, value) -> compare(json(value).path("amount"), ">", num(0)) && contains(json(value).path("tags"), str("new")))
            .groupBy((key, value) -> text(json(value).path("country")), Grouped.with(Serdes.String(), Serdes.String()))
            .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(2)))
            .aggregate(() -> "0", (key, value, sum) -> sum(sum, json(value).path("amount")), Materialized.with(Serdes.String(), Serdes.String()))
            .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()))
            .toStream()
            .to("revenue-per-country", Produced.with(new WindowedSerdes.TimeWindowedSerde<>(Serdes.String(), 10_000L), Serdes.String()));
        return builder.build();
    }

    static Properties config() {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "revenue-per-country");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:9092");
        config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        // Every update goes on at once; the default cache of 10 MB holds them back until the next commit.
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0L);
        return config;
    }

    public static void main(String[] args) {
        KafkaStreams streams = new KafkaStreams(topology(), config());
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }

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

    /** An exact sum, as text, and one number more; null adds nothing. */
    static String sum(String sum, JsonNode more) {
        return isNull(more) ? sum : text(plus(num(sum), num(more.isNumber() ? more.decimalValue() : wrong(more))));
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

    /** Different kinds are unequal, numbers equal whatever their digits. */
    static boolean same(JsonNode a, JsonNode b) {
        if (isNull(a) || isNull(b)) {
            return isNull(a) && isNull(b);
        }
        return a.equals((x, y) -> x.isNumber() && y.isNumber()
            ? x.decimalValue().compareTo(y.decimalValue())
            : x.equals(y) ? 0 : 1, b);
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

    /** A text with that part, or a list with that item. */
    static boolean contains(JsonNode of, JsonNode part) {
        if (of.isArray()) {
            return StreamSupport.stream(of.spliterator(), false).anyMatch(item -> same(item, part));
        }
        return !isNull(of) && !isNull(part) && of.textValue().contains(part.textValue());
    }
}
