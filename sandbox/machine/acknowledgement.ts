import type { Channel } from './channel.ts'

/** What came back from the merchant. */
export type DeliveryAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly contentType: string; readonly body: string; readonly tookMs: number }
  /** Refused, reset, or nothing within the time that the platform waits. */
  | { readonly kind: 'failed'; readonly because: string }

export type Verdict = { readonly acknowledged: true } | { readonly acknowledged: false; readonly because: string }

const refused = (because: string): Verdict => ({ acknowledged: false, because })

/** Does this answer end the retries? As strict as the platforms' documents are, so that nothing passes here by luck. */
export function judge(channel: Channel, answer: DeliveryAnswer): Verdict {
  if (answer.kind === 'failed') return refused(answer.because)
  return channel === 'alipay' ? judgeAlipay(answer) : judgeWechat(answer)
}

type Answered = Extract<DeliveryAnswer, { kind: 'answered' }>

/** HTTP 200, and a body of exactly the seven characters `success`. */
function judgeAlipay({ status, body }: Answered): Verdict {
  if (status >= 300 && status < 400) return refused(`HTTP ${status}: redirects are not followed`)
  if (status !== 200) return refused(`HTTP ${status}, not 200`)
  if (body === 'success') return { acknowledged: true }
  if (body.trim() === 'success') return refused('the body has blanks or line breaks around "success"')
  if (body.toLowerCase() === 'success') return refused('the body is "success", but not in lower case')
  if (body.includes('<')) return refused('the body looks like a page; only the seven characters "success" count')
  return refused('the body is not the seven characters "success"')
}

/** HTTP 204, or 200 with no body or a code of `SUCCESS`. */
function judgeWechat({ status, body }: Answered): Verdict {
  if (status >= 300 && status < 400) return refused(`HTTP ${status}: redirects are not followed`)
  if (status !== 200 && status !== 204) return refused(`HTTP ${status}, neither 200 nor 204`)
  if (body === '' || codeOf(body) === 'SUCCESS') return { acknowledged: true }
  return refused('a body must be JSON whose code is "SUCCESS"')
}

function codeOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { code?: unknown } | null)?.code
  } catch {
    return undefined
  }
}
