import assert from 'node:assert/strict'
import type { Target } from '@suanpan/load'
import { assertCleanAudit } from './clean-audit.ts'
import { eventually } from './eventually.ts'
import { lackingEffects, takesEffectWithinMs } from './payment-effects.ts'
import type { Platforms } from './platforms.ts'
import { runProgram } from './program.ts'
import type { ShopCalls } from './shop-calls.ts'

/** The audit finds nothing wrong, and no message died. */
export async function assertAudit(shop: ShopCalls): Promise<void> {
  await assertCleanAudit(() => shop.call('GET', '/admin/audit'))
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
