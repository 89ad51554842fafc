import type { Settings } from '../../relying-party/settings.ts'
import type { Page } from './page.ts'

/** Asks before signing out, where the request may have come from another site. */
export function buildLogoutConfirmation({ baseUrl, routes }: Settings, returnTo: string): Page {
  return {
    title: `Sign out of ${new URL(baseUrl).host}?`,
    paragraphs: ['This ends your session here and at the provider that you signed in with.'],
    actions: [
      { label: 'Sign out', href: baseUrl + (routes.logout ?? ''), method: 'post', fields: { returnTo } },
      { label: 'Stay signed in', href: `${baseUrl}/` },
    ],
  }
}
