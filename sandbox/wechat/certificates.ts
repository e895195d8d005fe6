import { X509Certificate } from 'node:crypto'
import { randomText } from '../random-text.ts'
import { chinaTimeIso } from '../machine/index.ts'
import type { WechatContext } from './context.ts'
import { encrypt } from './encryption.ts'
import type { WechatAnswer } from './responses.ts'

/** `GET /v3/certificates`: the platform's certificates, each encrypted under the merchant's APIv3 key. */
export function listCertificates({ keys, random, identity }: WechatContext): WechatAnswer {
  const data = identity.certificates().map(({ serial, certificate }) => {
    const { validFromDate, validToDate } = new X509Certificate(certificate)
    return {
      serial_no: serial,
      effective_time: chinaTimeIso(validFromDate.getTime()),
      expire_time: chinaTimeIso(validToDate.getTime()),
      encrypt_certificate: encrypt(certificate, keys.file.wechat.apiV3Key, randomText(random, 12), 'certificate'),
    }
  })
  return { kind: 'ok', body: { data } }
}
