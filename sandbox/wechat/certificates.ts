import { X509Certificate } from 'node:crypto'
import { randomText } from '../random-text.ts'
import { chinaTimeIso } from '../machine/index.ts'
import type { WechatContext } from './context.ts'
import { encrypt } from './encryption.ts'
import type { WechatAnswer } from './responses.ts'

/** `GET /v3/certificates`: the platform's certificates, each encrypted under the merchant's APIv3 key. */
export function listCertificates({ keys, random }: WechatContext): WechatAnswer {
  const { platformCertificate, platformSerial, apiV3Key } = keys.file.wechat
  const { validFromDate, validToDate } = new X509Certificate(platformCertificate)
  const listed = {
    serial_no: platformSerial,
    effective_time: chinaTimeIso(validFromDate.getTime()),
    expire_time: chinaTimeIso(validToDate.getTime()),
    encrypt_certificate: encrypt(platformCertificate, apiV3Key, randomText(random, 12), 'certificate'),
  }
  return { kind: 'ok', body: { data: [listed] } }
}
