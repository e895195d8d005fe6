import { readFileSync } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'

const pem = Type.String({ pattern: '^-----BEGIN ' })
const url = Type.String({ pattern: '^http://' })

/**
 * `credentials.json` in the sandbox's data folder (mode 0600): what the consoles of the real platforms hand out to a
 * merchant, and where these platforms are. It is written anew at every start, as the port may change; the keys stay.
 */
export const credentialsSchema = Type.Object(
  {
    /** A live profile must refuse to start with these. */
    environment: Type.Literal('sandbox'),
    alipay: Type.Object({
      appId: Type.String({ pattern: '^\\d{16}$' }),
      /** The merchant's account, as `seller_id` in notifications. */
      sellerId: Type.String({ pattern: '^2088\\d{12}$' }),
      keyType: Type.Literal('PKCS1'),
      appPrivateKey: pem,
      /** The platform's key for this app, in public-key mode. */
      alipayPublicKey: pem,
      /** Certificate mode: paths of PEM files. */
      appCertPath: Type.String(),
      alipayPublicCertPath: Type.String(),
      alipayRootCertPath: Type.String(),
      /** Full URL of the v2 protocol. */
      gateway: url,
      /** Base of the v3 protocol. */
      endpoint: url,
    }),
    wechat: Type.Object({
      mchid: Type.String({ pattern: '^\\d{8,10}$' }),
      appId: Type.String({ pattern: '^wx[0-9a-f]{16}$' }),
      merchantPrivateKey: pem,
      merchantSerial: Type.String({ pattern: '^[0-9A-F]{40}$' }),
      apiV3Key: Type.String({ minLength: 32, maxLength: 32 }),
      publicKeyId: Type.String({ pattern: '^PUB_KEY_ID_SANDBOX\\d{25}$' }),
      publicKey: pem,
      platformCertificates: Type.Array(Type.Object({ serial: Type.String({ pattern: '^[0-9A-F]{40}$' }), certificate: pem }), { minItems: 1 }),
      baseUrl: url,
    }),
  },
  { additionalProperties: false },
)
export type Credentials = Static<typeof credentialsSchema>

/** Throws with the reason if the file is not there, or not what a sandbox writes. */
export function readCredentials(file: string): Credentials {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (Value.Check(credentialsSchema, content)) return content
  const [first] = Value.Errors(credentialsSchema, content)
  throw new Error(
    `${file} is not what a sandbox writes: ${first?.instancePath ?? ''} ${first?.message ?? ''}. Start the sandbox again: it writes the file anew.`,
  )
}
