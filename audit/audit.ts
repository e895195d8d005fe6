import { AuditServiceDefinition, type Check, type Violation as WireViolation } from '@suanpan/contracts/audit'
import type { Rpc } from '@suanpan/runtime/rpc'
import type { Clock } from '@suanpan/runtime/time'
import { joinAll, joinSome, type Joined } from './join.ts'
import { lastChangeAt, rules } from './rules.ts'
import { answered, createSources, Unreachable, type Sources } from './sources.ts'

export interface AuditOptions {
  readonly rpc: Rpc
  readonly clock: Clock
  /** What changed less than this long ago may be on its way; older, it is wrong. */
  readonly graceMs: number
  /** How long each service may take for one answer. A whole book of a million orders takes tens of seconds. */
  readonly timeoutMs?: number
  /** How many messages no consumer could handle. */
  readonly deadLetters?: () => Promise<number>
}

export interface AuditCheck {
  readonly name: string
  readonly ok: boolean
  /** How many rows or orders were looked at. */
  readonly examined: number
}

export interface AuditViolation {
  readonly check: string
  readonly orderId?: string
  readonly detail: string
}

export interface AuditReport {
  readonly ok: boolean
  /** Epoch ms. */
  readonly checkedAt: number
  readonly checks: readonly AuditCheck[]
  readonly violations: readonly AuditViolation[]
  /** How many orders do not look right, and were not judged: something about them changed within the grace, or while they were looked at. */
  readonly onTheWay: number
}

/** Services with books of their own, by the name under which they answer. */
const bookkeepers = ['order', 'inventory', 'coupon', 'user', 'points', 'payment', 'log'] as const

/** Suspects held in memory between two looks; more than this is one violation (`audit.complete`), not a list. */
const maxSuspects = 5_000

/**
 * Asks every service for its books and compares them with each other, while traffic runs. What looks wrong at first is
 * looked at again: it counts only if it still is, and nothing about that order has changed for the grace time.
 *
 * Never rejects for a service that does not answer: that is a violation (`audit.reachable`).
 */
export async function runAudit({ rpc, clock, graceMs, timeoutMs = 120_000, deadLetters }: AuditOptions): Promise<AuditReport> {
  const checks: Check[] = []
  const violations: AuditViolation[] = []
  const unreachable = (error: unknown): void => {
    if (!(error instanceof Unreachable)) throw error
    violations.push({ check: 'audit.reachable', detail: error.message })
  }

  for (const service of bookkeepers) {
    try {
      const books = answered(service, await rpc.client(AuditServiceDefinition, service).checkBooks({}, { deadlineAt: clock.now() + timeoutMs }))
      checks.push(...books.checks)
      violations.push(...books.violations.map(toViolation))
    } catch (error) {
      unreachable(error)
    }
  }

  const sources = createSources(rpc, clock, timeoutMs)
  const uncompared: string[] = []
  let examined = 0
  let onTheWay = 0
  try {
    const comparison = await compare(sources, clock, graceMs)
    ;({ examined, onTheWay } = comparison)
    violations.push(...comparison.violations)
    const { unlisted } = comparison
    if (unlisted > 0) violations.push({ check: 'audit.complete', detail: `more orders that look wrong, and were not looked at again: ${unlisted}` })
  } catch (error) {
    unreachable(error)
    uncompared.push(...rules.map(({ name }) => name), 'audit.complete')
  }
  checks.push(...rules.map(({ name }) => ({ name, examined })), { name: 'audit.complete', examined })
  checks.push({ name: 'audit.reachable', examined: bookkeepers.length })

  if (deadLetters !== undefined) {
    const dead = await deadLetters()
    checks.push({ name: 'bus.dead_letters', examined: dead })
    if (dead > 0) violations.push({ check: 'bus.dead_letters', detail: `${dead} messages could not be handled: see them under /admin/dead-letters` })
  }

  // What was not compared is not known to be right.
  const failed = new Set([...violations.map(({ check }) => check), ...uncompared])
  return {
    ok: violations.length === 0,
    checkedAt: clock.now(),
    checks: checks.map(({ name, examined: rows }) => ({ name, ok: !failed.has(name), examined: rows })),
    violations,
    onTheWay,
  }
}

interface Comparison {
  readonly examined: number
  readonly violations: readonly AuditViolation[]
  /** How many suspects more there are than were looked at again. */
  readonly unlisted: number
  readonly onTheWay: number
}

async function compare(sources: Sources, clock: Clock, graceMs: number): Promise<Comparison> {
  const suspects: string[] = []
  let examined = 0
  let unlisted = 0
  let onTheWay = 0
  for await (const joined of joinAll(sources)) {
    examined++
    const look = lookAt(joined, clock.now() - graceMs)
    if (look.isYoung) onTheWay++
    if (look.faults.length === 0 || look.isYoung) continue
    if (suspects.length < maxSuspects) suspects.push(joined.orderId)
    else unlisted++
  }
  const violations: AuditViolation[] = []
  for (let index = 0; index < suspects.length; index += 500) {
    for (const look of await lookAgain(sources, suspects.slice(index, index + 500), clock.now() - graceMs)) {
      if (look.isYoung) onTheWay++
      else violations.push(...look.faults)
    }
  }
  return { examined, violations, unlisted, onTheWay }
}

interface Look {
  readonly faults: readonly AuditViolation[]
  /** Something is wrong with it, and what is to mend that may be on its way. */
  readonly isYoung: boolean
}

/** Looks twice at these orders. What moves in between is alive, and not wrong yet. */
async function lookAgain(sources: Sources, orderIds: readonly string[], settledBefore: number): Promise<Look[]> {
  const first = await joinSome(sources, orderIds)
  const second = await joinSome(sources, orderIds)
  return second.map((joined, index) => {
    const { faults, isYoung } = lookAt(joined, settledBefore)
    const moved = JSON.stringify(joined) !== JSON.stringify(first[index])
    return { faults, isYoung: isYoung || (moved && faults.length > 0) }
  })
}

function lookAt({ orderId, order, effects }: Joined, settledBefore: number): Look {
  const subject = { order, effects, settledBefore }
  const faults = rules.flatMap(({ name, fault }) => {
    const detail = fault(subject)
    return detail === undefined ? [] : [{ check: name, orderId, detail }]
  })
  return { faults, isYoung: faults.length > 0 && lastChangeAt(subject) > settledBefore }
}

function toViolation({ check, orderId, detail }: WireViolation): AuditViolation {
  return orderId === '' ? { check, detail } : { check, orderId, detail }
}
