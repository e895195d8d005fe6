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

/**
 * Says it for as long as this session's process lives, and answers nobody; or does not, and answers the holders of other
 * values. It is said first and looked for again then, so of two that begin at once at least one sees the other, and gives way.
 */
export async function agree(zookeeper: Pick<ZooKeeper, 'keep' | 'use'>, { folder, value, holder, id }: Agreement): Promise<readonly string[]> {
  const prefix = `${encodeURIComponent(value)}@`

  const others = (): Promise<string[]> =>
    zookeeper.use(async (handle) => {
      const names = ((await handle.children(folder)) ?? []).filter((name) => !name.startsWith(prefix))
      const read = await Promise.all(names.map((name) => handle.read(`${folder}/${name}`)))
      return read.flatMap((node) => (node === undefined ? [] : [node.data.toString()]))
    })

  const before = await others()
  if (before.length > 0) return before
  const held = zookeeper.keep(`${folder}/${prefix}${id}`, Buffer.from(holder))
  await held.established
  const beside = await others()
  if (beside.length > 0) await held.release()
  return beside
}
