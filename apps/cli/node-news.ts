/** What a process of the cluster says to the one that started it. */
export interface NodeNews {
  readonly kind: 'node is ready'
  readonly seeded: boolean
  /** Of the first demo user. */
  readonly demoToken: string | undefined
}
