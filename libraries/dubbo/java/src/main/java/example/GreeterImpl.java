package example;

import example.greeting.DubboGreeterTriple;
import example.greeting.FailRequest;
import example.greeting.GreetReply;
import example.greeting.GreetRequest;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.StatusRpcException;
import org.apache.dubbo.rpc.TriRpcStatus;

final class GreeterImpl extends DubboGreeterTriple.GreeterImplBase {
    private final String instance;

    GreeterImpl(String instance) {
        this.instance = instance;
    }

    @Override
    public GreetReply greet(GreetRequest request) {
        String traveller = RpcContext.getServerAttachment().getAttachment("traveller");
        if (traveller != null) RpcContext.getServerResponseContext().setAttachment("returned", traveller);
        return look(request);
    }

    @Override
    public GreetReply look(GreetRequest request) {
        try {
            Thread.sleep(request.getDelayMs());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return GreetReply.newBuilder().setMessage("hello:" + request.getName()).setNumber(request.getNumber()).setBlob(request.getBlob()).setInstance(instance).build();
    }

    @Override
    public GreetReply fail(FailRequest request) {
        throw new StatusRpcException(TriRpcStatus.fromCode(request.getStatus()).withDescription(request.getMessage()));
    }
}
