import { users } from './users.ts'

const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; accent-color: #2563eb }
  body { margin: 10vh auto; padding: 0 1.25rem; max-width: 26rem }
  h1 { font-size: 1.5rem; line-height: 1.2 }
  label { display: block; margin-top: 1rem; font-weight: 600 }
  input { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit }
  button { margin: 1.25rem .5rem 0 0; padding: .6rem 1.5rem; border: 1px solid #8888; border-radius: .375rem; font: inherit }
  button:first-of-type { border-color: #2563eb; background: #2563eb; color: #fff }
  aside { margin-top: 2rem; padding: .25rem 1rem; border: 1px solid #8888; border-radius: .5rem }
  [role=alert] { padding: .6rem 1rem; border-left: .25rem solid #dc2626 }
`

const SCOPES: Readonly<Record<string, string>> = {
  openid: 'know who you are',
  profile: 'read your name and roles',
  email: 'read your email address',
  offline_access: 'keep access while you are away',
}

/** Builds the page that asks for a login and a password. */
export function loginPage(page: { action: string; client: string; login: string; problem?: string }): string {
  const rows = users.map(
    user => `<li><code>${user.login}</code>, password <code>${user.password}</code></li>`,
  )
  return layout(
    'Sign in',
    `<p>to continue to <strong>${escapeHtml(page.client)}</strong></p>
    ${page.problem ? `<p role="alert">${escapeHtml(page.problem)}</p>` : ''}
    <form method="post" action="${escapeHtml(page.action)}">
      <label for="login">Login</label>
      <input id="login" name="login" value="${escapeHtml(page.login)}" autocomplete="username" required autofocus>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required>
      <button type="submit">Sign in</button>
    </form>
    <aside><p>This is a local test provider. Its users:</p><ul>${rows.join('')}</ul></aside>`,
  )
}

/** Builds the page that asks the user to allow what the client requests. */
export function consentPage(page: {
  action: string
  client: string
  user: string
  scopes: string[]
}): string {
  const rows = page.scopes.map(scope => {
    const meaning = SCOPES[scope]
    return `<li>${meaning ? `${meaning} ` : ''}(<code>${escapeHtml(scope)}</code>)</li>`
  })
  return layout(
    `Allow ${page.client}?`,
    `<p>You are signed in as <strong>${escapeHtml(page.user)}</strong>.</p>
    <p><strong>${escapeHtml(page.client)}</strong> would like to:</p>
    <ul>${rows.join('') || '<li>use the access that you granted before</li>'}</ul>
    <form method="post" action="${escapeHtml(page.action)}">
      <button type="submit" name="decision" value="allow">Allow</button>
      <button type="submit" name="decision" value="deny">Deny</button>
    </form>`,
  )
}

/** Builds the page that asks the user to confirm a sign-out. `form` comes from oidc-provider; the buttons submit it. */
export function logoutPage(form: string, client: string | undefined): string {
  return layout(
    'Sign out of the provider?',
    `<p>${client ? `You are signed out of <strong>${escapeHtml(client)}</strong>. ` : ''}All apps that
    you signed in to here will ask you to sign in again.</p>
    ${form}
    <button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Yes, sign out</button>
    <button type="submit" form="op.logoutForm">No, stay signed in</button>`,
  )
}

/** Builds the page shown after a sign-out that does not return to a client. */
export function signedOutPage(client: string | undefined): string {
  return layout(
    'You are signed out',
    client ? `<p>You have signed out of ${escapeHtml(client)}.</p>` : '<p>You may close this page.</p>',
  )
}

/** Builds the page for an error that cannot be reported to the client. */
export function errorPage(error: string, description = 'There is no further explanation.'): string {
  return layout(
    'Something went wrong',
    `<p role="alert">${escapeHtml(description)}</p><p><code>${escapeHtml(error)}</code></p>`,
  )
}

function layout(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <link rel="icon" href="data:,">
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
    <h1>${escapeHtml(title)}</h1>
    ${body}
    </main>
  </body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
