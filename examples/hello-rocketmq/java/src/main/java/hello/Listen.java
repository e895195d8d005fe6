package hello;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;

/** The counterpart of listen.ts, in a group of its own: {@code npm run java-listen}. */
public final class Listen {
  private Listen() {}

  public static void main(String[] parameters) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("hello_java");
    consumer.setNamesrvAddr(Objects.requireNonNullElse(System.getenv("NAMESRV_ADDR"), "127.0.0.1:9876;127.0.0.1:9877"));
    consumer.subscribe("hello", "*");
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      messages.forEach(message -> System.out.println(new String(message.getBody(), StandardCharsets.UTF_8)));
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    System.out.println("listening; Ctrl-C ends");
    Thread.currentThread().join();
  }
}
