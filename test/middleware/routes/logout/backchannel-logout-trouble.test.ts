import session from 'express-session'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../../src/index.ts'
import { test as hydraTest } from '../../../support/hydra-flow.ts'
import {
  isSignedIn,
  logOut,
  logoutToken,
  postLogout,
  showLogin,
  test,
  visit,
} from '../../../support/logout.ts'
import { status } from '../../../support/scripted-provider.ts'

/** A store some of whose calls fail. */
interface BreakableStore extends Store {
  fails: (operation: 'get' | 'set' | 'delete', key: string) => boolean
}

function breakableStore(): BreakableStore {
  const inner = memoryStore()
  const store: BreakableStore = {
    ...inner,
    fails: () => false,
    get: key => attempt('get', key, () => inner.get(key)),
    set: (key, value, options) => attempt('set', key, () => inner.set(key, value, options)),
    delete: (key, options) => attempt('delete', key, () => inner.delete(key, options)),
  }
  async function attempt<Result>(
    operation: 'get' | 'set' | 'delete',
    key: string,
    call: () => Promise<Result>,
  ): Promise<Result> {
    if (store.fails(operation, key)) throw new Error('the disk is full')
    return call()
  }
  return store
}

const AWAY = {
  error: 'temporarily_unavailable',
  error_description: 'The store for client records and logins could not be used.',
}

const faults: readonly (readonly [string, BreakableStore['fails']])[] = [
  ['is away', () => true],
  ['cannot be written', operation => operation === 'set'],
  ['cannot write marks', (operation, key) => operation === 'set' && key.startsWith('over:')],
  ['cannot read the index', (operation, key) => operation === 'get' && key.startsWith('index:')],
  ['cannot change the index', (operation, key) => operation === 'delete' && key.startsWith('index:')],
  ['cannot delete tokens', (operation, key) => operation === 'delete' && key.startsWith('tokens:')],
]

describe('a logout token is answered by 503 and Retry-After, and the same one works later, where', () => {
  test.for(faults)('our store %s', async ([, fails], { start, provider }) => {
    const store = breakableStore()
    const app = await start({ after: showLogin, relyingParty: { store } })
    const visitor = await visit(app)
    const token = await logoutToken(provider, { sid: visitor.sid })
    store.fails = fails
    const answer = await postLogout(app, token)
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([503, '5', AWAY])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    store.fails = () => false
    expect((await postLogout(app, token)).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('our store cannot remember a token for all sessions of a user', async ({ start, provider }) => {
    const store = breakableStore()
    const app = await start({ after: showLogin, relyingParty: { store } })
    const visitor = await visit(app)
    const token = await logoutToken(provider, { sub: visitor.sub })
    store.fails = (operation, key) => operation === 'set' && key.startsWith('logout-token:')
    expect((await postLogout(app, token)).status).toBe(503)
    store.fails = () => false
    expect((await postLogout(app, token)).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('the session store cannot delete', async ({ start, provider }) => {
    const store = new session.MemoryStore()
    const app = await start({ after: showLogin, session: { store } })
    const visitor = await visit(app)
    const token = await logoutToken(provider, { sid: visitor.sid })
    store.destroy = (_id, done) => void setImmediate(() => done?.(new Error('the disk is full')))
    const answer = await postLogout(app, token)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    Reflect.deleteProperty(store, 'destroy')
    expect((await postLogout(app, token)).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('the keys of the provider cannot be read', async ({ start, provider }) => {
    const client = { clientId: 'by-hand' }
    const app = await start({ relyingParty: { client } })
    await app.rp.ready()
    provider.answer('jwks', status(500))
    const token = await logoutToken(provider, { sid: 'any', aud: client.clientId })
    const answer = await postLogout(app, token)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    provider.answer('jwks', undefined)
    expect((await postLogout(app, token)).status).toBe(200)
  })

  test('the provider has not been reached yet', async ({ start, provider }) => {
    const relyingParty = { client: { clientId: 'by-hand' }, providerTimeout: 0.05 }
    provider.answer('discovery', status(500))
    const app = await start({ relyingParty })
    const token = await logoutToken(provider, { sid: 'any', aud: 'by-hand' })
    const answer = await postLogout(app, token)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    provider.answer('discovery', undefined)
    await app.rp.ready()
    expect((await postLogout(app, token)).status).toBe(200)
  })
})

test('a session that cannot be deleted at once is ended by the next that writes it', async ({
  start,
  provider,
}) => {
  const store = new session.MemoryStore()
  const app = await start({ after: showLogin, session: { store } })
  const visitor = await visit(app)
  store.destroy = (_id, done) => void setImmediate(() => done?.(new Error('the disk is full')))
  expect(await logOut(provider, app, { sid: visitor.sid })).toBe(503)
  Reflect.deleteProperty(store, 'destroy')
  await visitor.browser.open(`${app.url}/write`)
  expect(await isSignedIn(visitor, app)).toEqual([false])
})

hydraTest(
  'the tokens of Hydra are taken, and what fails at first succeeds at its retry',
  async ({ hydra, start }) => {
    const store = breakableStore()
    const app = await start({ issuer: hydra.issuer, after: showLogin, relyingParty: { store } })
    hydra.retryWaits = [1, 1]
    const visitor = await visit(app)
    let failures = 1
    store.fails = (operation, key) => operation === 'set' && key.startsWith('over:') && failures-- > 0
    expect(await hydra.deliverLogout(visitor.sid)).toMatchObject([{ answers: [503, 200] }])
    expect(await isSignedIn(visitor, app)).toEqual([false])
  },
)
