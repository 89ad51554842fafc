import { readConfiguration } from '../../protocol/metadata/provider-metadata.ts'
import { hydraRegistration } from '../../protocol/metadata/quirks.ts'
import { buildRegistrationUrl } from '../../protocol/registration/client-management.ts'
import { reasonOf } from '../../protocol/requests/failure-reason.ts'
import type { CheckContext } from './check.ts'
import { type Finding, failed, passed, skipped, warning } from './finding.ts'

/**
 * Whether the provider accepts registrations, and says where. At Ory Hydra these are two independent switches. Only GET is
 * used: nothing is registered.
 */
export async function checkRegistration(context: CheckContext): Promise<readonly Finding[]> {
  const { settings, document } = context
  if (settings.client)
    return [skipped('registration', 'options.client was made by hand, so the app does not register itself.')]
  if (!document) return [skipped('registration', 'Discovery failed, so registration was not checked.')]
  const { registrationEndpoint: given } = readConfiguration({ ...document, ...settings.endpoints })
  const registrationEndpoint = typeof given === 'string' && URL.canParse(given) ? given : undefined
  const url = buildRegistrationUrl({
    issuer: settings.issuer,
    registrationEndpoint,
    fetch: context.fetch,
  })
  const answering = await answerOf(context, url)
  return [answering, ...advertisementOf(context, url, answering.state === 'passed')]
}

/** Asks for a client that does not exist: 401 means that the endpoint understood the request (RFC 7592 §2.1). */
async function answerOf({ fetch, settings: { issuer } }: CheckContext, url: URL): Promise<Finding> {
  const address = url.origin + url.pathname
  const headers = { accept: 'application/json', authorization: 'Bearer doctor' }
  try {
    const response = await fetch(`${address.replace(/\/$/, '')}/doctor`, { headers })
    if ([400, 401, 403].includes(response.status))
      return passed('registration', `${address} accepts registrations.`)
    if (/not enabled/i.test(await response.text())) return switchedOff(address)
    const list = await fetch(url.href, { headers: { accept: 'application/json' } })
    if (await isAdminApi(list, url)) return adminApi(address, issuer)
    if (list.status >= 400 && list.status < 500 && list.status !== 404)
      return passed('registration', `${address} accepts registrations.`)
    return notAvailable(address, `HTTP ${response.status}`, issuer)
  } catch (error) {
    return notAvailable(address, reasonOf(error), issuer)
  }
}

/** The admin API lists all clients to anyone; if it does not, its path gives it away. */
async function isAdminApi(list: Response, url: URL): Promise<boolean> {
  if (hydraRegistration.adminPath.test(url.pathname)) return true
  const body: unknown = list.status === 200 ? await list.json().catch(() => undefined) : undefined // not JSON: not a list
  return Array.isArray(body)
}

function switchedOff(address: string): Finding {
  return failed(
    'registration',
    `${address} says that dynamic client registration is switched off.`,
    `${hydraRegistration.switchOn}; or make a client by hand and set options.client`,
  )
}

function adminApi(address: string, issuer: string): Finding {
  return failed('registration', `${address} is the admin API, where apps cannot register.`, advertise(issuer))
}

function notAvailable(address: string, answer: string, issuer: string): Finding {
  return failed(
    'registration',
    `${address} does not accept registrations: ${answer}.`,
    `Set options.endpoints.registration_endpoint (at Ory Hydra it is ${hydraRegistration.endpoint(issuer)}), or options.client`,
  )
}

function advertisementOf({ settings, document }: CheckContext, url: URL, answers: boolean): Finding[] {
  if (readConfiguration(settings.endpoints).registrationEndpoint !== undefined)
    return [passed('advertised', 'options.endpoints names the registration endpoint.')]
  if (document && typeof readConfiguration(document).registrationEndpoint === 'string')
    return [passed('advertised', 'The configuration of the provider names its registration endpoint.')]
  const sentence = 'The configuration of the provider names no registration_endpoint'
  const fix = advertise(settings.issuer)
  if (!answers)
    return [failed('advertised', `${sentence}, and ${url.origin}${url.pathname} cannot be used.`, fix)]
  return [warning('advertised', `${sentence}; ${url.origin}${url.pathname} is used, and it answers.`, fix)]
}

const advertise = (issuer: string): string =>
  `${hydraRegistration.announce(issuer)}; or set options.endpoints.registration_endpoint`
