package org.apache.rocketmq.broker.transaction.queue;

import org.apache.rocketmq.broker.BrokerController;
import org.apache.rocketmq.common.ServiceThread;

/**
 * Stands before the class of the same name in rocketmq-broker 5.5.0, whose thread spins at 98 % of a core from three
 * seconds after the last transaction until the next one: it waits until a deadline that it computes from an old time
 * (apache/rocketmq#10966, mended by #10967). This one waits for the interval, or until it is woken. To be dropped with
 * the first release that has the mend.
 */
public class TransactionalOpBatchService extends ServiceThread {
  private final BrokerController broker;
  private final TransactionalMessageServiceImpl transactions;

  public TransactionalOpBatchService(BrokerController broker, TransactionalMessageServiceImpl transactions) {
    this.broker = broker;
    this.transactions = transactions;
  }

  @Override
  public String getServiceName() {
    return TransactionalOpBatchService.class.getSimpleName();
  }

  @Override
  public void run() {
    while (!isStopped()) {
      waitForRunning(Math.max(10, broker.getBrokerConfig().getTransactionOpBatchInterval()));
    }
  }

  @Override
  protected void onWaitEnd() {
    transactions.batchSendOpMessage();
  }
}
