import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { memoryStore } from '../../../../src/index.ts'
import { expectRefusal, test } from '../../../support/flow.ts'

describe('the store', () => {
  test.for([
    ['is empty', ''],
    ['is cut off', '{"key":"client:'],
    ['holds something else', '{"a":1}'],
    ['holds a record that is not one', '{"key":"k","id":"i","value":"{}"}'],
  ] as const)(
    'whose record %s stops sign-in with the name of the file or folder, and registers nothing',
    async ([, content], { provider, start, directory, browser }) => {
      await (await start({ directory })).rp.ready()
      const names = (await readdir(directory)).filter(name => name.startsWith('client'))
      for (const name of names) await writeFile(join(directory, name), content)
      const app = await start({ directory })
      await expectRefusal(await browser.open(`${app.url}/login`), [503, 'ERR_OIDC_STORE_CORRUPT'], {
        app,
        browser,
      })
      expect(app.log.join('\n')).toMatch(new RegExp(`${directory}.* cannot be read\\. Restore it`))
      expect((await browser.open(`${app.url}/`)).text).toBe('public')
      expect(provider.requestsTo('register')).toHaveLength(1)
    },
  )

  test('that cannot be written gets no registration', async ({ provider, start, browser }) => {
    const set = () => Promise.reject(new Error('the disk is full'))
    const app = await start({ relyingParty: { store: { ...memoryStore(), set } } })
    await expectRefusal(await browser.open(`${app.url}/login`), [503, 'ERR_OIDC_STORE_UNAVAILABLE'], {
      app,
      browser,
    })
    expect(app.log.join('\n')).toContain('the disk is full')
    expect(provider.requestsTo('register')).toHaveLength(0)
  })

  test('that never answers gets no registration', async ({ provider, start }) => {
    const never = () => new Promise<never>(() => {})
    const app = await start({ relyingParty: { store: { ...memoryStore(), get: never } } })
    await expect.poll(() => app.rp.status().lastError?.message).toContain('no answer within 2 s')
    expect(provider.requestsTo('register')).toHaveLength(0)
  })
})
