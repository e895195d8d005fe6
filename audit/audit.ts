import { AuditServiceDefinition, type Violation as WireViolation } from '@suanpan/contracts/audit'
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
  const sections: Section[] = []
  for (const service of bookkeepers) sections.push(await booksOf(service, rpc, clock.now() + timeoutMs))
  const { onTheWay, ...compared } = await compareAll(createSources(rpc, clock, timeoutMs), clock, graceMs)
  sections.push(compared, { checks: [{ name: 'audit.reachable', ok: true, examined: bookkeepers.length }], violations: [] })
  if (deadLetters !== undefined) sections.push(deadLettersSection(await deadLetters()))

  const violations = sections.flatMap((section) => section.violations)
  const violated = new Set(violations.map(({ check }) => check))
  return {
    ok: violations.length === 0,
    checkedAt: clock.now(),
    checks: sections.flatMap(({ checks }) => checks.map((check) => ({ ...check, ok: check.ok && !violated.has(check.name) }))),
    violations,
    onTheWay,
  }
}

/** Part of a report. A check that could not be made is not `ok` in itself; others are unless they are violated, wherever that showed. */
type Section = Pick<AuditReport, 'checks' | 'violations'>

/** What a service says of its own books. */
async function booksOf(service: (typeof bookkeepers)[number], rpc: Rpc, deadlineAt: number): Promise<Section> {
  try {
    const { checks, violations } = answered(service, await rpc.client(AuditServiceDefinition, service).checkBooks({}, { deadlineAt }))
    return { checks: checks.map((check) => ({ ...check, ok: true })), violations: violations.map(toViolation) }
  } catch (error) {
    return { checks: [], violations: [unreachable(error)] }
  }
}

/** What the services say of each other's orders. */
async function compareAll(sources: Sources, clock: Clock, graceMs: number): Promise<Section & Pick<AuditReport, 'onTheWay'>> {
  const names = [...rules.map(({ name }) => name), 'audit.complete']
  try {
    const { examined, violations, unlisted, onTheWay } = await compare(sources, clock, graceMs)
    const checks = names.map((name) => ({ name, ok: true, examined }))
    if (unlisted === 0) return { checks, violations, onTheWay }
    const incomplete = { check: 'audit.complete', detail: `more orders that look wrong, and were not looked at again: ${unlisted}` }
    return { checks, violations: [...violations, incomplete], onTheWay }
  } catch (error) {
    // What was not compared is not known to be right.
    return { checks: names.map((name) => ({ name, ok: false, examined: 0 })), violations: [unreachable(error)], onTheWay: 0 }
  }
}

function deadLettersSection(count: number): Section {
  const name = 'bus.dead_letters'
  const detail = `${count} messages could not be handled: see them under /admin/dead-letters`
  return { checks: [{ name, ok: true, examined: count }], violations: count > 0 ? [{ check: name, detail }] : [] }
}

function unreachable(error: unknown): AuditViolation {
  if (!(error instanceof Unreachable)) throw error
  return { check: 'audit.reachable', detail: error.message }
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
