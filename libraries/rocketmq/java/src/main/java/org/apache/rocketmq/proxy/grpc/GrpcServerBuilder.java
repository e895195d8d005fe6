package org.apache.rocketmq.proxy.grpc;

import io.grpc.BindableService;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.proxy.config.ConfigurationManager;
import org.apache.rocketmq.proxy.config.ProxyConfig;
import org.apache.rocketmq.proxy.grpc.interceptor.ContextInterceptor;
import org.apache.rocketmq.proxy.grpc.interceptor.GlobalExceptionInterceptor;
import org.apache.rocketmq.proxy.grpc.interceptor.HeaderInterceptor;
import org.apache.rocketmq.proxy.service.cert.TlsCertificateManager;

/**
 * Stands before the class of the same name in rocketmq-proxy 5.5.0, which listens on every interface and has no setting
 * for that: whoever is on the same network could send messages, and nobody asks who he is. This one listens on loopback.
 */
public class GrpcServerBuilder {
  private final NettyServerBuilder server;
  private final TlsCertificateManager certificates;
  private long shutdownTime = 30;
  private TimeUnit shutdownUnit = TimeUnit.SECONDS;

  public static GrpcServerBuilder newBuilder(ThreadPoolExecutor executor, int port, TlsCertificateManager certificates) {
    return new GrpcServerBuilder(executor, port, certificates);
  }

  private GrpcServerBuilder(ThreadPoolExecutor executor, int port, TlsCertificateManager certificates) {
    this.certificates = certificates;
    ProxyConfig config = ConfigurationManager.getProxyConfig();
    server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
      .maxConcurrentCallsPerConnection(config.getGrpcMaxConcurrentCallsPerConnection())
      .protocolNegotiator(new ProxyAndTlsProtocolNegotiator())
      .bossEventLoopGroup(new NioEventLoopGroup(config.getGrpcBossLoopNum()))
      .workerEventLoopGroup(new NioEventLoopGroup(config.getGrpcWorkerLoopNum()))
      .channelType(NioServerSocketChannel.class)
      .maxInboundMessageSize(config.getGrpcMaxInboundMessageSize())
      .maxConnectionIdle(config.getGrpcClientIdleTimeMills(), TimeUnit.MILLISECONDS);
    server.executor(executor);
  }

  public GrpcServerBuilder shutdownTime(long time, TimeUnit unit) {
    shutdownTime = time;
    shutdownUnit = unit;
    return this;
  }

  public GrpcServerBuilder addService(BindableService service) {
    server.addService(service);
    return this;
  }

  public GrpcServerBuilder configInterceptor() {
    server.intercept(new GlobalExceptionInterceptor()).intercept(new ContextInterceptor()).intercept(new HeaderInterceptor());
    return this;
  }

  public GrpcServer build() throws Exception {
    return new GrpcServer(server.build(), shutdownTime, shutdownUnit, certificates);
  }
}
