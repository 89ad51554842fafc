import type { Settings } from '../../relying-party/options/settings.ts'
import type { Page } from './page.ts'

/** Leads on to the start page, by itself. */
export function buildContinuation({ baseUrl }: Settings): Page {
  return {
    title: 'One moment',
    paragraphs: ['You are not signed in. The page opens at once.'],
    actions: [{ label: 'Go on', href: `${baseUrl}/` }],
    next: `${baseUrl}/`,
  }
}
