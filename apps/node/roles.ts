import { hosts } from '@suanpan/hosting/services'
import { StartRefused } from '@suanpan/runtime/settings'

/** The two programs that customers, operators and platforms meet; everything else is a service. */
export const systems = ['order-system', 'payment-system'] as const
export type System = (typeof systems)[number]

/** What one process of the cluster runs. */
export interface Roles {
  readonly services: readonly string[]
  readonly systems: readonly System[]
}

const isSystem = (name: string): name is System => systems.some((system) => system === name)

/** Reads `inventory,coupon`. Throws `StartRefused` for what there is not. */
export function readRoles(text: string | undefined): Roles {
  const known = [...Object.keys(hosts), ...systems]
  const choice = `There are ${known.join(', ')}.`
  const names = [...new Set((text ?? '').split(',').map((name) => name.trim()))].filter((name) => name !== '')
  if (names.length === 0) throw new StartRefused(`Say what this process shall run: npx suanpan node --run inventory,coupon. ${choice}`)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new StartRefused(`There is no ${unknown.map((name) => `"${name}"`).join(' and no ')} to be run. ${choice}`)
  return { services: names.filter((name) => !isSystem(name)), systems: names.filter(isSystem) }
}
