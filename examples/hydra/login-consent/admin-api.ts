/** A pending sign-in. */
export interface LoginRequest {
  /** Hydra remembers the user, so there is no need to ask. */
  readonly skip: boolean
  readonly subject: string
  readonly client: HydraClient
}

/** A pending consent: what the app asks for. */
export interface ConsentRequest {
  readonly skip?: boolean
  readonly subject: string
  readonly requested_scope: readonly string[]
  readonly requested_access_token_audience?: readonly string[]
  readonly client: HydraClient
}

interface HydraClient {
  readonly client_id: string
  readonly client_name?: string
}

/** The name of the app, for display. */
export function displayName({ client_id, client_name }: HydraClient): string {
  return client_name || client_id
}

interface Redirect {
  readonly redirect_to: string
}

type Step = 'login' | 'consent' | 'logout'

/** The part of Hydra's admin API that handles login, consent and logout. */
export class AdminApi {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  getLoginRequest(challenge: unknown): Promise<LoginRequest> {
    return this.#call('GET', 'login', '', challenge)
  }

  getConsentRequest(challenge: unknown): Promise<ConsentRequest> {
    return this.#call('GET', 'consent', '', challenge)
  }

  /** Accepts the request. Resolves with the address to send the browser to. */
  async accept(step: Step, challenge: unknown, body: object = {}): Promise<string> {
    const { redirect_to } = await this.#call<Redirect>('PUT', step, '/accept', challenge, body)
    return redirect_to
  }

  /** Rejects the request. Resolves with the address to send the browser to. */
  async reject(step: 'login' | 'consent', challenge: unknown): Promise<string> {
    const body = { error: 'access_denied', error_description: 'The user denied the request.' }
    const { redirect_to } = await this.#call<Redirect>('PUT', step, '/reject', challenge, body)
    return redirect_to
  }

  async #call<Answer>(
    method: 'GET' | 'PUT',
    step: Step,
    action: '' | '/accept' | '/reject',
    challenge: unknown,
    body?: object,
  ): Promise<Answer> {
    const path = `/admin/oauth2/auth/requests/${step}${action}`
    const query = new URLSearchParams({ [`${step}_challenge`]: String(challenge) })
    const response = await fetch(`${this.#url}${path}?${query}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    })
    if (!response.ok) {
      throw new Error(`Hydra answered ${response.status} to ${method} ${path}: ${await response.text()}`)
    }
    return (await response.json()) as Answer
  }
}
