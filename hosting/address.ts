import { isIPv6 } from 'node:net'

/** `http://host:port`, of an address of whichever kind. */
export function httpUrl(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}
