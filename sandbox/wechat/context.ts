import type { SandboxContext } from '../context.ts'
import type { Downloads } from '../downloads.ts'
import type { Identity } from './identity.ts'

export interface WechatContext extends SandboxContext {
  readonly identity: Identity
  readonly bills: Downloads<Buffer>
}
