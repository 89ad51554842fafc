import type { EndSessionForm } from '../../protocol/sign-in/end-session.ts'
import type { LogoutConfirmation } from '../../relying-party/options/hooks.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { Page } from './page.ts'

/** What a request to sign out asks for, as it was sent. */
export interface LogoutFields {
  readonly returnTo: string
  readonly provider: string | undefined
}

/** The form that confirms a sign-out. */
export function buildConfirmation(
  { baseUrl, routes }: Settings,
  { returnTo, provider }: LogoutFields,
): LogoutConfirmation {
  const fields = provider === undefined ? { returnTo } : { returnTo, provider }
  return { action: baseUrl + (routes.logout ?? ''), fields }
}

/** Asks before signing out, if the request may have come from another site. */
export function buildLogoutConfirmation(
  { baseUrl }: Settings,
  { action, fields }: LogoutConfirmation,
  { isLocal }: { readonly isLocal: boolean },
): Page {
  return {
    title: `Sign out of ${new URL(baseUrl).host}?`,
    paragraphs: [
      isLocal
        ? 'This ends your session here. You stay signed in at the provider that you signed in with.'
        : 'This ends your session here and at the provider that you signed in with.',
    ],
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
