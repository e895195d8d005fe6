import type { Channel, ChannelName, ChannelResult } from '@suanpan/channels'
import { createNews, type Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'

/** A platform that is away, or does not know our key, says the same to every question: one line of each reason in this time. */
const quietMs = 60_000

/**
 * The same channels, with a line in the log for what a platform refused or left unanswered. What follows from it is decided
 * elsewhere, and is the same for every reason; an operator needs to read the reason.
 */
export function withReasonsLogged(channels: ReadonlyMap<ChannelName, Channel>, log: Log, clock: Clock): ReadonlyMap<ChannelName, Channel> {
  const isNews = createNews(clock, quietMs)

  async function told<Value>(channel: ChannelName, operation: string, subject: string, result: Promise<ChannelResult<Value>>): Promise<ChannelResult<Value>> {
    const answer = await result
    if (answer.kind === 'ok') return answer
    const because = answer.kind === 'unknown' ? answer.because : `${answer.code} ${answer.detail}`.trim()
    const facts = { channel, operation, subject, because }
    if (!isNews(`${channel} ${operation} ${because}`)) return answer
    if (answer.kind === 'unknown') log.warn(facts, 'what a platform did is not known; it is asked again. For a minute, the same is not told again')
    // Its right: a bill is not out yet, a trade cannot be closed as it was paid.
    else log.info(facts, 'a platform refused; for a minute, the same is not told again')
    return answer
  }

  function listenedTo(channel: Channel): Channel {
    const { name, betweenRefundsMs } = channel
    return {
      name,
      betweenRefundsMs,
      create: (trade) => told(name, 'create', trade.paymentId, channel.create(trade)),
      query: (paymentId) => told(name, 'query', paymentId, channel.query(paymentId)),
      close: (paymentId) => told(name, 'close', paymentId, channel.close(paymentId)),
      refund: (refund) => told(name, 'refund', refund.refundId, channel.refund(refund)),
      queryRefund: (paymentId, refundId) => told(name, 'queryRefund', refundId, channel.queryRefund(paymentId, refundId)),
      fetchBill: (date) => told(name, 'fetchBill', date, channel.fetchBill(date)),
    }
  }

  return new Map([...channels].map(([name, channel]) => [name, listenedTo(channel)]))
}
