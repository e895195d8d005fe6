/**
 * Both platforms live in UTC+8, without summer time. Nothing here looks at the time zone of the process: a shop's
 * servers run in UTC as a rule, and an expiry eight hours off would close trades at once or never.
 */
const offsetMs = 8 * 60 * 60 * 1000

/** `2026-11-26 20:15:00`, as Alipay writes a time, and as both count days; seconds are rounded down. */
export function beijingText(at: number): string {
  return new Date(at + offsetMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** Epoch ms of `2026-11-26 20:15:00`; undefined if it is not written so, or no such moment exists. */
export function beijingEpoch(text: string): number | undefined {
  return /^\S+ \S+$/.test(text) ? rfc3339Epoch(`${text.replace(' ', 'T')}+08:00`) : undefined
}

/** `2026-11-26T20:15:00+08:00`, as WeChat Pay writes a time. */
export function beijingRfc3339(at: number): string {
  return `${beijingText(at).replace(' ', 'T')}+08:00`
}

const rfc3339 = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/** 31 February would be read as 3 March: only a later day that is written back the same was one. */
const daysOfEveryMonth = 28

/** Epoch ms of an RFC 3339 time, in any offset; undefined if it is none. */
export function rfc3339Epoch(text: string): number | undefined {
  const day = rfc3339.exec(text)?.[1]
  const at = Date.parse(text)
  if (day === undefined || Number.isNaN(at)) return undefined
  return Number(day.slice(-2)) <= daysOfEveryMonth || new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? at : undefined
}
