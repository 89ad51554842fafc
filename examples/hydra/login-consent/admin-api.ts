/** Why Hydra sent the browser to sign in. */
export interface LoginRequest {
  /** Hydra remembers who this is: nobody is to be asked. */
  readonly skip: boolean
  readonly subject: string
  readonly client: HydraClient
}

/** What an app would like to have. */
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

/** What users call the app. */
export function nameOf({ client_id, client_name }: HydraClient): string {
  return client_name || client_id
}

type Step = 'login' | 'consent' | 'logout'

/** The part of Hydra's admin API that answers its challenges. */
export class AdminApi {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  getLoginRequest(challenge: unknown): Promise<LoginRequest> {
    return this.#call('GET', 'login', challenge)
  }

  getConsentRequest(challenge: unknown): Promise<ConsentRequest> {
    return this.#call('GET', 'consent', challenge)
  }

  /** Says yes, and resolves with the address where the browser goes on. */
  async accept(step: Step, challenge: unknown, answer: object = {}): Promise<string> {
    const { redirect_to } = await this.#call<{ redirect_to: string }>(
      'PUT',
      `${step}/accept`,
      challenge,
      answer,
    )
    return redirect_to
  }

  /** Says no, and resolves with the address where the browser goes on. */
  async reject(step: 'login' | 'consent', challenge: unknown): Promise<string> {
    const answer = { error: 'access_denied', error_description: 'The user denied the request.' }
    const { redirect_to } = await this.#call<{ redirect_to: string }>(
      'PUT',
      `${step}/reject`,
      challenge,
      answer,
    )
    return redirect_to
  }

  async #call<Answer>(method: string, path: string, challenge: unknown, body?: object): Promise<Answer> {
    const step = path.split('/')[0]
    const query = new URLSearchParams({
      [`${step}_challenge`]: typeof challenge === 'string' ? challenge : '',
    })
    const response = await fetch(`${this.#url}/admin/oauth2/auth/requests/${path}?${query}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    })
    if (!response.ok)
      throw new Error(`Hydra answered ${response.status} to ${method} ${path}: ${await response.text()}`)
    return (await response.json()) as Answer
  }
}
