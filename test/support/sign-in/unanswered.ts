import type { TestApp } from '../app.ts'
import { Browser } from '../browser.ts'
import { pass } from '../clock.ts'

/** Begins sign-ins that never return. */
export async function beginSignIns(app: TestApp, count: number, apart: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    if (index > 0) pass(apart)
    await new Browser().open(`${app.url}/login`, { follow: false })
  }
}
