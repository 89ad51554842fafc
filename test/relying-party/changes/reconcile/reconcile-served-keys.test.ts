import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import { kidsOf, servedKids, startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { expectSignIn, test } from '../../../support/flow.ts'

const routes = { jwks: '/jwks.json' } as const

describe('an app that begins to serve its keys', () => {
  test('registers their address in place of the keys, and the keys again when it ends', async ({
    provider,
    start,
  }) => {
    const watched = watchedStore()
    const [first] = await startReplicas(start, 1, { store: watched.store })
    const registered = () => [...provider.clients.values()][0]
    const [kid] = kidsOf(registered()?.jwks)
    await first.close()
    const baseUrl = first.url
    const url = new URL(first.url)
    const port = Number(url.port)
    const again = async (paths: { readonly jwks?: string }): Promise<TestApp> => {
      const app = await start({
        port,
        relyingParty: { store: watched.store, name: 'app', baseUrl, routes: paths },
      })
      await app.rp.ready()
      return app
    }

    const serving = await again(routes)
    expect(registered()).toMatchObject({ jwks_uri: `${baseUrl}/jwks.json` })
    expect(registered()).not.toHaveProperty('jwks')
    expect(await servedKids(serving)).toEqual([kid])
    await expectSignIn({ app: serving, browser: new Browser() })
    await serving.rp.rotate()
    const [, next] = await servedKids(serving)
    await serving.close()

    const sending = await again({})
    expect(registered()).not.toHaveProperty('jwks_uri')
    expect(kidsOf(registered()?.jwks)).toEqual([kid, next])
    await expectSignIn({ app: sending, browser: new Browser() })
    expect(provider.clients.size).toBe(1)
  })
})
