package org.apache.rocketmq.proxy.remoting;

import org.apache.rocketmq.remoting.ChannelEventListener;
import org.apache.rocketmq.remoting.netty.NettyRemotingServer;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;

/**
 * Stands before the class of the same name in rocketmq-proxy 5.5.0, which listens on every interface whatever the address
 * in the proxy's settings: this one, for classic clients, on loopback. It speaks their protocol only; gRPC has a port of its own.
 */
public class MultiProtocolRemotingServer extends NettyRemotingServer {
  public MultiProtocolRemotingServer(NettyServerConfig config, ChannelEventListener listener) {
    super(onLoopback(config), listener);
  }

  private static NettyServerConfig onLoopback(NettyServerConfig config) {
    config.setBindAddress("127.0.0.1");
    return config;
  }
}
