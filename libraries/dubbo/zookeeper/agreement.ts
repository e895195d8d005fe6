import type { Clock } from '@suanpan/runtime/time'
import type { ZooKeeperHandle } from './port.ts'
import type { ZooKeeper } from './session.ts'

/** What one process says beside others: all who say something in the same folder have to say the same. */
export interface Agreement {
  readonly folder: string
  readonly value: string
  /** For whoever is refused: which process says this. */
  readonly holder: string
  /** Nobody else's. */
  readonly id: string
}

export interface AgreeOptions {
  readonly zookeeper: Pick<ZooKeeper, 'keep' | 'use' | 'watchChildren'>
  readonly clock: Pick<Clock, 'after'>
  /** Told once, of the holders of another value: this process has to leave. */
  readonly onSplit: (others: readonly string[]) => void
}

/** Whoever gives way does so at once; one that died meanwhile is forgotten with its session: after twelve seconds, and a tick of the servers. */
const giveWayWithinMs = 15_000

/**
 * Says it for as long as this session's process lives, and answers nobody; or does not, and answers the holders of other
 * values. It is said first and looked for again then, so of two that begin at once at least one sees the other, and gives way.
 *
 * What was said is forgotten with its session, and said again in the next. In between somebody may have begun with another
 * value, rightly: so who comes back is as one that begins. It looks first, and where it finds another value it says nothing
 * more and is told that it has to leave. Once it is said again, it looks again, too. Whoever holds his word without a break stays: of the two only he can have known
 * that he was alone.
 *
 * Another value beside one that is held should be on its way out. If it stays, whoever hears of it leaves, be it both:
 * neither can tell which of the two has the books, and standing still is better than writing on in two.
 */
export async function agree({ zookeeper, clock, onSplit }: AgreeOptions, { folder, value, holder, id }: Agreement): Promise<readonly string[]> {
  const prefix = `${encodeURIComponent(value)}@`
  const ownName = `${prefix}${id}`
  const path = `${folder}/${ownName}`
  const isForeign = (name: string) => !name.startsWith(prefix)
  let isAgreed = false
  let isSplit = false
  /** What was said was forgotten, and was not seen again since: somebody may have begun just before it is said again. */
  let isForgotten = false
  let cancelLook: (() => void) | undefined

  async function others(handle: ZooKeeperHandle): Promise<string[]> {
    const names = ((await handle.children(folder)) ?? []).filter(isForeign)
    const read = await Promise.all(names.map((name) => handle.read(`${folder}/${name}`)))
    return read.flatMap((node) => (node === undefined ? [] : [node.data.toString()]))
  }

  function split(beside: readonly string[]): void {
    if (!isSplit) onSplit(beside)
    isSplit = true
  }

  async function maySayAgain(handle: ZooKeeperHandle): Promise<boolean> {
    if (!isAgreed || (await handle.exists(path))?.owner === handle.sessionId()) return true
    isForgotten = true
    const beside = await others(handle)
    if (beside.length > 0) split(beside)
    return !isSplit
  }

  function lookAgain(): void {
    cancelLook = undefined
    const look = async (): Promise<void> => {
      const beside = await zookeeper.use(others)
      if (beside.length > 0) split(beside)
    }
    // Where it fails, the next round looks again.
    look().catch(() => {})
  }

  const before = await zookeeper.use(others)
  if (before.length > 0) return before
  const held = zookeeper.keep(path, Buffer.from(holder), maySayAgain)
  await held.established
  const beside = await zookeeper.use(others)
  if (beside.length > 0) {
    await held.release()
    return beside
  }
  isAgreed = true
  zookeeper.watchChildren(folder, (names) => {
    const isSaid = names.includes(ownName)
    const isSaidAgain = isSaid && isForgotten
    isForgotten = !isSaid
    const isAlone = !names.some(isForeign)
    if (isAlone || isSaidAgain) {
      cancelLook?.()
      cancelLook = undefined
    }
    if (isAlone) return
    if (isSaidAgain) lookAgain()
    else cancelLook ??= clock.after(giveWayWithinMs, lookAgain)
  })
  return []
}
