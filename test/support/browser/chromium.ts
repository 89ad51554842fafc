import { join } from 'node:path'
import { type BrowserContext, type Browser as Chromium, chromium, type Page } from 'playwright-core'
import { isMissing } from '../processes/missing.ts'

const PROGRAM = '/usr/bin/chromium'
const SCREENSHOTS = new URL('../../../screenshots/', import.meta.url).pathname

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

/** Whether tests in Chromium must be skipped. */
export function chromiumIsMissing(): boolean {
  return isMissing(PROGRAM, 'Chromium', 'apt-get install -y chromium')
}

/** Starts Chromium without a window and with a profile of its own, which is removed when it is closed. */
export function launchChromium(flags: readonly string[] = []): Promise<Chromium> {
  return chromium.launch({ executablePath: PROGRAM, headless: true, args: [...FLAGS, ...flags] })
}

export interface Visitor {
  /** Opens a tab. */
  readonly tab: () => Promise<Page>
  /** What went wrong in any tab: errors on the console, violations of a Content-Security-Policy among them. */
  readonly troubles: readonly string[]
  readonly close: () => Promise<void>
}

/** A person with a fresh browser: no cookies, no history. */
export async function visitor(browser: Chromium): Promise<Visitor> {
  const context: BrowserContext = await browser.newContext({ viewport: DESKTOP, colorScheme: 'light' })
  const troubles: string[] = []
  context.on('weberror', error => troubles.push(String(error.error())))
  context.on('console', message => {
    // A page that comes with status 4xx or 5xx is reported as a resource that failed to load.
    const isPage =
      message.text().startsWith('Failed to load resource') &&
      isAddressOf(message.page(), message.location().url)
    if (message.type() === 'error' && !isPage) troubles.push(`${message.location().url}: ${message.text()}`)
  })
  return { tab: () => context.newPage(), troubles, close: () => context.close() }
}

function isAddressOf(page: Page | null, url: string): boolean {
  return page !== null && page.url() === url
}

/** Takes a picture of a page. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

/** Takes pictures of a page of ours: on a desk and on a phone, in light and in dark. */
export async function takeAllPictures(page: Page, name: string): Promise<void> {
  for (const [device, size] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await takePicture(page, `${name}-${device}-${colorScheme}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(DESKTOP)
}
