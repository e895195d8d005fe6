const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** This sandbox notifies nobody but this machine; the real platforms want a public https address instead. */
export function isLoopbackUrl(url: string): boolean {
  if (!isWebUrl(url)) return false
  const { hostname, username } = new URL(url)
  return loopback.has(hostname) && username === ''
}

/** A place where a browser may be sent: no script, no file. */
export function isWebUrl(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
}
