import assert from 'node:assert/strict'
import type { Target } from '@suanpan/cli/load'
import { eventually } from './eventually.ts'
import { lackingEffects, takesEffectWithinMs } from './payment-effects.ts'
import type { Platforms } from './platforms.ts'
import { runProgram } from './program.ts'
import type { ShopCalls } from './shop-calls.ts'

/** The audit finds nothing wrong, and no message died. */
export async function assertAudit(shop: ShopCalls): Promise<void> {
  const audit = (await shop.call('GET', '/admin/audit')) as {
    readonly ok: boolean
    readonly violations: readonly unknown[]
    readonly checks: readonly unknown[]
  }
  const { length } = audit.violations
  assert.ok(length === 0, `${length} violations; the first: ${JSON.stringify(audit.violations.slice(0, 3))}`)
  assert.ok(audit.ok && audit.checks.length > 0)
  assert.deepEqual(await shop.call('GET', '/admin/dead-letters'), { items: [] })
}

/** Every effect there, once; nothing in the quarantine, nothing dead, clean books, and a log whose chain is unbroken. */
export async function assertBooks({ host, port }: Target, shop: ShopCalls, sandbox: Platforms): Promise<void> {
  await eventually('effects that are there once', takesEffectWithinMs, () => lackingEffects(shop, sandbox))
  assert.deepEqual(await shop.call('GET', '/admin/quarantine'), { items: [] })
  await assertAudit(shop)
  const { exitCode, said } = await runProgram('log', 'verify', '--url', `http://${host}:${port}`)
  assert.equal(exitCode, 0, said)
}
