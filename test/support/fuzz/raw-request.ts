import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { anyText, type Edit, edited, editsOf } from './values.ts'

/** A request before it is written, in parts that can be changed. Nothing is checked or encoded. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** An answer. `undefined` members were not sent. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly setCookies: readonly string[]
  readonly text: string
}

/** How a request is changed. */
export interface RawChange {
  readonly target?: readonly Edit[]
  readonly cookie?: readonly Edit[]
  readonly body?: readonly Edit[]
  /** One more header, or another value of one that is there. */
  readonly header?: readonly [name: string, value: string]
  readonly method?: string
  /** Changes of the whole, after everything else. */
  readonly bytes?: readonly Edit[]
}

const names = [
  ...[
    'Accept',
    'Authorization',
    'Content-Length',
    'Content-Type',
    'Cookie',
    'Host',
    'Origin',
    'Referer',
    'Range',
  ],
  ...[
    'Sec-Fetch-Dest',
    'Sec-Fetch-Mode',
    'Sec-Fetch-Site',
    'Transfer-Encoding',
    'X-Forwarded-Host',
    'Connection',
  ],
  ...[
    'X-Forwarded-Proto',
    'X-HTTP-Method-Override',
    'Content-Encoding',
    'Expect',
    'If-None-Match',
    'Upgrade',
    'TE',
  ],
]
const values = fc.oneof(
  anyText,
  fc.constantFrom(
    'application/json',
    'text/html',
    'chunked',
    'cross-site',
    'same-origin',
    'navigate',
    'Bearer x',
    '0',
    'null',
  ),
  fc.constantFrom(
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded; charset=utf-7',
    '100-continue',
    'gzip',
  ),
)
const methods = fc.constantFrom(
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'get',
  'TRACE',
  'QUERY',
)

/** One or two changes of a request that is right. */
export const rawChanges: fc.Arbitrary<RawChange> = fc
  .array(
    fc.oneof<fc.WeightedArbitrary<RawChange>[]>(
      { weight: 4, arbitrary: fc.record({ target: editsOf() }) },
      { weight: 3, arbitrary: fc.record({ cookie: editsOf() }) },
      { weight: 3, arbitrary: fc.record({ body: editsOf() }) },
      { weight: 2, arbitrary: fc.record({ header: fc.tuple(fc.constantFrom(...names), values) }) },
      { weight: 1, arbitrary: fc.record({ method: methods }) },
      { weight: 2, arbitrary: fc.record({ bytes: editsOf() }) },
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map(changes => Object.assign({}, ...changes) as RawChange)

/** The bytes of a request, changed. */
export function write(request: RawRequest, change: RawChange = {}): string {
  const { target, cookie, body, header, method, bytes } = change
  const sent = edited(request.body ?? '', request.body === undefined ? [] : (body ?? []))
  const headers = Object.entries({
    ...request.headers,
    ...(request.headers['Cookie'] !== undefined && {
      Cookie: edited(request.headers['Cookie'], cookie ?? []),
    }),
    ...(request.body !== undefined && { 'Content-Length': String(Buffer.byteLength(sent)) }),
    ...(header && { [header[0]]: header[1] }),
  })
  const head = [
    `${method ?? request.method} ${edited(request.target, target ?? [])} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ]
  return edited(`${head.join('\r\n')}\r\n\r\n${sent}`, bytes ?? [])
}

/** Ends what a changed request leaves open, such as its head or a body that is too short, and lets the server close the connection. */
const ending = `${'\r\n'.repeat(5_000)}GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
/** Milliseconds after which a request that is open even then is given up. */
const TIMEOUT = 1_000

/** Sends bytes over a socket of their own, and reads what comes back; `undefined` if that is no answer. */
export async function sendRaw(url: string, bytes: string): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes + ending)
  const open = setTimeout(() => socket.destroy(), TIMEOUT)
  socket.once('data', () => clearTimeout(open))
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'close').catch(() => undefined) // a reset is an answer, too
  clearTimeout(open)
  return parse(Buffer.concat(chunks).toString('utf8'))
}

function parse(text: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, Math.max(0, end)).split('\r\n')
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(first) ?? []
  if (status === undefined) return undefined
  if (status === '100') return parse(text.slice(end + 4))
  const headers = new Headers()
  for (const line of lines)
    headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim())
  const length = Number(headers.get('content-length') ?? 0)
  const body = Buffer.from(text.slice(end + 4))
    .subarray(0, length)
    .toString()
  return { status: Number(status), headers, setCookies: headers.getSetCookie(), text: body }
}
