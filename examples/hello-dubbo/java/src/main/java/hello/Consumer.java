package hello;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

public final class Consumer {
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(Settings.environment("PORT", "8080"));
        ReferenceConfig<IUserService> reference = new ReferenceConfig<>();
        reference.setInterface(IUserService.class);
        reference.setProtocol("dubbo");
        reference.setCheck(false);
        DubboBootstrap.getInstance().application(Settings.application("hello-java-consumer")).registry(Settings.registry()).reference(reference).start();
        IUserService users = reference.get();

        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/user/sayHello", exchange -> {
            try {
                answer(exchange, 200, users.sayHello(nameOf(exchange)));
            } catch (RuntimeException error) {
                answer(exchange, 502, String.valueOf(error.getMessage()));
            }
        });
        server.start();
        System.out.println("curl 'http://127.0.0.1:" + port + "/user/sayHello?name=world'");
    }

    private static String nameOf(HttpExchange exchange) {
        String query = exchange.getRequestURI().getRawQuery();
        String name = query != null && query.startsWith("name=") ? query.substring("name=".length()) : "";
        return URLDecoder.decode(name, StandardCharsets.UTF_8);
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("content-type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
