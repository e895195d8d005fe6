/** What a process of the cluster says to the one that started it. */
export interface NodeNews {
  readonly kind: 'node is ready'
  readonly seeded: boolean
  /** Where operators of this process look, on loopback. */
  readonly operationsPort: number
  /** Of the first demo user. */
  readonly demoToken: string | undefined
}
