import { createCipheriv } from 'node:crypto'

export interface Encrypted {
  readonly algorithm: 'AEAD_AES_256_GCM'
  readonly ciphertext: string
  readonly associated_data: string
  readonly nonce: string
}

/** AES-256-GCM under the merchant's APIv3 key, with the tag behind the text, in base64. `nonce` is 12 characters. */
export function encrypt(text: string, apiV3Key: string, nonce: string, associatedData: string): Encrypted {
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, nonce)
  cipher.setAAD(Buffer.from(associatedData))
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
  return { algorithm: 'AEAD_AES_256_GCM', ciphertext, associated_data: associatedData, nonce }
}

/** One bit of the text is another: the tag no longer fits. */
export function tampered(encrypted: Encrypted): Encrypted {
  const bytes = Buffer.from(encrypted.ciphertext, 'base64')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return { ...encrypted, ciphertext: bytes.toString('base64') }
}
