package hello;

import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

public final class Provider {
    public static void main(String[] arguments) {
        int port = Integer.parseInt(Settings.environment("PORT", "20880"));
        ServiceConfig<IUserService> service = new ServiceConfig<>();
        service.setInterface(IUserService.class);
        service.setRef(name -> "hello:" + name);
        DubboBootstrap.getInstance()
                .application(Settings.application("hello-java-provider"))
                .registry(Settings.registry())
                .protocol(new ProtocolConfig("dubbo", port))
                .service(service)
                .start();
        System.out.println("hello.IUserService is provided on dubbo://127.0.0.1:" + port + " and registered. Ctrl-C ends it.");
        DubboBootstrap.getInstance().await();
    }
}
