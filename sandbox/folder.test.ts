import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Value } from 'typebox/value'
import { credentialsSchema, readCredentials } from '@suanpan/sandbox/credentials'
import type { KeyFile } from './keys/keys.ts'
import { startSandbox } from './sandbox.ts'
import { startTestSandbox } from './testing.ts'

const sandbox = await startTestSandbox()
const credentialsFile = join(sandbox.folder, 'credentials.json')

test('a shop finds its credentials in a file that is for this user only, and the same over HTTP', async () => {
  assert.equal(statSync(credentialsFile).mode & 0o777, 0o600)
  assert.equal(statSync(join(sandbox.folder, 'keys.json')).mode & 0o777, 0o600)
  assert.deepEqual(readCredentials(credentialsFile), sandbox.credentials)
  const { status, ...handedOut } = await sandbox.control('GET', '/sandbox/merchant')
  assert.equal(status, 200)
  assert.deepEqual(handedOut, sandbox.credentials)
  assert.equal(Value.Check(credentialsSchema, handedOut), true)
})

test('every certificate is issued by the home-made root', () => {
  const { alipay, wechat } = sandbox.credentials
  const root = new X509Certificate(readFileSync(alipay.alipayRootCertPath))
  const issued = [readFileSync(alipay.appCertPath), readFileSync(alipay.alipayPublicCertPath), wechat.platformCertificates[0]?.certificate ?? '']
  for (const certificate of issued.map((pem) => new X509Certificate(pem))) {
    assert.deepEqual([certificate.checkIssued(root), certificate.verify(root.publicKey), certificate.ca], [true, true, false])
  }
  assert.deepEqual([root.ca, root.verify(root.publicKey)], [true, true])
})

test('where none can be made is refused in words', async () => {
  const nowhere = startSandbox({ port: 0, folder: '/proc/nowhere/at/all', logLevel: 'silent' })
  await assert.rejects(nowhere, /sandbox folder \/proc\/nowhere\/at\/all cannot be used: .* another DATA_DIR/)
})

test('a folder has one sandbox at a time', async () => {
  await assert.rejects(startSandbox({ port: 0, folder: sandbox.folder, logLevel: 'silent' }), /sandbox folder .* is in use/)
})

test('a public key of before its id said whose it is keeps to its number, which says it from the next start on', async () => {
  const keyFile = join(sandbox.folder, 'keys.json')
  const keys = JSON.parse(readFileSync(keyFile, 'utf8')) as KeyFile
  const { publicKey } = sandbox.credentials.wechat
  await sandbox.stop()
  writeFileSync(keyFile, JSON.stringify({ ...keys, wechat: { ...keys.wechat, publicKeyId: 'PUB_KEY_ID_01234567890123456789012345678901' } }))
  const second = await sandbox.again()
  const third = await second.again()
  await third.stop()
  for (const { wechat } of [second.credentials, third.credentials, readCredentials(credentialsFile)]) {
    assert.deepEqual([wechat.publicKeyId, wechat.publicKey], ['PUB_KEY_ID_SANDBOX7890123456789012345678901', publicKey])
  }
})
