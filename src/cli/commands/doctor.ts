import { boundFetch } from '../../protocol/requests/bounded-fetch.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { inTime } from '../../vocabulary/deadline.ts'
import { checkApp } from '../checks/app.ts'
import type { Check, CheckContext } from '../checks/check.ts'
import { checkClient } from '../checks/client.ts'
import { checkDiscovery } from '../checks/discovery.ts'
import { checkEndpoints } from '../checks/endpoints.ts'
import { type Finding, failed, findingLines, passed, summaryOf } from '../checks/finding.ts'
import { checkLogout } from '../checks/logout.ts'
import { checkRegistration } from '../checks/registration.ts'
import { checkServedKeys } from '../checks/served-keys.ts'
import { checkStore } from '../checks/store.ts'
import { checkSupport } from '../checks/support.ts'
import type { Command, CommandContext, Outcome } from '../command.ts'
import { failureOf } from '../format.ts'

/** Milliseconds that one check may take. Each of its requests has its own, shorter deadline. */
const CHECK_TIMEOUT = 15_000

const checks: Readonly<Record<string, Check>> = {
  endpoints: checkEndpoints,
  support: checkSupport,
  registration: checkRegistration,
  client: checkClient,
  keys: checkServedKeys,
  app: checkApp,
  logout: checkLogout,
  store: checkStore,
}

/** Checks everything that a sign-in depends on, and changes nothing but one key of its own in the store. */
export const doctor: Command = {
  summary: 'check the options, the provider, the registration, the app and the store, and say what to change',
  flags: {},
  async run(context: CommandContext): Promise<Outcome> {
    const findings = await runChecks(context)
    const ok = findings.every(({ state }) => state !== 'failed')
    return { ok, lines: findingLines(findings), data: { ok, summary: summaryOf(findings), checks: findings } }
  },
}

async function runChecks({ settings: load, terminal }: CommandContext): Promise<Finding[]> {
  const loaded = await load().catch(error => optionFailure(error))
  if ('state' in loaded) return [loaded]
  const settings = { ...loaded, log: () => undefined } // the findings say what the checks did
  const fetch = boundFetch(settings.fetch, { deadline: settings.requestTimeout })
  const { findings, provider, document } = await checkDiscovery(settings, fetch)
  const context = { settings, terminal, fetch, provider, document }
  const rest = await Promise.all(
    Object.entries(checks).map(([name, check]) => runCheck(name, check, context)),
  )
  return [optionsPassed(settings), ...findings, ...rest.flat()]
}

/** The environment variables of the options. */
const variables: Readonly<Record<string, string>> = {
  issuer: 'ISSUER_BASE_URL',
  baseUrl: 'BASE_URL',
  scope: 'OIDC_SCOPE',
  name: 'OIDC_NAME',
  initialAccessToken: 'OIDC_INITIAL_ACCESS_TOKEN',
  client: 'CLIENT_ID and CLIENT_SECRET',
}

/** The only finding if the options are invalid: nothing else can be checked. */
function optionFailure(error: unknown): Finding {
  const { message } = failureOf(error)
  const [, option] = /^options\.(\w+)/.exec(message) ?? []
  if (option === undefined) return failed('options', message, 'Correct the file that the message names')
  const variable = variables[option]
  return failed(
    'options',
    message,
    `Change options.${option}${variable ? `, or ${variable} in the environment` : ''}`,
  )
}

function optionsPassed({ addresses, issuer }: Settings): Finding {
  const all = addresses.map(({ baseUrl }) => baseUrl).join(' and ')
  return passed('options', `The options are valid: sign-ins at ${issuer} for ${all}.`)
}

/** A check that fails unexpectedly or takes too long does not stop the others. */
async function runCheck(name: string, check: Check, context: CheckContext): Promise<readonly Finding[]> {
  const late = (): Error => new Error(`This check took longer than ${CHECK_TIMEOUT / 1_000} s.`)
  try {
    return await inTime(check(context), CHECK_TIMEOUT, late)
  } catch (error) {
    return [failed(name, failureOf(error).message, 'Correct what the message names')]
  }
}
