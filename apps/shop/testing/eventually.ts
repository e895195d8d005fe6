import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const lookEveryMs = 200

/** Looks again and again until nothing is lacking. Fails after so long, with the first of what is. */
export async function eventually(what: string, withinMs: number, lacking: () => Promise<readonly unknown[]>, everyMs = lookEveryMs): Promise<void> {
  const until = Date.now() + withinMs
  for (let left = await lacking(); left.length > 0; left = await lacking()) {
    assert.ok(Date.now() < until, `${what}: ${left.length} are lacking, such as ${JSON.stringify(left[0])}`)
    await sleep(everyMs)
  }
}
