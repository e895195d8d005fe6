import { ShopRefused, type ShopClient } from './shop-client.ts'
import { formatCount, formatTable, formatYuan, type Terminal } from './terminal.ts'

interface Difference {
  readonly kind: string
  readonly paymentId: string
  readonly refundId?: string
  readonly orderId?: string
  readonly ourFen: number
  readonly theirFen: number
  readonly detail: string
  readonly nextStep: string
  readonly needsPerson: boolean
}

/** As `POST /admin/reconciliations` answers it. */
interface Reconciliation {
  readonly channel: string
  readonly date: string
  readonly billEntries: number
  readonly matched: number
  readonly paidFen: number
  readonly refundedFen: number
  readonly differences: readonly Difference[]
}

const resultShape = { channel: 'string', date: 'string', billEntries: 'number', matched: 'number', differences: 'list' } as const

/** What became of one platform's bill. */
export type ChannelResult =
  | ({ readonly kind: 'done' } & Reconciliation)
  | { readonly kind: 'not_offered' | 'refused'; readonly channel: string; readonly date: string; readonly because: string }

/** Throws `ShopUnreachable`; what the shop refuses for one platform is its result, so that the other one is held against the books all the same. */
export async function reconcileChannel(shop: ShopClient, token: string, channel: string, date: string): Promise<ChannelResult> {
  try {
    return { kind: 'done', ...((await shop.post('/admin/reconciliations', { channel, date }, resultShape, token)) as Reconciliation) }
  } catch (error) {
    if (!(error instanceof ShopRefused)) throw error
    return { kind: error.code === 'channel_not_offered' ? 'not_offered' : 'refused', channel, date, because: error.message }
  }
}

const classes: { readonly [kind: string]: string } = {
  ours_only: 'ours only',
  theirs_only: 'theirs only',
  amount_differs: 'amount differs',
  state_differs: 'state differs',
}

export function printReconciliation(result: ChannelResult, { print, paint, complain }: Terminal): void {
  if (result.kind !== 'done') return complain(`suanpan: ${result.channel} ${result.date}: ${result.because}`)
  const { channel, date, billEntries, matched, paidFen, refundedFen, differences } = result
  print(paint('bold', `${channel} ${date}`))
  print(
    `  ${formatCount(billEntries)} lines in the bill: paid ${formatYuan(paidFen)}, refunded ${formatYuan(refundedFen)}; ${formatCount(matched)} agree with the books`,
  )
  if (differences.length === 0) return print(paint('green', '  No difference.'))
  const rows = differences.map(({ kind, paymentId, refundId, orderId, ourFen, theirFen, needsPerson }) => [
    classes[kind] ?? kind,
    refundId ?? paymentId,
    orderId ?? '',
    formatYuan(ourFen),
    formatYuan(theirFen),
    needsPerson ? 'a person' : 'itself',
  ])
  const [head = '', ...lines] = formatTable([['difference', 'number', 'order', 'ours', 'theirs', 'settled by'], ...rows], [false, false, false, true, true])
  print(`  ${head}`)
  for (const [index, line] of lines.entries()) {
    const { detail = '', nextStep = '', needsPerson = false } = differences[index] ?? {}
    print(`  ${needsPerson ? paint('red', line) : line}`)
    print(paint('dim', `      ${detail}; ${nextStep}`))
  }
}
