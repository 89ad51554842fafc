import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../../src/index.ts'
import { test } from '../../../support/apps/releases.ts'
import { Browser } from '../../../support/browser.ts'
import { expectSignIn } from '../../../support/flow.ts'

const both = { frontchannelLogout: '/frontchannel-logout' } as const

describe('the next reconcile removes', () => {
  test.for<readonly [string, Partial<RelyingPartyOptions>, Partial<RelyingPartyOptions>, readonly string[]]>([
    ['a front channel that is no longer asked for', { routes: both }, {}, ['frontchannel_logout_uri']],
    [
      'a back channel that is switched off',
      {},
      { routes: { backchannelLogout: false } },
      ['backchannel_logout_uri'],
    ],
    [
      'a member that is now null',
      { metadata: { contacts: ['a@b.test'], tos_uri: 'https://app.test/tos' } },
      { metadata: { contacts: null, tos_uri: null } },
      ['contacts', 'tos_uri'],
    ],
  ])('%s, and nothing else', async ([, before, after, removed], { hydra, release }) => {
    await (await release(before)).rp.ready()
    const [first] = structuredClone([...hydra.clients.values()])
    for (const member of removed) expect([member, first?.[member]]).not.toEqual([member, undefined])
    const app = await release(after)
    await app.rp.ready()
    expect(hydra.requestsTo('client').map(({ method }) => method)).toEqual(['GET', 'PUT'])
    const sent = JSON.parse(hydra.requestsTo('client')[1]?.body ?? '{}')
    for (const member of removed) {
      expect(sent).not.toHaveProperty(member)
      expect(sent).not.toHaveProperty(member.replace('_uri', '_session_required'))
    }
    const related = new Set(removed.flatMap(member => [member, member.replace('_uri', '_session_required')]))
    const { redirect_uris, scope, grant_types } = first ?? {}
    expect(sent).toMatchObject({ redirect_uris, scope, grant_types })
    for (const [member, value] of Object.entries(JSON.parse(hydra.requestsTo('register')[0]?.body ?? '{}')))
      if (!related.has(member) && member !== 'id_token_signed_response_alg')
        expect(sent).toMatchObject({ [member]: value }) // Hydra does not know that member
    expect(hydra.clients.size).toBe(1)
    await expectSignIn({ app, browser: new Browser() })
  })
})

describe('a member that is null', () => {
  test.for(['scope', 'grant_types', 'response_types', 'post_logout_redirect_uris', 'client_name'])(
    '(%s) is not sent, and users can sign in',
    async (member, { provider, start, browser }) => {
      const app = await start({ relyingParty: { metadata: { [member]: null } } })
      await expectSignIn({ app, browser })
      expect(JSON.parse(provider.requestsTo('register')[0]?.body ?? '{}')).not.toHaveProperty(member)
      expect(provider.requestsTo('register')).toHaveLength(1)
    },
  )

  test('takes its session requirement with it', async ({ provider, start }) => {
    const metadata = { backchannel_logout_uri: null, frontchannel_logout_uri: null }
    await (await start({ relyingParty: { metadata, routes: both } })).rp.ready()
    expect(provider.requestsTo('register')[0]?.body).not.toMatch(/(back|front)channel/)
  })

  test('stays absent from a replacement', async ({ hydra, release }) => {
    await (await release({ metadata: { scope: null } })).rp.ready()
    await (await release({ metadata: { scope: null, client_name: 'B' } })).rp.ready()
    expect(hydra.requestsTo('client').map(({ method }) => method)).toEqual(['GET', 'PUT'])
    const sent = JSON.parse(hydra.requestsTo('client')[1]?.body ?? '{}')
    expect(sent).toMatchObject({ client_name: 'B' })
    expect(sent).not.toHaveProperty('scope')
  })
})
