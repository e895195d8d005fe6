const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** This sandbox notifies nobody but this machine; the real platforms want a public https address instead. */
export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username } = new URL(url)
  return (protocol === 'http:' || protocol === 'https:') && loopback.has(hostname) && username === ''
}
