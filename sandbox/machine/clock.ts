/** The platforms' time: the machine's own clock, sped up and put forward. */
export interface VirtualClock {
  /** The moment of the machine's clock at which it was last changed, and what the platforms' clock showed then. */
  readonly realAt: number
  readonly virtualAt: number
  /** Virtual milliseconds in a real one. */
  readonly scale: number
}

/** Both clocks alike. */
export const startOfTime: VirtualClock = { realAt: 0, virtualAt: 0, scale: 1 }

export function virtualNow({ realAt, virtualAt, scale }: VirtualClock, realNow: number): number {
  return Math.round(virtualAt + (realNow - realAt) * scale)
}

/** How long to wait, on the machine's clock, until the platforms' clock shows `virtualTime`. */
export function realDelayMs(clock: VirtualClock, virtualTime: number, realNow: number): number {
  return Math.max(0, Math.ceil((virtualTime - virtualNow(clock, realNow)) / clock.scale))
}

/** Puts the clock forward, never back, and lets it run at another speed from here. */
export function moved(
  clock: VirtualClock,
  realNow: number,
  change: { readonly advanceMs?: number | undefined; readonly scale?: number | undefined },
): VirtualClock {
  return { realAt: realNow, virtualAt: virtualNow(clock, realNow) + (change.advanceMs ?? 0), scale: change.scale ?? clock.scale }
}

const dayMs = 24 * 60 * 60 * 1000
/** Both platforms keep the time of China, which has no daylight saving. */
const zoneMs = 8 * 60 * 60 * 1000

/** `2026-11-26 15:04:05`, the time in China. */
export function chinaTime(at: number): string {
  return new Date(at + zoneMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** `2026-11-26T15:04:05+08:00`. */
export function chinaTimeIso(at: number): string {
  return `${chinaTime(at).replace(' ', 'T')}+08:00`
}

/** `2026-11-26`. */
export function chinaDate(at: number): string {
  return chinaTime(at).slice(0, 10)
}

/** Reads `2026-11-26 15:04:05` as the time in China; undefined if it is no such time. */
export function readChinaTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return undefined
  const at = Date.parse(`${text.replace(' ', 'T')}+08:00`)
  return Number.isNaN(at) || chinaTime(at) !== text ? undefined : at
}

/** The first millisecond of a day in China; undefined if there is no such day. */
export function startOfDay(date: string): number | undefined {
  return readChinaTime(`${date} 00:00:00`)
}

/** Bills of a day are there from ten o'clock of the next. */
export function billReadyAt(dayStart: number): number {
  return dayStart + dayMs + 10 * 60 * 60 * 1000
}

export const endOfDay = (dayStart: number): number => dayStart + dayMs
