/** Text for the inside of an element or of a quoted attribute. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

export type Brand = 'alipay' | 'wechat' | 'sandbox'

const colours: { readonly [Of in Brand]: string } = { alipay: '#1677ff', wechat: '#07c160', sandbox: '#5b4636' }

const style = `
:root { color-scheme: light; font: 16px/1.5 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif; }
body { margin: 0; background: #f5f5f4; color: #1c1917; }
header { background: var(--brand); color: #fff; padding: .8rem 1.2rem; font-weight: 600; }
header small { font-weight: 400; opacity: .85; margin-left: .6rem; }
main { max-width: 52rem; margin: 1.5rem auto; padding: 0 1rem; }
.card { background: #fff; border-radius: .75rem; padding: 1.25rem 1.5rem; margin-bottom: 1rem; box-shadow: 0 1px 3px #0002; }
.phone { max-width: 22rem; margin: 0 auto 1rem; border-radius: 2rem; padding: 2rem 1.5rem; text-align: center; }
.amount { font-size: 2.4rem; font-weight: 700; margin: .4rem 0; }
.amount small { font-size: 1.2rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .2rem 1rem; margin: 1rem 0; text-align: left; overflow-wrap: anywhere; }
dt { color: #78716c; }
dd { margin: 0; }
button { font: inherit; border: 0; border-radius: .5rem; padding: .7rem 1.2rem; width: 100%; cursor: pointer; margin-top: .5rem; background: #e7e5e4; }
button.pay { background: var(--brand); color: #fff; font-weight: 600; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .6rem; border: 1px solid #d6d3d1; border-radius: .5rem; }
.notice { border-left: 4px solid var(--brand); padding-left: .8rem; text-align: left; }
.qr svg { width: 12rem; height: 12rem; }
pre { background: #292524; color: #fafaf9; padding: 1rem; border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid #e7e5e4; white-space: nowrap; }
a { color: var(--brand); }
`

/** A whole page, without any script: what is inside must be escaped already. */
export function page({ title, brand, body }: { readonly title: string; readonly brand: Brand; readonly body: string }): string {
  return `<!doctype html>
<html lang="en" style="--brand: ${colours[brand]}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title><style>${style}</style></head>
<body><header>${escaped(title)}<small>a simulation: no real money moves here</small></header><main>${body}</main></body>
</html>
`
}

/** Says one thing. */
export function messagePage(title: string, heading: string, detail: string): string {
  return page({
    title,
    brand: 'sandbox',
    body: `<div class="card"><h1>${escaped(heading)}</h1><p>${escaped(detail)}</p><p><a href="/">To the sandbox's front page</a></p></div>`,
  })
}
