import type { SandboxContext } from '../context.ts'
import type { Downloads } from '../downloads.ts'
import type { Signer } from '../signing.ts'

export interface AlipayContext extends SandboxContext {
  readonly bills: Downloads<BillRequest>
  readonly signer: Signer
}

export interface BillRequest {
  readonly type: 'trade' | 'signcustomer'
  /** `2026-11-26`, or `2026-11` for a month. */
  readonly date: string
}
