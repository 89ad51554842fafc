import { expect, test } from 'vitest'
import { startProvider } from '../../examples/provider/provider.ts'
import { memoryStore, type SetOptions, type Store } from '../../src/index.ts'
import { startApp } from '../support/app.ts'
import { Browser, signIn } from '../support/browser.ts'

const HOUR = 3_600

/** Seconds, from and up to, by the kind of the key. `undefined` for records that stay. */
const expected: Readonly<Record<string, readonly [from: number, to: number] | undefined>> = {
  client: undefined,
  key: undefined,
  losses: undefined,
  lease: [6, 15],
  used: [11 * 60, 11 * 60],
  tokens: [7.9 * HOUR, 8 * HOUR],
  index: [7.9 * HOUR, 8 * HOUR],
  over: [8 * HOUR + 600, 8 * HOUR + 600],
}

test('every record of a sign-in and a sign-out is kept for as long as it is needed, in seconds', async () => {
  const written: { readonly kind: string; readonly lifetime: number | undefined }[] = []
  const store = recording((key, { lifetime } = {}) => {
    written.push({ kind: key.replace(/:.*/s, ''), lifetime })
  })
  const provider = await startProvider()
  const app = await startApp(provider.issuer, { relyingParty: { store } })
  try {
    const browser = new Browser()
    expect((await signIn(browser, `${app.url}/private`)).text).toContain('Alice')
    await browser.submit(await browser.post(`${app.url}/logout`, {}), { logout: 'yes' })
    await expect.poll(() => new Set(written.map(({ kind }) => kind))).toEqual(new Set(Object.keys(expected)))
  } finally {
    await app.close()
    await provider.close()
  }
  for (const { kind, lifetime } of written) {
    const [from, to] = expected[kind] ?? []
    if (from === undefined || to === undefined) expect(lifetime, kind).toBeUndefined()
    else {
      expect(lifetime, kind).toBeGreaterThanOrEqual(from)
      expect(lifetime, kind).toBeLessThanOrEqual(to)
    }
  }
})

function recording(note: (key: string, options?: SetOptions) => void): Store {
  const memory = memoryStore()
  return {
    ...memory,
    set(key, value, options) {
      note(key, options)
      return memory.set(key, value, options)
    },
  }
}
