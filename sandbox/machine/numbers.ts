import type { Channel } from './channel.ts'
import { chinaDate } from './clock.ts'
import type { Change, Platform } from './platform.ts'
import type { Desk } from './rows.ts'

/**
 * Gives out numbers that no other row has: a count that is kept, beside the time. What was given out has to be kept with
 * the rows that bear it: `change`.
 */
export interface Numbers {
  next(kind: 'trade' | 'refund' | 'token' | 'notification' | 'fault', channel: Channel, now: number): string
  change(): readonly Change[]
}

const digits = (value: number, length: number) => String(value).padStart(length, '0').slice(-length)

export function numbersOf(platform: Platform): Numbers {
  const first: Desk = platform.desk
  let sequence = first.sequence
  return {
    next: (kind, channel, now) => {
      sequence += 1
      const day = chinaDate(now).replaceAll('-', '')
      const rest = `${digits(now, 8)}${digits(sequence, 6)}`
      switch (kind) {
        case 'trade':
          return channel === 'alipay' ? `${day}220014${rest}` : `4200${day}${rest}20`
        case 'refund':
          return channel === 'alipay' ? `${day}220015${rest}` : `5030${day}${rest}20`
        case 'token':
          return `${channel === 'alipay' ? 'bax' : ''}${now.toString(36)}${digits(sequence, 6)}`
        case 'notification':
          return channel === 'alipay' ? `${day}00222${rest}` : `EV-${day}${rest}`
        case 'fault':
          return `fault-${sequence}`
      }
    },
    change: () => (sequence === first.sequence ? [] : [{ put: { ...platform.desk, sequence } }]),
  }
}
