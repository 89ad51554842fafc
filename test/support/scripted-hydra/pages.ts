import type { Answer } from '../scripted-provider/exchange.ts'
import { acceptLogout } from './logout.ts'
import { answerPage } from './sign-in.ts'
import type { HydraState } from './state.ts'
import { escapeHtml, parametersOf, redirect, sendPage } from './wire.ts'

/** Stands for the login, consent and logout app, which is not part of Hydra (Hydra facts §7). */
export function pages(state: HydraState): Answer {
  return function pages(request, response) {
    const asked = parametersOf(request)
    if (request.path === '/ui/logout') {
      return redirect(response, 302, acceptLogout(state, asked.get('logout_challenge')))
    }
    if (request.path === '/ui/consent') {
      return redirect(response, 302, answerPage(state, 'consent', asked.get('consent_challenge')))
    }
    const challenge = asked.get('login_challenge') ?? ''
    if (request.method === 'POST') return redirect(response, 302, answerPage(state, 'login', challenge))
    const input = `<input type="hidden" name="login_challenge" value="${escapeHtml(challenge)}">`
    sendPage(response, 200, `<form method="post" action="/ui/login">${input}<button>Sign in</button></form>`)
  }
}

/** Hydra facts §3.1: the pages where a browser ends that nobody takes further. */
export function fallbacks(): Answer {
  return function fallbacks(request, response) {
    if (request.path.endsWith('/logout/callback'))
      return sendPage(response, 200, '<p>You logged out successfully!</p>')
    const { error = '', error_description = '' } = Object.fromEntries(request.query)
    sendPage(response, 500, `<h1>${escapeHtml(error)}</h1><p>${escapeHtml(error_description)}</p>`)
  }
}
