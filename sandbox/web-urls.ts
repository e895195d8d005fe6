const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Where this sandbox notifies: nobody but this machine; the real platforms want a public https address instead. None takes a query string. */
export function isNotifyUrl(url: string): boolean {
  if (!isWebUrl(url) || url.includes('?')) return false
  const { hostname, username } = new URL(url)
  return loopback.has(hostname) && username === ''
}

export const notifyUrlRule = 'notify_url: this sandbox notifies loopback addresses only, without a query string'

/** A place where a browser may be sent: no script, no file. */
export function isWebUrl(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
}
