import { callJson } from './process.ts'

/** Calls Keycloak's admin REST API. */
export type KeycloakAdmin = (method: string, path: string, body?: unknown) => Promise<unknown>

/** Milliseconds; an admin's token lives a minute. */
const TOKEN_LIFE = 30_000

export function keycloakAdmin(origin: string, password: string): KeycloakAdmin {
  let token = { value: '', until: 0 }
  return async (method, path, body) => {
    if (performance.now() > token.until) {
      token = { value: await fetchToken(origin, password), until: performance.now() + TOKEN_LIFE }
    }
    return await callJson(`${origin}/admin${path}`, method, { body, token: token.value })
  }
}

async function fetchToken(origin: string, password: string): Promise<string> {
  const response = await fetch(`${origin}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username: 'admin',
      password,
    }),
  })
  const { access_token } = (await response.json()) as { readonly access_token?: string }
  if (access_token === undefined)
    throw new Error(`Keycloak gave its administrator no token: ${response.status}`)
  return access_token
}
