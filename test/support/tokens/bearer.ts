import type { Express } from 'express'
import supertest, { type Test } from 'supertest'
import { requireAcr, requireScopes, requireUser } from '../../../src/index.ts'
import type { BearerOptions } from '../../../src/relying-party/options/options.ts'
import type { TestAppOptions } from '../app.ts'

export const audience = 'https://api.example'

interface Signer {
  readonly issuer: string
  readonly sign: (claims: object, header?: Readonly<Record<string, unknown>>) => Promise<string>
}

/** The claims of an access token that is right in every way (RFC 9068 §2.2). */
export function rightClaims({ issuer }: Pick<Signer, 'issuer'>): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1_000)
  return {
    iss: issuer,
    sub: 'user-1',
    aud: audience,
    client_id: 'some-client',
    exp: now + 600,
    iat: now,
    jti: 'token-1',
    scope: 'read write',
    roles: ['admin'],
  }
}

/** An access token of a provider that differs from a right one in these claims and header parameters. */
export function accessToken(
  provider: Signer,
  claims: object = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return provider.sign({ ...rightClaims(provider), ...claims }, { typ: 'at+jwt', ...header })
}

/** An app that takes access tokens: `/api` is guarded, `/api/read` wants a scope, `/api/gold` a class, `/who` nothing. */
export function apiApp(bearer: Partial<BearerOptions> = {}, more: TestAppOptions = {}): TestAppOptions {
  const after = (app: Express): void => {
    more.after?.(app)
    app.get('/api/read', requireScopes('read'), (_req, res) => void res.send('read'))
    app.get('/api/gold', requireAcr('gold'), (_req, res) => void res.send('gold'))
    app.get('/api', requireUser(), (req, res) => void res.json(req.user))
    app.get('/who', (req, res) => {
      const { isAuthenticated, claims, scope } = req.oidc
      res.json({ isAuthenticated, claims: claims ?? null, scope: scope ?? null, user: req.user ?? null })
    })
  }
  return { ...more, after, relyingParty: { ...more.relyingParty, bearer: { audience, ...bearer } } }
}

/** Asks for a path with an access token, as a program. */
export function call(app: { readonly url: string }, path: string, token?: string): Test {
  const request = supertest(app.url).get(path).set('accept', 'application/json')
  return token === undefined ? request : request.set('authorization', `Bearer ${token}`)
}
