import { expect } from 'vitest'
import { servedKids } from '../../support/apps/replicas.ts'
import type { FlowApp } from '../matrix/flow.ts'
import { until } from '../matrix/flow.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { facts } from '../matrix/providers.ts'
import { signOut } from '../matrix/sign-out.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'opens what is encrypted for it'({ start, provider }) {
    const parts: number[] = []
    const watchedFetch: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init)
      const text = await answer.clone().text()
      if (/^[\w-]+(\.[\w-]*){4}$/.test(text)) parts.push(5)
      const { id_token: idToken } = text.startsWith('{') ? JSON.parse(text) : {}
      if (typeof idToken === 'string') parts.push(idToken.split('.').length)
      return answer
    }
    const metadata = {
      id_token_encrypted_response_alg: 'RSA-OAEP',
      userinfo_encrypted_response_alg: 'RSA-OAEP',
      userinfo_signed_response_alg: facts[provider.name].signingAlgorithm,
    }
    const one = await start({ relyingParty: { metadata, fetch: watchedFetch } })
    await signedIn(one)
    expect(await one.rp.rotate()).toBe('keys')
    const browser = await signedIn(one)
    expect(parts, one.log.join('\n')).toEqual([5, 5, 5, 5])

    const other = await start()
    expect((await visit(browser, other)).status).toBe(200)
    await signOut(browser, other)
    await until('the login at the first app ends', async () => (await one.userOf(browser)) === null)
    await signOut(await signedIn(one), one)
    expect(await one.clients()).toHaveLength(1)
  },

  async 'serves its keys'({ start }) {
    const app = await start({ relyingParty: { routes: { jwks: '/jwks.json' } } })
    await signedIn(app)
    expect(await app.rp.rotate()).toBe('keys')
    expect(await servedKids(app)).toHaveLength(2)
    await signedIn(app)
    expect([(await app.clients()).length, app.registrations()]).toEqual([1, 1])
  },
})

async function signedIn(app: FlowApp): Promise<PersonalBrowser> {
  const browser = new PersonalBrowser({ loadsFrames: false })
  expect((await visit(browser, app)).status, app.log.join('\n')).toBe(200)
  expect(await app.userOf(browser)).not.toBeNull()
  return browser
}
