import type { Settings } from '../../relying-party/settings.ts'
import type { Page } from './page.ts'

/** Asks before signing out, where the request may have come from another site. */
export function buildLogoutConfirmation({ baseUrl, routes }: Settings, returnTo: string): Page {
  return {
    title: 'Sign out?',
    paragraphs: [
      'You followed a link that signs you out of this app and of the provider that you signed in with.',
    ],
    actions: [
      { label: 'Sign out', href: baseUrl + (routes.logout ?? ''), method: 'post', fields: { returnTo } },
      { label: 'Stay signed in', href: `${baseUrl}/` },
    ],
  }
}
