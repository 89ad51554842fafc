import type { Response } from 'supertest'
import { expect } from 'vitest'
import type { TestApp } from '../app.ts'
import { test as base } from '../flow.ts'
import { accessToken, apiApp } from './bearer.ts'
import { type DpopCaller, dpopCaller } from './dpop-caller.ts'

const algs = 'RS256 PS256 ES256 EdDSA Ed25519 RS384 RS512 PS384 PS512 ES384 ES512'

/** A test with an API, a program with a key, and a token that is bound to that key. The program knows the nonce. */
export const test = base
  .extend('program', (): Promise<DpopCaller> => dpopCaller())
  .extend(
    'token',
    ({ provider, program }): Promise<string> =>
      accessToken(provider, { cnf: { jkt: program.jkt, 'kc-jkt-type': 'x' } }),
  )
  .extend('api', async ({ start, program, token }): Promise<TestApp> => {
    const app = await start(apiApp())
    expectRefused(await program.call(app, '/api', token), app, NONCE)
    return app
  })

type Expected = readonly [status: number, code: string, error: string]
/** What a request without the nonce of the API gets. */
export const NONCE: Expected = [401, 'ERR_OIDC_DPOP_NONCE_REQUIRED', 'use_dpop_nonce']
/** What a request with a wrong proof gets. */
export const PROOF: Expected = [401, 'ERR_OIDC_DPOP_PROOF_INVALID', 'invalid_dpop_proof']
/** What a request with a wrong token gets. */
export const TOKEN: Expected = [401, 'ERR_OIDC_BEARER_TOKEN_INVALID', 'invalid_token']

/** Refused with this status, code and error, and a challenge that says how to do it right. */
export function expectRefused(
  answer: Response,
  { url }: TestApp,
  [status, code, error]: Expected,
  scheme = 'DPoP',
): void {
  expect([answer.status, answer.body.error]).toEqual([status, code])
  const challenge = scheme === 'DPoP' ? `, algs="${algs}"` : ''
  expect(answer.headers['www-authenticate']).toBe(`${scheme} realm="${url}", error="${error}"${challenge}`)
  expect(answer.headers['cache-control']).toBe('no-store')
}
