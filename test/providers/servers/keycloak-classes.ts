import type { KeycloakAdmin } from './keycloak-admin.ts'

interface Execution {
  readonly id: string
  readonly level: number
  readonly providerId?: string
  readonly authenticationFlow?: boolean
  readonly [member: string]: unknown
}

const CONDITION = 'conditional-level-of-authentication'

/** Gives a realm the classes silver and gold, as its documentation says under Step-up Authentication. */
export async function offerClasses(admin: KeycloakAdmin, realm: string): Promise<void> {
  const call = (method: string, path: string, body?: unknown): Promise<unknown> =>
    admin(method, `/realms/${realm}${path}`, body)
  const addTo = (flow: string, provider: string) =>
    call('POST', `/authentication/flows/${flow}/executions/execution`, { provider })
  const addFlow = (parent: string, alias: string) =>
    call('POST', `/authentication/flows/${parent}/executions/flow`, {
      alias,
      type: 'basic-flow',
      description: '',
    })
  const top = { alias: 'levels', providerId: 'basic-flow', topLevel: true, builtIn: false }
  await call('POST', '/authentication/flows', top)
  await addTo('levels', 'auth-cookie')
  await addFlow('levels', 'passwords')
  for (const [alias, form] of [
    ['silver', 'auth-username-password-form'],
    ['gold', 'auth-password-form'],
  ] as const) {
    await addFlow('passwords', alias)
    await addTo(alias, CONDITION)
    await addTo(alias, form)
  }
  await demand(call)
  const realmData = { browserFlow: 'levels', attributes: { 'acr.loa.map': '{"silver":1,"gold":2}' } }
  await call('PUT', '', realmData)
}

/** Either the cookie or the passwords; and of those, each if its level is asked for. */
async function demand(call: KeycloakAdmin): Promise<void> {
  const path = '/authentication/flows/levels/executions'
  let level = 0
  for (const execution of (await call('GET', path)) as readonly Execution[]) {
    const requirement = requirementOf(execution)
    await call('PUT', path, { ...execution, requirement })
    if (execution.providerId !== CONDITION) continue
    level += 1
    const config = { 'loa-condition-level': String(level), 'loa-max-age': '36000' }
    await call('POST', `/authentication/executions/${execution.id}/config`, {
      alias: `level ${level}`,
      config,
    })
  }
}

function requirementOf({ level, authenticationFlow }: Execution): string {
  if (level === 0) return 'ALTERNATIVE'
  return authenticationFlow ? 'CONDITIONAL' : 'REQUIRED'
}
