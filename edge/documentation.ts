import { outcomes } from '@suanpan/contracts/outcomes'
import type { Server } from './context.ts'

const advice = {
  'same-key': 'Repeat the request, with the same Idempotency-Key if it has one.',
  'new-key': 'Decide anew: a new attempt needs a new Idempotency-Key.',
  never: 'Repeating the same request does not help.',
} as const

/** A page that describes every problem code, made from the table that answers them. */
export function outcomesPage(server: Server): void {
  const rows = Object.entries(outcomes).map(
    ([code, { status, title, retry }]) => `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td><td>${advice[retry]}</td></tr>`,
  )
  const page = [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Suanpan: problems</title>',
    '<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse;width:100%}',
    'td,th{border-bottom:1px solid #ddd;padding:.5rem;text-align:left;vertical-align:top}tr:target{background:#fff3c4}</style>',
    '<h1>Problems</h1><p>Every error is <code>application/problem+json</code> with one of these codes.</p>',
    '<table><tr><th>code</th><th>status</th><th>what happened</th><th>what to do</th></tr>',
    ...rows,
    '</table></html>',
  ].join('\n')
  server.get('/docs/problems', { schema: { hide: true } }, (_, reply) => reply.type('text/html; charset=utf-8').send(page))
}
