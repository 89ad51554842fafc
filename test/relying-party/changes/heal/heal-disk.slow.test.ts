import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { embeddedStore } from '../../../../src/index.ts'
import { Browser } from '../../../support/browser.ts'
import { stopClock, until } from '../../../support/clock.ts'
import { mountSmallDisk, type SmallDisk, smallDiskIsMissing } from '../../../support/faults/small-disk.ts'
import { expectSignIn, test as scripted } from '../../../support/flow.ts'

stopClock()

describe.skipIf(smallDiskIsMissing())('a disk', () => {
  const test = scripted.extend('disk', async ({ directory, onTestFinished }): Promise<SmallDisk> => {
    await mkdir(directory, { recursive: true })
    const disk = mountSmallDisk(directory)
    onTestFinished(() => disk.remove())
    return disk
  })

  test('that is full gets no registration, and the message names the folder', async ({
    provider,
    start,
    disk,
    directory,
  }) => {
    await disk.fill()
    const app = await start({ relyingParty: { store: embeddedStore(join(directory, 'records')) } })
    await until(() => app.rp.status().lastError !== undefined)
    expect(app.rp.status().lastError).toMatchObject({
      code: 'ERR_OIDC_STORE_UNAVAILABLE',
      message: expect.stringContaining(directory),
    })
    expect(provider.requestsTo('register')).toHaveLength(0)
    await disk.empty()
    await app.rp.ready()
    await expectSignIn({ app, browser: new Browser() })
  })

  test('that is full after the first sign-in stops no sign-in, and the credentials stay until they can be written', async ({
    provider,
    start,
    disk,
    directory,
  }) => {
    const records = join(directory, 'records')
    const app = await start({ relyingParty: { store: embeddedStore(records) } })
    const browser = new Browser()
    await expectSignIn({ app, browser })
    const { clientId, generation } = app.rp.status()
    await disk.fill()
    await expectSignIn({ app, browser: new Browser() })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_UNAVAILABLE' })
    expect(provider.requestsTo('client')).toHaveLength(0)
    const next = await start({ relyingParty: { store: embeddedStore(records), baseUrl: app.url } })
    await next.rp.ready()
    expect(next.rp.status()).toMatchObject({ clientId, generation })
    await disk.empty()
    await app.rp.rotate()
    expect(app.rp.status().generation).toBeGreaterThan(generation ?? 0)
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  test('that is read-only gets no registration, and serves the client that it holds', async ({
    provider,
    start,
    disk,
    directory,
  }) => {
    disk.set('ro')
    const early = await start({ relyingParty: { store: embeddedStore(join(directory, 'records')) } })
    await until(() => early.rp.status().lastError?.code === 'ERR_OIDC_STORE_UNAVAILABLE')
    expect(provider.requestsTo('register')).toHaveLength(0)
    disk.set('rw')
    await early.rp.ready()
    await expectSignIn({ app: early, browser: new Browser() })
    disk.set('ro')
    const next = await start({
      relyingParty: { store: embeddedStore(join(directory, 'records')), baseUrl: early.url },
    })
    await next.rp.ready()
    expect(next.rp.status().clientId).toBe(early.rp.status().clientId)
    const begun = await new Browser().open(`${next.url}/login`, { follow: false })
    expect(begun.status).toBe(303)
    expect(provider.requestsTo('register')).toHaveLength(1)
  })
})
