import { parser } from '@prometheus-io/lezer-promql'

/** What a query names. */
export interface QueryParts {
  /** Whether Prometheus can read it. */
  readonly isValid: boolean
  /** The names of the metrics, or expressions that they match. */
  readonly metrics: readonly string[]
  readonly labels: readonly string[]
  /** The values that a label is compared with, such as `oidc_event=login.completed`. */
  readonly matches: readonly string[]
}

const NAME = '__name__='

/** Reads a query by the grammar of Prometheus. Variables of Grafana stand for what they become. */
export function readQuery(written: string): QueryParts {
  const query = written.replace(/\[\$__\w+\]/g, '[5m]').replaceAll('$issuer', '.+')
  const found: [name: string, text: string][] = []
  parser.parse(query).iterate({
    enter: ({ type, name, from, to }) =>
      void found.push([type.isError ? 'error' : name, query.slice(from, to)]),
  })
  const all = (wanted: string): string[] => found.filter(([name]) => name === wanted).map(([, text]) => text)
  const matches = all('UnquotedLabelMatcher').flatMap(matchesOf)
  const isName = (match: string): boolean => match.startsWith(NAME)
  return {
    isValid: found.length > 1 && all('error').length === 0,
    metrics: [...all('Identifier'), ...matches.filter(isName).map(match => match.slice(NAME.length))],
    labels: all('LabelName').filter(label => label !== '__name__'),
    matches: matches.filter(match => !isName(match)),
  }
}

function matchesOf(matcher: string): string[] {
  const [, label = '', values = ''] = /^(\w+)\W+"(.*)"$/.exec(matcher) ?? []
  return values.split('|').map(value => `${label}=${value}`)
}
