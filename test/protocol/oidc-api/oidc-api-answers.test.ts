import { describe, expect } from 'vitest'
import { OidcApi, OidcApiError, OidcError } from '../../../src/index.ts'
import { test } from '../../support/flow.ts'
import { readDocument } from '../../support/house/documents.ts'
import {
  CANARY,
  failureOf,
  managements,
  type Operation,
  operations,
  shownOf,
} from '../../support/providers/operations.ts'
import {
  type Answer,
  hang,
  html,
  huge,
  json,
  reset,
  status,
  truncated,
} from '../../support/scripted-provider.ts'

const UNMANAGEABLE = 'ERR_OIDC_CLIENT_UNMANAGEABLE'
const [AWAY, FAILED, REFUSED, INVALID, LIMITED, NO_USER, TOKEN] = [
  'ERR_OIDC_PROVIDER_UNAVAILABLE',
  'ERR_OIDC_REGISTRATION_FAILED',
  'ERR_OIDC_REGISTRATION_REFUSED',
  'ERR_OIDC_ANSWER_INVALID',
  'ERR_OIDC_RATE_LIMITED',
  'ERR_OIDC_USER_INFO_UNAVAILABLE',
  'ERR_OIDC_ACCESS_TOKEN_REFUSED',
]

/** The codes of discovery; of get; of create, set and delete; of UserInfo. */
type Codes = readonly [discovery: string, read: string, change: string, user: string]
const unusable: Codes = [AWAY, INVALID, FAILED, NO_USER]
const unanswered: Codes = [AWAY, AWAY, FAILED, NO_USER]
const refused: Codes = [AWAY, REFUSED, REFUSED, NO_USER]
const unauthorized: Codes = [AWAY, REFUSED, REFUSED, TOKEN]
const limited: Codes = [LIMITED, LIMITED, LIMITED, LIMITED]
const columns = ['discovery', 'read', 'change', 'user'] as const

const says = (code: number, error: string, error_description: string): Answer =>
  status(code, { error, error_description })
const limit: Answer = (_request, response) => void response.writeHead(429, { 'retry-after': '120' }).end()
const moved: Answer = (_request, response) =>
  void response.writeHead(301, { location: 'https://evil.example/' }).end()

const TOO_LONG = 'client_name is too long.'
const MALFORMED = 'The request was malformed or contained invalid parameters'
const UNAUTHORIZED = 'The request could not be authorized'
const FORBIDDEN = 'The requested action was forbidden'
const NOT_FOUND = 'The requested resource could not be found'

interface Row {
  readonly name: string
  readonly answer: Answer
  readonly status: number | undefined
  readonly codes: Codes
  readonly words?: readonly [error: string, description: string | undefined]
}

const row = (
  name: string,
  answer: Answer,
  code: number | undefined,
  codes: Codes,
  words?: Row['words'],
): Row => ({ name, answer, status: code, codes, ...(words && { words }) })

const rows: readonly Row[] = [
  row('200 and a web page', html(), 200, unusable),
  row('200 and an array', json([{ client_id: 'client-1', sub: 'user-1' }]), 200, unusable),
  row('204', status(204), 204, unusable),
  row('301', moved, 301, unanswered),
  row('400 by the RFC', says(400, 'invalid_client_metadata', TOO_LONG), 400, refused, [
    'invalid_client_metadata',
    TOO_LONG,
  ]),
  row('400 in a sentence of Hydra', says(400, MALFORMED, 'Not yours.'), 400, refused, [
    MALFORMED,
    'Not yours.',
  ]),
  row('401', says(401, UNAUTHORIZED, 'It is gone.'), 401, unauthorized, [UNAUTHORIZED, 'It is gone.']),
  row('403', says(403, FORBIDDEN, 'No.'), 403, unauthorized, [FORBIDDEN, 'No.']),
  row('404', says(404, NOT_FOUND, 'Not enabled.'), 404, refused, [NOT_FOUND, 'Not enabled.']),
  row('409', status(409, { error: 'conflict' }), 409, refused, ['conflict', undefined]),
  row('429', limit, 429, limited),
  row('500', says(500, 'error', 'Unrecognizable.'), 500, unanswered, ['error', 'Unrecognizable.']),
  row('503 and a web page', html(503), 503, unanswered),
  row('nothing', hang(), undefined, unanswered),
  row('a reset of the connection', reset(), undefined, unanswered),
  row('2 MB', huge(2 * 2 ** 20), undefined, unanswered),
  row('half of it', truncated(), undefined, unanswered),
]

/** Seconds: short only where nothing comes, so that a busy machine does not cut off an answer. */
const timeoutFor = ({ name }: Row): number => (name === 'nothing' ? 0.5 : 20)

type Cell = readonly [operation: Operation, row: Row]
const isSuccess = ({ name }: Operation, { status: code }: Row): boolean =>
  name === 'deleteOidcDynamicClient' && code === 204
const cells: readonly Cell[] = operations.flatMap(operation =>
  rows.filter(each => !isSuccess(operation, each)).map((each): Cell => [operation, each]),
)
/** A redirect in answer to a request that manages a client means that it cannot be managed. */
const codeFor = ({ kind, endpoint }: Operation, { codes, status: code }: Row): string | undefined =>
  code === 301 && endpoint === 'client' ? UNMANAGEABLE : codes[columns.indexOf(kind)]
const named = cells.map(([operation, each]) => [operation.name, each.name, operation, each] as const)

describe.each(managements)('managed with %s', managedWith => {
  const isManaged = ({ endpoint }: Operation): boolean => endpoint === 'client'
  const own = named.filter(([, , each]) => isManaged(each) || managedWith === 'registration_access_token')

  test.for(own)('%s answered with %s', async ([, , operation, expected], { provider }) => {
    provider.answer(operation.endpoint, expected.answer)
    const api = new OidcApi({ issuer: provider.issuer, managedWith, timeout: timeoutFor(expected) })
    const error = await failureOf(() => operation.call(api))
    const [word, description] = expected.words ?? []
    const shown = shownOf(error)
    const sent = provider.requests.flatMap(({ headers }) => headers.authorization?.split(' ')[1] ?? [])

    expect.soft(error.constructor).toBe(operation.kind === 'discovery' ? OidcError : OidcApiError)
    expect.soft(error['code']).toBe(codeFor(operation, expected))
    if (expected.status === 429) expect.soft(error['retryAfter']).toBe(120)
    if (operation.kind !== 'discovery') {
      expect.soft([error['operation'], error['providerStatus']]).toEqual([operation.name, expected.status])
      expect.soft([error['error'], error['description']]).toEqual([word, description])
    }
    for (const secret of [CANARY, ...sent]) expect.soft(shown).not.toContain(secret)
    expect(provider.requestsTo(operation.endpoint)).toHaveLength(1)
  })
})

/** Something to do, after what has happened. */
const mends =
  /\b(again|[Ss]et|Correct|Switch|[Ll]ook|[Ll]ower|[Rr]aise|[Aa]sk|[Cc]heck|administrator|Refresh|Wait)\b/

describe('the message says what to do', () => {
  const spoken = named.filter(([, , { kind }]) => kind !== 'discovery')

  test.for(spoken)('%s answered with %s', async ([, , operation, expected], { provider }) => {
    provider.answer(operation.endpoint, expected.answer)
    const { message } = await failureOf(() =>
      operation.call(new OidcApi({ issuer: provider.issuer, timeout: timeoutFor(expected) })),
    )
    expect.soft(message).toMatch(mends)
    if (!expected.words) expect.soft(message).not.toContain('the provider names')
    expect.soft(message).not.toContain('..')
    expect(message).toMatch(/^[A-Za-z].*\.$/)
  })
})

describe('docs/operations.md', () => {
  const page = readDocument('docs/operations.md')
  const lines = [...page.matchAll(/^\| (\d{3}|none) \|(.*)\|$/gm)]
  const documented = new Map(
    lines.map(([, code, rest = '']) => [code, rest.split('|').map(text => text.trim().replaceAll('`', ''))]),
  )

  test.for(named)('says what %s throws when it is answered with %s', ([, , operation, expected]) => {
    const found = documented.get(String(expected.status ?? 'none'))
    expect(found?.[columns.indexOf(operation.kind)]).toContain(codeFor(operation, expected))
  })

  test('has no status that the table does not know', () => {
    const known = new Set(rows.map(({ status: code }) => String(code ?? 'none')))
    expect([...documented.keys()]).toEqual([...known])
  })

  test('has a section for each operation, with method and path', () => {
    const names = [...operations.map(({ name }) => name), 'revokeOidcSession']
    const sections = page.split(/^## /m).slice(1)
    for (const name of names) {
      const section = sections.find(text => text.startsWith(`${name}\n`))
      expect.soft([name, section]).toEqual([name, expect.stringMatching(/`(GET|POST|PUT|DELETE) \//)])
    }
  })
})
