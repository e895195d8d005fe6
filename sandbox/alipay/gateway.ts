import { sendAnswer, underFaults, type HttpAnswer, type Server } from '../context.ts'
import type { ApiFault } from '../machine/index.ts'
import { messagePage } from '../pages/layout.ts'
import type { AlipayContext } from './context.ts'
import { methods, outTradeNoIn, pageMethods, type Method, type MethodAnswer, type MethodCall } from './methods.ts'
import { isSignedBy, readParameters, type Parameters } from './parameters.ts'
import { refusedByFault, type Refusal } from './refusals.ts'
import { errorResponse, signedResponse } from './responses.ts'

/** A request whose sender is known. */
interface Request {
  readonly method: string
  readonly charset: string
  readonly certificateMode: boolean
  readonly call: MethodCall
  readonly content: unknown
  readonly outTradeNo: string
}

/** `/gateway.do`: the v2 protocol, for servers and for browsers. */
export function gatewayRoutes(server: Server, context: AlipayContext): void {
  server.route({
    method: ['GET', 'POST'],
    url: '/gateway.do',
    handler: async ({ url, body }, reply) => {
      const parameters = readParameters(url.split('?')[1] ?? '', Buffer.isBuffer(body) ? body : Buffer.alloc(0))
      const charset = charsetOf(parameters)
      const pageMethod = pageMethods.get(parameters.text('method'))
      const request = readRequest(context, parameters, charset)
      if ('kind' in request) {
        context.log.info({ channel: 'alipay', subCode: request.subCode }, request.subMessage)
        return sendAnswer(reply, pageMethod === undefined ? refusal(context, parameters, request, charset) : refusedPage(request))
      }
      const method = pageMethod ?? methods.get(request.method)
      if (method === undefined) return sendAnswer(reply, errorResponse(invalid('isv.invalid-method', `there is no method ${request.method}`), charset))
      const { outTradeNo } = request
      return underFaults(context, { channel: 'alipay', operation: method.operation, outTradeNo }, reply, (fault) =>
        pageMethod === undefined ? answerServer(context, request, method, fault) : answerBrowser(request, method, fault),
      )
    },
  })
}

/** What a browser does that follows a pay URL, or an app that is handed an order string. The answer bears the cashier's address. */
export async function openPayment(context: AlipayContext, query: string): Promise<MethodAnswer> {
  const parameters = readParameters(query, Buffer.alloc(0))
  const method = pageMethods.get(parameters.text('method'))
  const request = readRequest(context, parameters, charsetOf(parameters))
  if ('kind' in request) return request
  return method === undefined ? invalid('isv.invalid-method', 'this is no pay URL') : method.run(request.content, request.call)
}

async function answerServer(context: AlipayContext, request: Request, method: Method, fault: ApiFault): Promise<HttpAnswer> {
  const { errorCode, queryLagMs } = fault
  const answer = errorCode === undefined ? await method.run(request.content, { ...request.call, queryLagMs }) : refusedByFault(errorCode)
  return signedResponse(context, answer, { ...request, fault: fault.unsigned === true ? 'missing' : fault.signature })
}

/** Under the method's name, if it is one, and signed for an app that is known: with its key, whoever asked. */
function refusal(context: AlipayContext, parameters: Parameters, refused: Refusal, charset: string): HttpAnswer {
  const method = parameters.text('method')
  if (!methods.has(method)) return errorResponse(refused, charset)
  const fault = parameters.text('app_id') === context.keys.file.alipay.appId ? undefined : 'missing'
  return signedResponse(context, refused, { method, charset, certificateMode: parameters.text('app_cert_sn') !== '', fault })
}

async function answerBrowser({ content, call }: Request, method: Method, fault: ApiFault): Promise<HttpAnswer> {
  const answer = fault.errorCode === undefined ? await method.run(content, call) : refusedByFault(fault.errorCode)
  if (answer.kind === 'refused') return refusedPage(answer)
  return { status: 302, headers: { location: String(answer.fields['cashier']) }, body: '' }
}

function refusedPage({ subCode, subMessage }: Refusal): HttpAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'text/html;charset=utf-8' },
    body: messagePage('支付宝沙箱 · Alipay sandbox', `This cannot be paid: ${subCode}`, subMessage),
  }
}

function charsetOf(parameters: Parameters): string {
  const charset = parameters.text('charset').toLowerCase()
  return charset === 'gbk' || charset === 'gb2312' ? 'gbk' : 'utf-8'
}

const missing = (subCode: string, subMessage: string): Refusal => ({ kind: 'refused', code: '40001', subCode, subMessage })
const invalid = (subCode: string, subMessage: string): Refusal => ({ kind: 'refused', code: '40002', subCode, subMessage })

/** Checks what every request needs, in this order. */
function readRequest(context: AlipayContext, parameters: Parameters, charset: string): Request | Refusal {
  const text = parameters.text
  const { alipay } = context.keys.file
  if (parameters.repeated.length > 0) return invalid('isv.invalid-parameter', `twice: ${parameters.repeated.join(', ')}`)
  if (text('method') === '') return missing('isv.missing-method', '缺少方法名参数')
  if (text('app_id') === '') return missing('isv.missing-app-id', '缺少AppID参数')
  if (text('app_id') !== alipay.appId) return invalid('isv.invalid-app-id', '无效的AppID参数')
  if (!['utf-8', 'gbk', 'gb2312'].includes(text('charset').toLowerCase())) return invalid('isv.invalid-charset', '字符集错误')
  if (text('version') !== '1.0') return missing('isv.missing-version', '缺少版本参数')
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text('timestamp'))) return invalid('isv.invalid-timestamp', '非法的时间戳参数')
  if (text('sign_type') !== 'RSA2') return invalid('isv.invalid-signature-type', '无效的签名类型')
  if (text('sign') === '') return missing('isv.missing-signature', '缺少签名参数')
  const certificateMode = text('app_cert_sn') !== '' || context.ledger.platform.desk.alipayCertificates === true
  if (certificateMode && text('app_cert_sn') === '') return missing('isv.missing-app-cert-sn', '缺少应用公钥证书序列号')
  if (certificateMode && text('app_cert_sn') !== alipay.appCertificateSerial) return invalid('isv.invalid-app-cert-sn', '应用公钥证书序列号错误')
  if (certificateMode && text('alipay_root_cert_sn') === '') return missing('isv.missing-root-cert-sn', '缺少支付宝根证书序列号')
  if (certificateMode && text('alipay_root_cert_sn') !== alipay.rootCertificateSerial) return invalid('isv.invalid-root-cert-sn', '支付宝根证书序列号错误')
  if (!isSignedBy(parameters, context.keys.alipay.appPublicKey)) {
    return invalid(
      'isv.invalid-signature',
      `验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：${parameters.signedContent().toString()}`,
    )
  }
  const content = jsonOf(text('biz_content'))
  return {
    method: text('method'),
    charset,
    certificateMode,
    call: { context, appId: alipay.appId, notifyUrl: text('notify_url'), returnUrl: text('return_url') },
    content,
    outTradeNo: outTradeNoIn(context, content),
  }
}

/** What is no object is a text, which no method's schema lets pass. */
function jsonOf(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? parsed : 'not an object'
  } catch {
    return 'not JSON'
  }
}
