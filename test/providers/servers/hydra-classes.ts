import { AdminApi, type LoginRequest } from '../../../examples/hydra/login-consent/admin-api.ts'

interface ClassRequest extends LoginRequest {
  readonly oidc_context?: { readonly acr_values?: readonly string[] }
}

/** Lets the login app say that a login is of the class `gold` if the app asked for that. */
export class ClassesApi extends AdminApi {
  override async accept(...[step, challenge, body]: Parameters<AdminApi['accept']>): Promise<string> {
    if (step !== 'login') return await super.accept(step, challenge, body)
    const { oidc_context }: ClassRequest = await this.getLoginRequest(challenge)
    const isAsked = oidc_context?.acr_values?.includes('gold')
    return await super.accept(step, challenge, { ...body, ...(isAsked && { acr: 'gold' }) })
  }
}
