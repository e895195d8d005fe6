/** What a sandbox says to the process that started it. */
export interface SandboxNews {
  readonly kind: 'sandbox is open'
  readonly url: string
}
