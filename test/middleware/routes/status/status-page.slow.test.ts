import { describe, expect } from 'vitest'
import { test as base, reachAnswer } from '../../../support/apps/reported-app.ts'
import {
  chromiumIsMissing,
  launchChromium,
  takeAllPictures,
  visitor,
} from '../../../support/browser/chromium.ts'
import { Browser } from '../../../support/browser.ts'

const test = base.extend('chromium', async ({ onTestFinished }) => {
  const chromium = await launchChromium()
  onTestFinished(() => chromium.close())
  return chromium
})

describe.skipIf(chromiumIsMissing())('in Chromium, the page of the status', () => {
  test('is shown as it was made, and fits a phone', async ({ op, reported, chromium, browser }) => {
    await browser.open(`${reported.url}/private`)
    const someone = await visitor(chromium)
    const tab = await someone.tab()
    await tab.goto(`${reported.url}/status`)
    expect(await tab.title()).toBe(`Sign-in status of ${new URL(reported.url).host}`)
    await takeAllPictures(tab, 'status-ready')

    const late = new Browser()
    const callback = await reachAnswer(late, reported)
    await op.stop()
    await late.open(callback.href)
    await late.open(`${reported.url}/callback?state=made-up&code=made-up`)
    await tab.getByRole('link', { name: 'Reload' }).click()
    await tab.getByText('The provider did not answer').waitFor()
    await takeAllPictures(tab, 'status-away')

    await tab.setViewportSize({ width: 390, height: 844 })
    const tooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
    expect(await tab.evaluate(tooWide)).toBe(false)
    expect(someone.troubles).toEqual([])
  })
})
