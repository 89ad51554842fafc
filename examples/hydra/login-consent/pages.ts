import { escapeHtml, page } from '../page.ts'

const SCOPES: Readonly<Record<string, string>> = {
  openid: 'know who you are',
  profile: 'read your name and roles',
  email: 'read your email address',
  offline_access: 'keep access while you are away',
}

/** Asks for a login and a password. */
export function loginPage(props: { challenge: unknown; client: string; problem?: string }): string {
  const { challenge, client, problem } = props
  return page(
    'Sign in',
    `<p>to continue to <strong>${escapeHtml(client)}</strong></p>
      ${problem ? `<p role="alert">${escapeHtml(problem)}</p>` : ''}
      <form method="post" action="/login">
        ${hidden(challenge)}
        <label for="login">Login</label>
        <input id="login" name="login" autocomplete="username" required autofocus>
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required>
        <button>Sign in</button>
      </form>
      <p>Try <code>alice</code> with <code>wonderland</code>, or <code>bob</code> with <code>builder</code>.</p>`,
  )
}

/** Asks the user to allow what the app requests. */
export function consentPage(props: {
  challenge: unknown
  client: string
  subject: string
  scope: readonly string[]
}): string {
  const { challenge, client, subject, scope } = props
  const items = scope.map(name => `<li>${escapeHtml(SCOPES[name] ?? name)}</li>`)
  return page(
    `Allow ${client}?`,
    `<p>You are signed in as <strong>${escapeHtml(subject)}</strong>. The app would like to:</p>
      <ul>${items.join('')}</ul>
      <form method="post" action="/consent">
        ${hidden(challenge)}
        <button name="decision" value="allow">Allow</button>
        <button class="plain" name="decision" value="deny">Deny</button>
      </form>`,
  )
}

/** Asks whether to sign out of all apps. */
export function logoutPage(challenge: unknown): string {
  return page(
    'Sign out?',
    `<p>All apps that you signed in to here will ask you to sign in again.</p>
      <form method="post" action="/logout">
        ${hidden(challenge)}
        <button name="decision" value="yes">Sign out</button>
        <button class="plain" name="decision" value="no">Stay signed in</button>
      </form>`,
  )
}

export function stillSignedInPage(): string {
  return page('You are still signed in', '<p>You may close this page.</p>')
}

/** Shows an error that Hydra cannot report to the app. */
export function errorPage(error: string, description: string): string {
  return page(
    'Something went wrong',
    `<p role="alert">${escapeHtml(description)}</p><p><code>${escapeHtml(error)}</code></p>`,
  )
}

function hidden(challenge: unknown): string {
  return `<input type="hidden" name="challenge" value="${escapeHtml(String(challenge))}">`
}
