import { interactionPolicy, type Provider } from 'oidc-provider'

/** The classes of authentication, the weaker one first. */
export const classes = ['silver', 'gold']

/** Asks users to sign in again if an app asks for a class that their session does not have. */
export function buildClassPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  const { Check } = interactionPolicy
  policy.get('login')?.checks.add(
    new Check('class', 'A stronger authentication is required.', ({ oidc }) => {
      const asked = askedOf(oidc.params)
      const isEnough = asked.length === 0 || asked.includes(oidc.session?.acr ?? '')
      return !isEnough && !oidc.result?.login ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT
    }),
  )
  return policy
}

/** Tells the provider of each login which class it has: the one that was asked for. */
export function tellClasses(provider: Provider): void {
  const usual = provider.interactionResult.bind(provider)
  provider.interactionResult = async (request, response, result, options) => {
    const { params } = await provider.interactionDetails(request, response)
    const [acr = 'silver'] = askedOf(params)
    const { login } = result
    return await usual(request, response, login ? { ...result, login: { ...login, acr } } : result, options)
  }
}

function askedOf(parameters: Readonly<Record<string, unknown>> | undefined): string[] {
  const { acr_values: asked } = parameters ?? {}
  return (typeof asked === 'string' ? asked : '').split(' ').filter(name => classes.includes(name))
}
