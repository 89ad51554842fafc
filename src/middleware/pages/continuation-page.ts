import type { Settings } from '../../relying-party/options/settings.ts'
import type { Page } from './page.ts'

/** Continues to the start page automatically. */
export function buildContinuation({ baseUrl }: Settings): Page {
  return {
    title: 'One moment',
    paragraphs: ['You are not signed in. The page opens in a moment.'],
    actions: [{ label: 'Continue', href: `${baseUrl}/` }],
    next: `${baseUrl}/`,
  }
}
