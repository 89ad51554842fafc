import { describe, expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { outcomes } from '../../../src/opentelemetry/attributes.ts'
import { publish } from '../../../src/vocabulary/events.ts'
import { type OidcOperations, traced } from '../../../src/vocabulary/operations.ts'
import { readDocument } from '../../support/house/documents.ts'
import { readQuery } from '../../support/opentelemetry/promql.ts'
import { recordTelemetry, type Telemetry } from '../../support/opentelemetry/telemetry.ts'

const issuer = 'https://op.test'
const page = readDocument('docs/opentelemetry.md')

/** The cells of the rows of a table, by the heading of its first column. */
function rowsOf(text: string, heading: string): string[][] {
  const [, table = ''] = text.split(new RegExp(`^\\| ${heading} \\|.*\\n\\|[-|]+\\|\\n`, 'm'))
  const [rows = ''] = table.split('\n\n')
  return rows.split('\n').map(row =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}

const codesIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

/** The operations of the type `OidcOperations`. */
function typedOperations(): (keyof OidcOperations)[] {
  const source = readDocument('src/vocabulary/operations.ts')
  const [, body = ''] = /interface OidcOperations \{([\s\S]*?)^\}/m.exec(source) ?? []
  return [...body.matchAll(/^ {2}'?([\w-]+)'?: /gm)].map(([, name]) => name as keyof OidcOperations)
}

/** Has every instrument record something, with every attribute. */
async function recordAll(): Promise<Telemetry> {
  const telemetry = recordTelemetry()
  const error = new Error('refused')
  for (const name of typedOperations())
    await traced(name, { issuer, name: 'shop' }, async () =>
      publish('tokens.failed', { issuer, clientId: 'a', loginId: 'b', error }),
    )
  await traced('login', { issuer }, () => Promise.reject(error)).catch(() => undefined)
  publish('logout.received', { issuer, channel: 'back', by: 'sid', endedLogins: 1, duration: 1 })
  return telemetry
}

test('every operation is in docs/observability.md, has a span, and is in docs/opentelemetry.md', async () => {
  const names = typedOperations()
  expect(names.length).toBeGreaterThan(5)
  const documented = rowsOf(readDocument('docs/observability.md'), 'operation')
  expect(documented.flatMap(([cell]) => codesIn(cell))).toEqual(names)
  expect(rowsOf(page, 'span').flatMap(([cell]) => codesIn(cell))).toEqual(
    names.map(name => `oidc.rp.${name}`),
  )
  const spans = (await recordAll()).own().map(({ name }) => name)
  expect(new Set(spans)).toEqual(new Set(names.map(name => `oidc.rp.${name}`)))
})

test('every attribute in the code is in a table of docs/opentelemetry.md, and the other way round', () => {
  const files = ['attributes', 'operation-recorder', 'instrument-relying-party']
  const source = files.map(name => readDocument(`src/opentelemetry/${name}.ts`)).join()
  const used = [...source.matchAll(/'((?:oidc|server|error)\.[a-z._]+)'/g)].map(([, name = '']) => name)
  const spans = rowsOf(page, 'attribute').flatMap(([cell]) => codesIn(cell))
  const metrics = rowsOf(page, 'metric').flatMap(([, , , cell]) => codesIn(cell))
  expect(spans.length).toBeGreaterThan(10)
  expect([...new Set([...spans, ...metrics])].sort()).toEqual([...new Set(used)].sort())
})

test('every metric is in the table of docs/opentelemetry.md, with its unit and its attributes', async () => {
  const metrics = await (await recordAll()).metrics()
  const recorded = metrics.map(({ descriptor: { name, unit }, dataPoints }) => [
    name,
    unit,
    [...new Set(dataPoints.flatMap(({ attributes }) => Object.keys(attributes)))].sort(),
  ])
  const documented = rowsOf(page, 'metric').map(([name, , unit, attributes]) => [
    ...codesIn(name),
    ...codesIn(unit),
    codesIn(attributes).sort(),
  ])
  expect(documented).toEqual(recorded)
})

test('spans and metrics name this version of the library', async () => {
  const [span] = (await recordAll()).own()
  expect(span?.instrumentationScope).toMatchObject({ name: 'express-oidc-rp', version: manifest.version })
})

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

const { panels }: { panels: Panel[] } = JSON.parse(readDocument('docs/grafana-dashboard.json'))
const dashboard = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr, names: ['js', 'spec'] as const })),
)
const questions = rowsOf(page, 'question').map(([title = '', cell]) => {
  const [expr = ''] = codesIn(cell)
  return { title, expr: expr.replaceAll('\\|', '|'), names: ['spec'] as const }
})

/** The names of the series: as the exporter of the JavaScript SDK gives them, and as the specification does, with the unit. */
function seriesIn(scraped: string): Readonly<Record<'js' | 'spec', readonly string[]>> {
  const js = [...new Set([...scraped.matchAll(/^(oidc_\w+)\{/gm)].map(([, name = '']) => name))]
  return { js, spec: js.map(name => name.replace(/_duration(?=_)/, '_duration_seconds')) }
}

describe('a query of the dashboard or the page', () => {
  test('is there for each operation that users wait for, and for each metric', async () => {
    const parts = dashboard.map(({ expr }) => readQuery(expr))
    expect(new Set(parts.flatMap(({ metrics }) => metrics)).size).toBe(5) // of the histogram, buckets and count
    for (const name of ['callback', 'refresh', 'logout-token'])
      expect(parts.flatMap(({ matches }) => matches)).toContain(`oidc_operation=${name}`)
  })

  test.each([...dashboard, ...questions])('names what there is: $title: $expr', async ({ expr, names }) => {
    const { isValid, metrics, labels, matches } = readQuery(expr)
    expect(isValid).toBe(true)
    expect(metrics.length).toBeGreaterThan(0)
    const scraped = await (await recordAll()).page()
    for (const metric of metrics)
      for (const kind of names)
        expect(seriesIn(scraped)[kind]).toContainEqual(expect.stringMatching(`^(?:${metric})$`))
    expect(labels.filter(name => !new RegExp(`[{,]${name}="`).test(scraped))).toEqual([])
    const values = [
      ...Object.keys(outcomes).map(name => `oidc_event=${name}`),
      ...typedOperations().map(name => `oidc_operation=${name}`),
      'oidc_issuer=.+',
      'error_type=',
    ]
    expect(matches.filter(match => !values.includes(match))).toEqual([])
  })

  test.each([
    ['sum(rate(oidc_rp_events_total[5m])', { isValid: false }],
    [
      'rate(oidc_rp_no_such{oidc_event=~"a|b"}[5m])',
      { metrics: ['oidc_rp_no_such'], matches: ['oidc_event=a', 'oidc_event=b'] },
    ],
    ['sum by (no_label) (a)', { isValid: true, labels: ['no_label'] }],
  ])('that is wrong is noticed: %s', (query, parts) => {
    expect(readQuery(query)).toMatchObject(parts)
  })
})
