package peers;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.RpcException;
import suanpan.order.v1.GetOrderRequest;
import suanpan.order.v1.Order;
import suanpan.order.v1.OrderLine;
import suanpan.order.v1.OrderService;
import suanpan.order.v1.PlaceAnswer;
import suanpan.order.v1.PlaceCommand;
import suanpan.order.v1.PlaceRequest;

/**
 * Finds the order service through ZooKeeper, places an order that is paid from the balance as far as it reaches, and reads
 * the order back: {@code npm run place-order -- user sku quantity}.
 */
public final class PlaceOrder {
    private static final int TIMEOUT_MS = 10_000;
    /** Then the order is accepted, and worked off from the queue. */
    private static final int RESPOND_WITHIN_MS = 5_000;

    private PlaceOrder() {}

    public static void main(String[] parameters) {
        if (parameters.length != 3) {
            System.err.println("usage: PlaceOrder user sku quantity");
            System.exit(2);
        }
        try {
            placeAndRead(parameters[0], OrderLine.newBuilder().setSku(parameters[1]).setQuantity(Long.parseLong(parameters[2])).build());
            System.exit(0);
        } catch (RpcException | IllegalStateException error) {
            System.err.println("The order service was not reached, or did not answer: " + error.getMessage());
            System.err.println("On one machine: Dubbo's Java consumers do not connect to 127.0.0.1; the README says how the cluster is started for them.");
            System.exit(1);
        }
    }

    private static void placeAndRead(String user, OrderLine line) {
        OrderService orders = find();
        // Dubbo calls again after a time-out: with the same key it is the same order.
        PlaceCommand command = PlaceCommand.newBuilder()
            .setUserId(user)
            .setIdempotencyKey(UUID.randomUUID().toString())
            .setRequestDigest(digestOf(line))
            .addLines(line)
            .setUseAllBalance(true)
            .setRespondWithinMs(RESPOND_WITHIN_MS)
            .build();
        PlaceAnswer answer = orders.place(PlaceRequest.newBuilder().addCommands(command).build()).getAnswers(0);
        System.out.println(answer.getOutcome() + (answer.hasOrder() ? " " + described(answer.getOrder()) : ""));
        if (answer.hasOrder()) System.out.println("READ " + described(read(orders, user, answer.getOrder().getOrderId())));
    }

    private static Order read(OrderService orders, String user, String orderId) {
        return orders.getOrder(GetOrderRequest.newBuilder().setOrderId(orderId).setUserId(user).build()).getOrder();
    }

    private static OrderService find() {
        ApplicationConfig application = new ApplicationConfig("java-order-client");
        application.setQosEnable(false);
        String[] servers = Settings.environment("CLUSTER_ZOOKEEPER", "127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183").split(",", 2);
        RegistryConfig registry = new RegistryConfig("zookeeper://" + servers[0] + (servers.length > 1 ? "?backup=" + servers[1] : ""));
        ReferenceConfig<OrderService> reference = new ReferenceConfig<>();
        reference.setInterface(OrderService.class);
        reference.setProtocol("tri");
        reference.setTimeout(TIMEOUT_MS);
        // A call that finds nobody says so; the check at the start would wait half a minute for somebody.
        reference.setCheck(false);
        DubboBootstrap.getInstance().application(application).registry(registry).reference(reference).start();
        return reference.get();
    }

    /** The service tells by it whether a repeated key comes with the same wish. */
    private static String digestOf(OrderLine line) {
        try {
            byte[] text = (line.getSku() + " " + line.getQuantity()).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String described(Order order) {
        return order.getOrderId() + " " + order.getState() + " items " + order.getItemsFen() + " fen, payable " + order.getPayableFen() + " fen";
    }
}
