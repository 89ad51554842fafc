import { reasonOf } from '../../protocol/provider/failure-reason.ts'
import { buildRegistrationUrl } from '../../protocol/registration/client-management.ts'
import { type Finding, failed, passed, skipped, warning } from '../finding.ts'
import type { Examination } from './check.ts'

/** Where Ory Hydra's own API for administrators keeps clients. */
const adminPath = /(^|\/)(admin\/)?clients\/?$/

/**
 * Whether the provider takes registrations, and says where. At Ory Hydra these are two switches that know nothing of each
 * other. Only GET is used: nothing is registered.
 */
export async function checkRegistration(examination: Examination): Promise<readonly Finding[]> {
  const { settings, document } = examination
  if (settings.client)
    return [skipped('registration', 'options.client was made by hand, so nothing is registered.')]
  if (!document) return [skipped('registration', 'The provider was not discovered.')]
  const given = settings.endpoints['registration_endpoint'] ?? document['registration_endpoint']
  const registrationEndpoint = typeof given === 'string' && URL.canParse(given) ? given : undefined
  const url = buildRegistrationUrl({
    issuer: settings.issuer,
    registrationEndpoint,
    fetch: examination.fetch,
  })
  const answering = await answerOf(examination, url)
  return [answering, ...advertisementOf(examination, url, answering.state === 'passed')]
}

/** A client that does not exist is asked for: 401 means that the question was understood (RFC 7592 §2.1). */
async function answerOf({ fetch, settings: { issuer } }: Examination, url: URL): Promise<Finding> {
  const address = url.origin + url.pathname
  const headers = { accept: 'application/json', authorization: 'Bearer doctor' }
  try {
    const response = await fetch(`${address.replace(/\/$/, '')}/doctor`, { headers })
    if ([400, 401, 403].includes(response.status))
      return passed('registration', `${address} takes registrations.`)
    if (/not enabled/i.test(await response.text())) return switchedOff(address)
    const list = await fetch(url.href, { headers: { accept: 'application/json' } })
    if (await isAdminApi(list, url)) return adminApi(address, issuer)
    if (list.status >= 400 && list.status < 500 && list.status !== 404)
      return passed('registration', `${address} takes registrations.`)
    return notThere(address, `HTTP ${response.status}`, issuer)
  } catch (error) {
    return notThere(address, reasonOf(error), issuer)
  }
}

/** It lists all clients to anybody; where it does not, its path tells. */
async function isAdminApi(list: Response, url: URL): Promise<boolean> {
  if (adminPath.test(url.pathname)) return true
  const body: unknown = list.status === 200 ? await list.json().catch(() => undefined) : undefined // no JSON, no list
  return Array.isArray(body)
}

function switchedOff(address: string): Finding {
  return failed(
    'registration',
    `${address} says that dynamic client registration is switched off.`,
    'at Ory Hydra oidc.dynamic_client_registration.enabled: true, or OIDC_DYNAMIC_CLIENT_REGISTRATION_ENABLED=true; at Ory Network: ory patch oauth2-config --replace "/oidc/dynamic_client_registration/enabled=true"; or options.client',
  )
}

function adminApi(address: string, issuer: string): Finding {
  return failed(
    'registration',
    `${address} is the API for administrators, where apps do not register.`,
    advertise(issuer),
  )
}

function notThere(address: string, answer: string, issuer: string): Finding {
  return failed(
    'registration',
    `${address} does not take registrations: ${answer}.`,
    `options.endpoints.registration_endpoint, or options.client; at Ory Hydra it is ${ownEndpoint(issuer)}`,
  )
}

function advertisementOf({ settings, document }: Examination, url: URL, answers: boolean): Finding[] {
  if (settings.endpoints['registration_endpoint'] !== undefined)
    return [passed('advertised', 'options.endpoints names the registration endpoint.')]
  if (typeof document?.['registration_endpoint'] === 'string')
    return [passed('advertised', 'The configuration of the provider names its registration endpoint.')]
  const sentence = 'The configuration of the provider names no registration_endpoint'
  const fix = advertise(settings.issuer)
  if (!answers)
    return [failed('advertised', `${sentence}, and ${url.origin}${url.pathname} cannot be used.`, fix)]
  return [warning('advertised', `${sentence}; ${url.origin}${url.pathname} is used, which answers.`, fix)]
}

const ownEndpoint = (issuer: string): string => `${issuer.replace(/\/$/, '')}/oauth2/register`

const advertise = (issuer: string): string =>
  `at Ory Hydra webfinger.oidc_discovery.client_registration_url: ${ownEndpoint(issuer)}; or options.endpoints.registration_endpoint`
