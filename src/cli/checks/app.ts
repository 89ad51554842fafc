import { settingsAtAddresses } from '../../relying-party/options/settings.ts'
import { type AppAnswer, askApp, askSetup, whyUnreached } from './ask-app.ts'
import type { CheckContext } from './check.ts'
import { type Finding, skipped } from './finding.ts'
import { checkHost } from './host.ts'
import { checkLogin } from './login.ts'
import { checkProxy, checkSession, sessionUnknown } from './session.ts'

/** Whether the running app is reached at each `baseUrl`, leads to the provider, and keeps its sessions. */
export async function checkApp(context: CheckContext): Promise<readonly Finding[]> {
  const { settings } = context
  if (settings.bearer?.tokensOnly)
    return [skipped('app', 'options.bearer.tokensOnly is on, so the app has no addresses for sign-ins.')]
  const findings = settingsAtAddresses(settings).map(here => checkAddress({ ...context, settings: here }))
  return (await Promise.all(findings)).flat()
}

async function checkAddress(context: CheckContext): Promise<readonly Finding[]> {
  const { settings } = context
  const { baseUrl, routes } = settings
  const login = routes.login === undefined ? undefined : baseUrl + routes.login
  let asked: readonly [AppAnswer | undefined, AppAnswer]
  try {
    // In this order: the first sign-in that starts makes the keys with which the question is sealed.
    asked = [
      login === undefined ? undefined : await askApp(login),
      await askSetup(settings, baseUrl + routes.callback),
    ]
  } catch (error) {
    return [
      skipped(
        'app',
        `${whyUnreached(login ?? baseUrl, error)}. Start the app to check its host, proxy and cookies.`,
      ),
      sessionUnknown(settings, 'the app was not reached'),
    ]
  }
  return judge(context, ...asked)
}

async function judge(
  context: CheckContext,
  login: AppAnswer | undefined,
  answer: AppAnswer,
): Promise<readonly Finding[]> {
  const { settings } = context
  const { report } = answer
  const host = await checkHost(settings, answer)
  if (host.state === 'failed')
    return [host, skipped('app', 'Requests do not reach this app, so its answers were not checked.')]
  const findings = [
    host,
    ...(login ? await checkLogin(context, login) : [skipped('app', 'options.routes.login is off.')]),
  ]
  if (report)
    return [...findings, checkProxy(settings, report), ...(await checkSession(settings, answer, report))]
  return [
    ...findings,
    sessionUnknown(settings, 'the app has other options or another store than this command'),
  ]
}
