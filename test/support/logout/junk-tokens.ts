import { randomBytes } from 'node:crypto'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { logoutClaims, logoutToken } from './tokens.ts'

const random = (bytes = 24): string => randomBytes(bytes).toString('base64url')
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Makes logout tokens with key ids that are made up, which only the provider's keys can tell. */
export async function unknownKeyTokens(provider: ScriptedProvider): Promise<() => string> {
  const [, , signature = ''] = (await logoutToken(provider, { sid: 'any' })).split('.')
  return () => {
    const header = encoded({ alg: 'RS256', typ: 'logout+jwt', kid: random() })
    return `${header}.${encoded(logoutClaims(provider, { sid: random() }))}.${signature}`
  }
}

/** What an attacker can send, different each time: from junk that is recognized at once to tokens whose signature must be verified. */
export async function junkTokens(provider: ScriptedProvider): Promise<readonly (() => string)[]> {
  const claims = (more: object): object => logoutClaims(provider, { sid: random(), ...more })
  const [header = '', , signature = ''] = (await logoutToken(provider, { sid: 'any' })).split('.')
  const old = await logoutToken(provider, { sid: 'any', iat: 1_700_000_000, exp: 1_700_000_100 })
  const unsigned = encoded({ alg: 'none', typ: 'logout+jwt' })
  return [
    () => '',
    () => random(),
    () => random(20_000),
    () => `${random()}.${random()}.${random()}`,
    () => `${unsigned}.${encoded(claims({}))}.`,
    () => `${header}.${encoded(claims({ aud: random() }))}.${signature}`,
    () => `${header}.${encoded(claims({ iss: 'https://other.example' }))}.${signature}`,
    await unknownKeyTokens(provider),
    () => `${header}.${encoded(claims({}))}.${signature}`,
    () => old,
  ]
}
