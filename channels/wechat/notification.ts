/** WeChat Pay's notifications: signed JSON, with the trade or the refund inside encrypted under the merchant's APIv3 key. */
import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { decodeUtf8, fenOf, fieldsOf, fieldsOfJson, textOf, type Fields } from '../fields.ts'
import { notificationReader, numberIn, Refused, requireMediaType, type ReadNotification } from '../notification.ts'
import type { NotificationFact, NotificationReader } from '../port.ts'
import { refundOf, tradeOf } from './reports.ts'
import { platformKeysOf, requireWechatSignature } from './signature.ts'

/** Whom notifications must be from, and for. */
export interface WechatRecipient {
  readonly mchid: string
  readonly appid: string
  /** 32 characters: opens what is encrypted for this merchant. Secret. */
  readonly apiV3Key: string
  /** PEM of the platform's public keys, by serial number or public key id. */
  readonly platformKeys: { readonly [serial: string]: string }
}

export function createWechatNotificationReader(recipient: WechatRecipient): NotificationReader {
  const keys = platformKeysOf(recipient.platformKeys)
  // Prepared once: bytes would be made a key at every notification, for three times what the decryption takes.
  const apiV3Key = createSecretKey(Buffer.from(recipient.apiV3Key))
  return notificationReader('wechat', (body, headers, now) => {
    requireMediaType(headers, 'application/json')
    requireWechatSignature(keys, headers, body, now)
    return read(jsonOf(body), apiV3Key, recipient)
  })
}

function read(envelope: Fields, apiV3Key: KeyObject, recipient: WechatRecipient): ReadNotification {
  const notificationId = numberIn(textOf(envelope, 'id'), 'id')
  if (textOf(envelope, 'resource_type') !== 'encrypt-resource') throw new Refused('unsupported', 'resource_type is not encrypt-resource')
  const resource = fieldsOf(envelope, 'resource')
  const opened = jsonOf(decrypted(resource, apiV3Key))
  // A refund names no appid; that our APIv3 key opened it says whose it is. Where it names a merchant, it is us.
  const isRefund = textOf(envelope, 'event_type').startsWith('REFUND.') && textOf(resource, 'original_type') === 'refund'
  const mchid = textOf(opened, 'mchid')
  if (mchid !== recipient.mchid && !(isRefund && mchid === '')) throw new Refused('not_ours', 'mchid is not ours')
  if (isRefund) return { notificationId, fact: refundFact(opened) }
  if (textOf(opened, 'appid') !== recipient.appid) throw new Refused('not_ours', 'appid is not ours')
  if (textOf(envelope, 'event_type') !== 'TRANSACTION.SUCCESS' || textOf(resource, 'original_type') !== 'transaction') {
    throw new Refused('unsupported', 'event_type and original_type are neither of a payment nor of a refund')
  }
  return { notificationId, fact: tradeFact(opened) }
}

function jsonOf(bytes: Uint8Array): Fields {
  const fields = fieldsOfJson(decodeUtf8(bytes) ?? '')
  if (fields === undefined) throw new Refused('malformed', 'it is no JSON object in UTF-8')
  return fields
}

const nonceBytes = 12
const tagBytes = 16

function decrypted(resource: Fields, apiV3Key: KeyObject): Buffer {
  if (textOf(resource, 'algorithm') !== 'AEAD_AES_256_GCM') throw new Refused('unsupported', 'the algorithm is not AEAD_AES_256_GCM')
  const nonce = Buffer.from(textOf(resource, 'nonce'))
  const sealed = Buffer.from(textOf(resource, 'ciphertext'), 'base64')
  if (nonce.length !== nonceBytes || sealed.length <= tagBytes) throw new Refused('malformed', 'nonce or ciphertext are not of their length')
  const end = sealed.length - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', apiV3Key, nonce, { authTagLength: tagBytes })
  decipher.setAuthTag(sealed.subarray(end)).setAAD(Buffer.from(textOf(resource, 'associated_data')))
  try {
    // Only `final` compares the tag.
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()])
  } catch {
    throw new Refused('bad_signature', 'the resource was changed, or encrypted under another APIv3 key')
  }
}

function tradeFact(opened: Fields): NotificationFact {
  const trade = tradeOf(opened)
  if (trade === undefined) throw new Refused('malformed', 'the transaction cannot be read')
  return { kind: 'trade', paymentId: numberIn(textOf(opened, 'out_trade_no'), 'out_trade_no'), trade }
}

function refundFact(opened: Fields): NotificationFact {
  const refund = refundOf(textOf(opened, 'refund_status'), fenOf(fieldsOf(opened, 'amount'), 'refund'))
  if (refund === undefined) throw new Refused('malformed', 'the refund cannot be read')
  const paymentId = numberIn(textOf(opened, 'out_trade_no'), 'out_trade_no')
  return { kind: 'refund', paymentId, refundId: numberIn(textOf(opened, 'out_refund_no'), 'out_refund_no'), refund }
}
