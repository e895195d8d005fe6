/** GBK by the decoder that Node brings along: its table read backwards, once, when first needed. */
let bytesOf: Map<string, number> | undefined

function table(): Map<string, number> {
  const decoder = new TextDecoder('gbk')
  const found = new Map<string, number>()
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const character = decoder.decode(Uint8Array.of(lead, trail))
      if (character.length === 1 && character !== '\uFFFD' && !found.has(character)) found.set(character, lead * 256 + trail)
    }
  }
  return found
}

/** Text in GBK; what GBK has no place for becomes `?`. */
export function encodeGbk(text: string): Buffer {
  bytesOf ??= table()
  const bytes: number[] = []
  for (const character of text) {
    const code = character.charCodeAt(0)
    const pair = code < 0x80 ? code : (bytesOf.get(character) ?? 0x3f)
    if (pair > 0xff) bytes.push(pair >> 8)
    bytes.push(pair & 0xff)
  }
  return Buffer.from(bytes)
}
