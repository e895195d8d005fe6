package hello;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/** The counterpart of send.ts: {@code npm run java-send -- world}. */
public final class Send {
  private Send() {}

  public static void main(String[] parameters) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer("hello_senders");
    producer.setNamesrvAddr(Objects.requireNonNullElse(System.getenv("NAMESRV_ADDR"), "127.0.0.1:9876;127.0.0.1:9877"));
    producer.start();
    String name = parameters.length > 0 ? parameters[0] : "world";
    Message message = new Message("hello", "greeting", ("hello " + name).getBytes(StandardCharsets.UTF_8));
    System.out.println("sent as " + producer.send(message).getMsgId());
    producer.shutdown();
  }
}
