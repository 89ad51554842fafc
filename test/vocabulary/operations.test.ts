import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test } from 'vitest'
import { type OidcOperation, traced } from '../../src/vocabulary/operations.ts'

const steps = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
const nameOf = (step: string): string => `tracing:express-oidc-rp:refresh:${step}`
const issuer = 'https://op.test'
const settings = { issuer, clientSecret: 'a secret' }

function listen(name: string, listener: (message: OidcOperation) => void): void {
  const onMessage = (message: unknown): void => listener(message as OidcOperation)
  subscribe(name, onMessage)
  onTestFinished(() => void unsubscribe(name, onMessage))
}

/** Every message of the channel as it was when it came. */
function heard(): [step: string, message: object][] {
  const messages: [string, object][] = []
  for (const step of steps) listen(nameOf(step), message => messages.push([step, { ...message }]))
  return messages
}

test('without subscribers, an operation is only run', async () => {
  const promise = Promise.resolve('a token')
  expect(traced('refresh', settings, () => promise)).toBe(promise)
  heard()
  const observed = traced('refresh', settings, () => promise)
  expect(observed).not.toBe(promise)
  expect(await observed).toBe('a token')
})

test('its messages have neither its settings nor its result', async () => {
  const messages = heard()
  await traced('refresh', { ...settings, name: 'shop' }, async () => ({ accessToken: 'a token' }))
  const message = { issuer, name: 'shop' }
  expect(messages).toEqual([
    ['start', message],
    ['end', message],
    ['asyncStart', { ...message, result: undefined }],
    ['asyncEnd', { ...message, result: undefined }],
  ])
})

test('a failure is published, and is still the one of the operation', async () => {
  const messages = heard()
  const error = new Error('refused')
  await expect(traced('refresh', settings, () => Promise.reject(error))).rejects.toBe(error)
  expect(messages.map(([step]) => step)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
  expect(messages.at(-1)).toEqual(['asyncEnd', { issuer, error }])
})

test('a subscriber runs it inside a function of its own, and so does another one', async () => {
  const said: string[] = []
  for (const name of ['first', 'second'])
    listen(nameOf('start'), operation => {
      const { wrap = run => run() } = operation
      operation.wrap = async run => {
        said.push(`${name} begins`)
        const result = await wrap(run)
        said.push(`${name} ends`)
        return result
      }
    })
  const result = await traced('refresh', settings, async () => {
    said.push('it runs')
    return 'done'
  })
  expect(result).toBe('done')
  expect(said).toEqual(['second begins', 'first begins', 'it runs', 'first ends', 'second ends'])
})

test('a storage that is bound to the channel holds the operation while it runs', async () => {
  const storage = new AsyncLocalStorage<object>()
  const start = channel(nameOf('start'))
  start.bindStore(storage, message => message as object)
  onTestFinished(() => void start.unbindStore(storage))
  const during = await traced('refresh', settings, async () => storage.getStore())
  expect(during).toMatchObject({ issuer })
  expect(storage.getStore()).toBeUndefined()
})
