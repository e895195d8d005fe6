import { parseArgs } from 'node:util'

/** As much of curl as the README's commands need. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    request: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd' },
  },
})
const [url = ''] = positionals
const headers = values.header.map((header): [string, string] => {
  const [name = '', ...rest] = header.split(': ')
  return [name, rest.join(': ')]
})
const method = values.request ?? (values.data === undefined ? 'GET' : 'POST')
const answer = await fetch(url, { method, headers, ...(values.data === undefined ? {} : { body: values.data }) })
process.stdout.write(await answer.text())
