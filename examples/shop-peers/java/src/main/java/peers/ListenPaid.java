package peers;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import suanpan.message.v1.Message;
import suanpan.order.v1.OrderPaid;

/**
 * Hears of every order that was paid, in a group of its own, and prints it: {@code npm run listen-paid}. Delivery is at
 * least once: whoever does more than print keeps the message's id with what it did.
 */
public final class ListenPaid {
    private ListenPaid() {}

    public static void main(String[] parameters) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(Settings.environment("GROUP", "java_peer"));
        consumer.setNamesrvAddr(Settings.environment("CLUSTER_NAMESERVERS", "127.0.0.1:9876,127.0.0.1:9877").replace(',', ';'));
        // A new group hears what the broker still has. Otherwise it would miss what is said while it is being admitted.
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe("order_paid", "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (received, context) -> {
            try {
                for (MessageExt each : received) for (Message message : membersOf(each)) print(message);
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            } catch (InvalidProtocolBufferException error) {
                System.err.println("not a message of the shop: " + error.getMessage());
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
        });
        consumer.start();
        System.out.println("listening; Ctrl-C ends");
        Thread.currentThread().join();
    }

    private static void print(Message message) throws InvalidProtocolBufferException {
        OrderPaid paid = OrderPaid.parseFrom(message.getBody());
        System.out.println("PAID " + paid.getOrderId() + " " + paid.getPaidFen() + " fen by " + paid.getUserId() + ", message " + message.getId());
    }

    /** One message of the broker carries many of ours: each has its length before it, four bytes, big end first. */
    private static List<Message> membersOf(MessageExt received) throws InvalidProtocolBufferException {
        List<Message> members = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(received.getBody());
        while (rest.hasRemaining()) {
            ByteBuffer member = rest.slice(rest.position() + Integer.BYTES, rest.getInt(rest.position()));
            members.add(Message.parseFrom(member));
            rest.position(rest.position() + Integer.BYTES + member.capacity());
        }
        return members;
    }
}
