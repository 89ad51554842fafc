import { usedEndpoints } from '../../protocol/provider/provider-endpoints.ts'
import { isConfidential } from '../../protocol/requests/confidential-url.ts'
import { reasonOf } from '../../protocol/requests/failure-reason.ts'
import { isObject } from '../../vocabulary/json.ts'
import type { CheckContext } from './check.ts'
import { type Finding, failed, passed, skipped, warning } from './finding.ts'

/** Endpoints that take GET, so that 404 and 405 mean that nothing is there (OpenID Connect Core 1.0 §3.1.2.1, §5.3.1). */
const readable: readonly string[] = ['authorization_endpoint', 'userinfo_endpoint', 'end_session_endpoint']

/** What the app does without an endpoint that these options ask for. */
const losses: ReadonlyMap<string, string> = new Map([
  ['end_session_endpoint', 'so signing out only ends the session of this app'],
  ['userinfo_endpoint', 'so req.user has only the claims of the ID token'],
  ['revocation_endpoint', 'so options.revokeOnLogout cannot revoke the tokens of a user who signs out'],
  ['introspection_endpoint', 'so options.bearer refuses every access token that is not a JWT'],
])

interface Endpoint {
  readonly name: string
  readonly url: URL
}

/** Whether the endpoints that the app uses have https and answer. Most statuses below 500 will do: the requests have no parameters. */
export async function checkEndpoints(context: CheckContext): Promise<readonly Finding[]> {
  const { document, settings } = context
  if (!document) return [skipped('endpoints', 'Discovery failed, so the endpoints were not checked.')]
  const known = { ...document, ...settings.endpoints }
  const names = usedEndpoints(known, settings).filter(name => name !== 'registration_endpoint') // has a check of its own
  const endpoints = names.flatMap(name => {
    const value = known[name]
    return typeof value === 'string' && URL.canParse(value) ? [{ name, url: new URL(value) }] : []
  })
  const problems = await Promise.all(endpoints.map(endpoint => problemOf(context, endpoint)))
  const insecure = endpoints.flatMap(endpoint => insecureEndpoint(context, endpoint))
  const found = [
    ...insecure,
    ...problems.filter(problem => problem !== undefined),
    ...names.filter(name => known[name] === undefined).flatMap(missingEndpoint),
  ]
  return found.length > 0
    ? found
    : [passed('endpoints', `All ${endpoints.length} endpoints of the provider answer.`)]
}

async function problemOf({ fetch }: CheckContext, { name, url }: Endpoint): Promise<Finding | undefined> {
  const fix = `Check the address of ${name} at the provider, or set options.endpoints.${name}`
  try {
    const ask = () => fetch(url.href, { headers: { accept: 'application/json, text/html;q=0.9' } })
    const response = await ask().catch(ask) // the first page of a provider that has just started can take long
    if (name === 'jwks_uri') return await keysProblem(response, url, fix)
    const isThere =
      response.status < 500 && !(readable.includes(name) && [404, 405].includes(response.status))
    if (isThere) return undefined
    return failed('endpoints', `${name} (${url.origin}${url.pathname}) answers HTTP ${response.status}.`, fix)
  } catch (error) {
    const reason = reasonOf(error)
    if (/a redirect/.test(reason)) return undefined // to a page for users: the endpoint exists
    return failed('endpoints', `${name} (${url.origin}${url.pathname}) does not answer: ${reason}.`, fix)
  }
}

async function keysProblem(response: Response, url: URL, fix: string): Promise<Finding | undefined> {
  const body: unknown = await response.json().catch(() => undefined) // not JSON: it has no keys
  const keys = isObject(body) ? body['keys'] : undefined
  if (response.status === 200 && Array.isArray(keys) && keys.length > 0) return undefined
  return failed(
    'endpoints',
    `jwks_uri (${url.origin}${url.pathname}) answers HTTP ${response.status} without keys.`,
    fix,
  )
}

/** Discovery refuses http unless the options allow it; in that case this is a warning. */
function insecureEndpoint({ settings }: CheckContext, { name, url }: Endpoint): Finding[] {
  if (isConfidential(url)) return []
  const sentence = `${name} does not use https (${url.origin}): anyone on the network can read and change what is sent.`
  if (settings.allowInsecureIssuer)
    return [
      warning(
        'endpoints',
        sentence,
        'Use https at the provider; options.allowInsecureIssuer is only for a network that you trust',
      ),
    ]
  return [
    failed(
      'endpoints',
      sentence,
      'Use https at the provider, or set options.allowInsecureIssuer: true inside a network that you trust',
    ),
  ]
}

function missingEndpoint(name: string): Finding[] {
  const loss = losses.get(name)
  if (loss === undefined) return [] // discovery reports it
  const otherwise =
    name === 'end_session_endpoint' ? '; if it has none, set options.logoutRequest: false' : ''
  const fix = `Set options.endpoints.${name}, if the provider has one${otherwise}`
  return [warning('endpoints', `The provider names no ${name}, ${loss}.`, fix)]
}
