@@ABOUT@@
package scenario;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.annotation.BackOff;
import org.springframework.kafka.annotation.DltHandler;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.annotation.RetryableTopic;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.retrytopic.DltStrategy;
import org.springframework.kafka.retrytopic.SameIntervalTopicReuseStrategy;
import org.springframework.kafka.retrytopic.TopicSuffixingStrategy;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.stereotype.Component;
import org.springframework.util.backoff.ExponentialBackOff;
import org.springframework.util.backoff.FixedBackOff;

@Component
public class @@CLASS@@ {
    private static final Logger LOG = LoggerFactory.getLogger(@@CLASS@@.class);

@@GUARDS@@@@RETRYABLE@@    @KafkaListener(
            id = @@GROUP@@,
            groupId = @@GROUP@@,
            @@TOPICS@@,
            containerFactory = "@@CLASS@@Containers"@@PROPERTIES@@)
    public void handle(ConsumerRecord<String, String> record@@ACK@@) throws Exception {
@@FAILS@@@@WORK@@        LOG.info("{}-{} at {}: {}", record.topic(), record.partition(), record.offset(), record.key());
@@ACKNOWLEDGE@@    }
@@DEAD@@@@EXCEPTIONS@@
    @Configuration
    static class Containers {
        @Bean("@@CLASS@@Containers")
        ConcurrentKafkaListenerContainerFactory<String, String> containers(
                ConsumerFactory<String, String> consumers) {
            var factory = new ConcurrentKafkaListenerContainerFactory<String, String>();
            factory.setConsumerFactory(consumers);
@@MODE@@@@HANDLER@@            return factory;
        }
    }
}
