import { refusals, type ChannelName, type NotificationReader, type Refusal } from '@suanpan/channels'

/** What each platform sends its notifications as. */
export const contentTypes: { readonly [Channel in ChannelName]: string } = { alipay: 'application/x-www-form-urlencoded', wechat: 'application/json' }

/**
 * A reader that needs no keys: `good <id>` is a verified notification that `pay_<id>` was paid, `refund <id>` one that
 * it was refunded, the name of a refusal is refused for it, and `throw` is a bug in the reader.
 */
export function scriptedReader(channel: ChannelName): NotificationReader {
  return {
    channel,
    parse: (body) => {
      const [word = '', id = ''] = new TextDecoder().decode(body).split(' ')
      if (word === 'throw') throw new Error('a bug in the reader')
      const paymentId = `pay_${id}`
      const notification = { channel, notificationId: `note_${id}` }
      if (word === 'good') {
        const trade = { state: 'paid', tradeNo: `trade_${id}`, amountFen: 150, currency: 'CNY', paidAt: 1_000 } as const
        return { kind: 'verified', notification: { ...notification, fact: { kind: 'trade', paymentId, trade } } }
      }
      if (word === 'refund') {
        const fact = { kind: 'refund', paymentId, refundId: `rf_${id}`, refund: { state: 'done', amountFen: 50 } } as const
        return { kind: 'verified', notification: { ...notification, fact } }
      }
      return { kind: 'refused', because: refusals.find((refusal): refusal is Refusal => refusal === word) ?? 'malformed', detail: 'as the test says' }
    },
  }
}
