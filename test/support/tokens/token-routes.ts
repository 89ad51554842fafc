import type { Express, Request } from 'express'
import { OidcError } from '../../../src/index.ts'
import type { AccessTokenOptions } from '../../../src/session/tokens/access-token-request.ts'
import type { TestApp } from '../app.ts'
import type { Browser } from '../browser.ts'

/** What an app says of its access token. */
export interface TokenAnswer {
  readonly status: number
  readonly token?: string
  readonly error?: string
}

/** Lets an app tell its access token at `/token`, where tests ask for it. */
export function tokenRoutes(app: Express): void {
  app.get('/token', async (req, res) => void res.json(await tellToken(req)))
}

/** What an app says of the access token of a request. */
export async function tellToken(req: Request): Promise<TokenAnswer> {
  try {
    return { status: 200, token: await req.oidc.getAccessToken(optionsOf(req)) }
  } catch (error) {
    if (!(error instanceof OidcError)) throw error
    return { status: error.status, error: error.code }
  }
}

/** Asks an app for its access token, by what the query says. */
export async function askToken(
  app: Pick<TestApp, 'url'>,
  browser: Browser,
  query = '',
): Promise<TokenAnswer> {
  return JSON.parse((await browser.open(`${app.url}/token${query}`)).text) as TokenAnswer
}

function optionsOf({ query }: Request): AccessTokenOptions {
  const { minValidity, ...rest } = query
  return { ...rest, ...(minValidity !== undefined && { minValidity: Number(minValidity) }) }
}
