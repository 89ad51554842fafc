import { boundFetch } from '../../protocol/provider/bounded-fetch.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { inTime } from '../../vocabulary/deadline.ts'
import { checkApp } from '../checks/app.ts'
import type { Check, Examination } from '../checks/check.ts'
import { checkClient } from '../checks/client.ts'
import { examineDiscovery } from '../checks/discovery.ts'
import { checkEndpoints } from '../checks/endpoints.ts'
import { checkLogout } from '../checks/logout.ts'
import { checkRegistration } from '../checks/registration.ts'
import { checkStore } from '../checks/store.ts'
import type { Call, Command, Outcome } from '../command.ts'

import { type Finding, failed, findingLines, passed } from '../finding.ts'
import { failureOf } from '../format.ts'

/** Milliseconds that one check may take. Its single requests have deadlines of their own. */
const LONGEST = 15_000

const checks: Readonly<Record<string, Check>> = {
  endpoints: checkEndpoints,
  registration: checkRegistration,
  client: checkClient,
  app: checkApp,
  logout: checkLogout,
  store: checkStore,
}

/** Looks at everything that a sign-in rests on, and changes nothing but a key of its own in the store. */
export const doctor: Command = {
  summary:
    'checks the options, the provider, the registration, the app and the store, and says what to change',
  flags: {},
  async run(call: Call): Promise<Outcome> {
    const findings = await examine(call)
    const ok = findings.every(({ state }) => state !== 'failed')
    return { ok, lines: findingLines(findings), data: { ok, checks: findings } }
  },
}

async function examine({ settings: load, terminal }: Call): Promise<Finding[]> {
  const loaded = await load().catch(error => optionFailure(error))
  if ('state' in loaded) return [loaded]
  const settings = { ...loaded, log: () => undefined } // what the checks do is not what the app does
  const fetch = boundFetch(settings.fetch)
  const { findings, provider, document } = await examineDiscovery(settings, fetch)
  const examination = { settings, terminal, fetch, provider, document }
  const rest = await Promise.all(
    Object.entries(checks).map(([name, check]) => bounded(name, check, examination)),
  )
  return [optionsPassed(settings), ...findings, ...rest.flat()]
}

/** The variables of the environment that say an option. */
const variables: Readonly<Record<string, string>> = {
  issuer: 'ISSUER_BASE_URL',
  baseUrl: 'BASE_URL',
  scope: 'OIDC_SCOPE',
  name: 'OIDC_NAME',
  initialAccessToken: 'OIDC_INITIAL_ACCESS_TOKEN',
  client: 'CLIENT_ID and CLIENT_SECRET',
}

/** Nothing else can be looked at then. */
function optionFailure(error: unknown): Finding {
  const { message } = failureOf(error)
  const [, option] = /^options\.(\w+)/.exec(message) ?? []
  if (option === undefined) return failed('options', message, 'the file that --config names')
  const variable = variables[option]
  return failed(
    'options',
    message,
    `options.${option}${variable ? `, or ${variable} in the environment` : ''}`,
  )
}

function optionsPassed({ baseUrl, issuer }: Settings): Finding {
  return passed('options', `The options can be used: ${baseUrl} signs users in at ${issuer}.`)
}

/** A check that fails in an unforeseen way, or takes too long, stops no other one. */
async function bounded(name: string, check: Check, examination: Examination): Promise<readonly Finding[]> {
  const late = (): Error => new Error(`This check took longer than ${LONGEST / 1_000} s.`)
  try {
    return await inTime(check(examination), LONGEST, late)
  } catch (error) {
    return [failed(name, failureOf(error).message, 'what the sentence names')]
  }
}
