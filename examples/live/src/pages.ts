import type { ProviderControls } from './provider-controls.ts'
import type { LibraryState } from './watch-library.ts'

interface User {
  readonly sub: string
  readonly name?: string
}

/** Builds the page for visitors who are not signed in. */
export function welcomePage({ provider, client }: LibraryState, controls?: ProviderControls): string {
  const isUp = provider.state === 'up'
  const canStart = provider.state === 'down' && controls !== undefined
  const steps = [
    step(isUp, discovery[provider.state]),
    step(
      client.clientId !== undefined,
      client.clientId ? registration[client.origin ?? 'given'] : 'No client yet',
    ),
    step(false, 'You are not signed in'),
  ]
  const main = `<main class="welcome card">
      <h1>An app that looks after its own sign-in</h1>
      <p class="about">It finds its provider and registers itself: nobody copies a client secret. Sign in, and watch what the library
      does while it happens.</p>
      <ol class="steps">${steps.join('')}</ol>
      ${canStart ? button('/actions/provider/start', 'Start the provider') : '<p><a class="button" href="/login?returnTo=/">Sign in</a></p>'}
    </main>`
  return layout({ title: 'Live', main, ...(!isUp && { refresh: 2 }) })
}

/** Builds the page for a user. `public/live.js` fills it with what the app says, and keeps it up to date. */
export function livePage(user: User, controls?: ProviderControls): string {
  const header = `<p class="connection" id="connection" role="status" data-state="connecting">Connecting</p>
      <p class="user" id="user">${escapeHtml(user.name ?? user.sub)}</p>
      <form method="post" action="/logout" id="sign-out"><button>Sign out</button></form>`
  const main = `<main class="live">
      <h1>What the library is doing</h1>
      <p id="problem" role="alert" hidden></p>
      ${endedCard()}
      ${providerCard(controls)}
      ${clientCard()}
      ${sessionsCard(user, controls)}
      <section class="card log" aria-labelledby="events-title">
        <h2 id="events-title">Events</h2>
        <ol id="events" role="log" tabindex="0" aria-labelledby="events-title"></ol>
      </section>
    </main>
    <noscript><p role="alert">This page needs JavaScript to show events while they happen.</p></noscript>`
  return layout({ title: 'Live', header, main, script: '/live.js' })
}

const discovery = {
  up: 'The provider is discovered',
  down: 'The provider cannot be reached now',
  unknown: 'The provider is not discovered yet',
}

const registration = {
  registered: 'The app registered itself as a client',
  reused: 'The app reuses the client that it registered',
  given: 'The app has a client',
}

function providerCard(controls?: ProviderControls): string {
  const buttons =
    controls &&
    button('/actions/provider/stop', 'Stop the provider', 'when-up') +
      button('/actions/provider/start', 'Start the provider', 'when-down')
  return card({
    id: 'provider',
    title: 'Provider',
    about: `<span class="when-up">If it goes down, users stay signed in. When it is back, everything works again without a restart.</span>
          <span class="when-down">You are still signed in. When it is back, sign-in works again without a restart.</span>`,
    buttons,
  })
}

function clientCard(): string {
  return card({
    id: 'client',
    title: 'Client',
    about: 'An app that registered itself also renews its credentials. No sign-in fails meanwhile.',
    buttons: button('/actions/rotate', 'Rotate the credentials'),
  })
}

function sessionsCard(user: User, controls?: ProviderControls): string {
  const atProvider = controls?.endSession
    ? button('/actions/provider/end-session', 'End at the provider', 'when-up')
    : ''
  return card({
    id: 'sessions',
    title: `Sessions of ${escapeHtml(user.name ?? user.sub)}`,
    about: 'When the provider ends a session, it is over on every replica, and its page ends too.',
    buttons: atProvider + button('/actions/sign-out-everywhere', 'Sign out everywhere'),
  })
}

/** What a card says now, and its rows, come with the event stream. */
function card(parts: { id: string; title: string; about: string; buttons?: string | undefined }): string {
  const { id, title, about, buttons } = parts
  return `<section class="card" id="${id}" aria-labelledby="${id}-title">
        <h2 id="${id}-title">${title}</h2>
        <p class="headline">…</p>
        <ul class="rows"></ul>
        <p class="about">${about}</p>
        ${buttons ? `<div class="buttons">${buttons}</div>` : ''}
      </section>`
}

function endedCard(): string {
  return `<section class="card ended" aria-live="polite" hidden>
        <p class="headline">This session has ended</p>
        <p id="reason"></p>
        <p><a class="button" href="/login?returnTo=/">Sign in again</a></p>
      </section>`
}

/** A form, because it works without scripts, too. `public/live.js` sends it in the background. */
function button(action: string, text: string, name = ''): string {
  return `<form method="post" action="${action}" data-action class="${name}"><button>${text}</button></form>`
}

function step(isDone: boolean, text: string): string {
  return `<li${isDone ? ' class="done"' : ''}>${text}</li>`
}

interface Layout {
  readonly title: string
  readonly header?: string
  readonly main: string
  readonly script?: string
  readonly refresh?: number
}

function layout({ title, header = '', main, script, refresh }: Layout): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    ${refresh ? `<meta http-equiv="refresh" content="${refresh}">` : ''}
    <title>${title} – express-oidc-rp</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/live.css">
    ${script ? `<script type="module" src="${script}"></script>` : ''}
  </head>
  <body>
    <header>
      <p class="brand">express-oidc-rp</p>
      ${header}
    </header>
    ${main}
  </body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
