import type { EndSessionForm } from '../../protocol/sign-in/end-session.ts'
import type { LogoutConfirmation } from '../../relying-party/options/hooks.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { Page } from './page.ts'

/** The form that confirms a sign-out. */
export function buildConfirmation({ baseUrl, routes }: Settings, returnTo: string): LogoutConfirmation {
  return { action: baseUrl + (routes.logout ?? ''), fields: { returnTo } }
}

/** Asks before signing out, if the request may have come from another site. */
export function buildLogoutConfirmation({ baseUrl }: Settings, { action, fields }: LogoutConfirmation): Page {
  return {
    title: `Sign out of ${new URL(baseUrl).host}?`,
    paragraphs: ['This ends your session here and at the provider that you signed in with.'],
    actions: [
      { label: 'Sign out', href: action, method: 'post', fields },
      { label: 'Stay signed in', href: `${baseUrl}/` },
    ],
  }
}

/** Continues to the provider automatically. The button is for browsers without scripts. */
export function buildLogoutForm({ baseUrl }: Settings, { action, fields }: EndSessionForm): Page {
  return {
    title: `You are signed out of ${new URL(baseUrl).host}`,
    paragraphs: ['Continue to sign out at the provider, too.'],
    actions: [{ label: 'Continue', href: action, method: 'post', fields }],
    submits: true,
  }
}
