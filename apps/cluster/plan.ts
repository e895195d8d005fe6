import { hosts } from '@suanpan/hosting/services'
import type { ClusterOptions } from './options.ts'

/** One process of the cluster. */
export interface PlannedProcess {
  readonly name: string
  /** What it runs: a service, a system, or the sandbox. */
  readonly role: string
  /** Where it speaks HTTP with the outside; undefined: it does not. */
  readonly port: number | undefined
}

/** Between a system and its double. */
const doubleOffset = 10

/** Every service as its own process, the two systems, and the sandbox; with `isHa` two of each but the sandbox. */
export function plannedProcesses({ port, isHa = false }: ClusterOptions): PlannedProcess[] {
  const copies = isHa ? [1, 2] : [1]
  const named = (role: string, copy: number) => (isHa ? `${role}-${copy}` : role)
  const services = Object.keys(hosts).flatMap((role) => copies.map((copy) => ({ name: named(role, copy), role, port: undefined })))
  const systems = Object.entries(systemPorts(port)).flatMap(([role, first]) =>
    copies.map((copy) => ({ name: named(role, copy), role, port: first + (copy - 1) * doubleOffset })),
  )
  return [{ name: 'sandbox', role: 'sandbox', port: port + 1 }, ...services, ...systems]
}

function systemPorts(port: number): Readonly<Record<string, number>> {
  return { 'payment-system': port + 2, 'order-system': port }
}
