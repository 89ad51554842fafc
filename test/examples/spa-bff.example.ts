import type { Browser as Chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalProvider, startProvider } from '../../examples/provider/provider.ts'
import { chromiumIsMissing, launchChromium, takeAllPictures, visitor } from '../support/browser/chromium.ts'
import { type Example, installExample } from './example.ts'

let example: Example

beforeAll(async () => {
  example = await installExample('spa-bff')
})

afterAll(() => example.remove())

test('has types, and tests of its own that pass', async () => {
  expect(await example.run('check')).toBe('') // tsc
  expect(await example.run('test')).toMatch(/Tests .*\d+ passed/)
})

describe.skipIf(chromiumIsMissing())('in Chromium', () => {
  let chromium: Chromium
  let provider: LocalProvider

  beforeAll(async () => {
    chromium = await launchChromium()
    provider = await startProvider()
  })

  afterAll(async () => {
    await chromium.close()
    await provider.close()
  })

  test('`npm run dev` signs in and out without asking', async () => {
    const { url } = await example.start('dev')
    const alice = await visitor(chromium)
    const tab = await alice.tab()
    await tab.goto(url)
    await tab.getByRole('link', { name: 'Sign in' }).click()
    await tab.getByRole('button', { name: 'Sign out' }).click()
    await tab.getByRole('link', { name: 'Sign in' }).waitFor()
    expect([tab.url(), alice.troubles]).toEqual([`${url}/`, []])
    await alice.close()
  })

  test('`npm start` keeps notes, and what was typed when the session ended', async () => {
    const { url } = await example.start('start', { ISSUER_BASE_URL: provider.issuer })
    const alice = await visitor(chromium)
    const tab = await alice.tab()
    await tab.goto(`${url}/?page=1`)
    await tab.getByRole('link', { name: 'Sign in' }).waitFor()
    await takeAllPictures(tab, 'spa-bff-signed-out')
    await tab.getByRole('link', { name: 'Sign in' }).click()
    await tab.getByLabel('Login').fill('alice')
    await tab.getByLabel('Password').fill('wonderland')
    await tab.getByRole('button', { name: 'Sign in' }).click()
    await tab.getByRole('button', { name: 'Allow' }).click()
    await tab.getByText('You are signed in as Alice Liddell.').waitFor()

    await tab.getByLabel('New note').fill('Feed the cat')
    await tab.getByRole('button', { name: 'Add' }).click()
    await tab.getByText('Feed the cat').waitFor()
    await takeAllPictures(tab, 'spa-bff-notes')

    await tab.goto(`${url}/?page=2`)
    await tab.getByLabel('New note').fill('Paint the roses')
    await tab.context().clearCookies({ domain: 'localhost' })
    const isBack = tab.waitForEvent('domcontentloaded')
    await tab.getByRole('button', { name: 'Add' }).click()
    await isBack
    expect(tab.url()).toBe(`${url}/?page=2`)
    await tab.getByText('You are signed in as Alice Liddell.').waitFor()
    expect(await tab.getByLabel('New note').inputValue()).toBe('Paint the roses')
    await tab.getByRole('button', { name: 'Add' }).click()
    await tab.getByText('Paint the roses').waitFor()

    await tab.getByRole('button', { name: 'Sign out' }).click()
    await tab.getByRole('button', { name: 'Yes, sign out' }).click()
    await tab.getByRole('link', { name: 'Sign in' }).waitFor()
    expect(alice.troubles.filter(trouble => !trouble.includes('401'))).toEqual([])
    await alice.close()
  })
})
