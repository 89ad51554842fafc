import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { hasField } from '../../test/support/browser/browser-form.ts'
import { Browser, signIn } from '../../test/support/browser.ts'
import { freePort } from '../../test/support/processes/free-port.ts'

const STARTS_WITHIN = 20_000

/** Starts an app, signs alice in at the issuer and out again, and stops the app. The error of a failure contains what the app printed. */
export async function roundTrip(
  node: string,
  program: string,
  { folder, issuer }: { readonly folder: string; readonly issuer: string },
): Promise<void> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const app = spawn(node, [program], { cwd: folder, env: appEnvironment(port, url, issuer) })
  const output = outputOf(app)
  try {
    await started(app, output)
    await signInAndOut(url)
  } catch (error) {
    throw new Error(`${String(error)}\nThe app printed:\n${output.text}`, { cause: error })
  } finally {
    await stop(app)
  }
}

/** The app starts without a registration: its folder for the client record is its own, because it only registers this port. */
function appEnvironment(port: number, url: string, issuer: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    PORT: String(port),
    BASE_URL: url,
    ISSUER_BASE_URL: issuer,
    OIDC_STORE: `.oidc-${port}`,
    SESSION_SECRET: 'a secret for the consumer projects',
  }
}

async function signInAndOut(url: string): Promise<void> {
  const browser = new Browser()
  assert.equal((await browser.open(`${url}/`)).text, 'Nobody is signed in.')

  const me = await signIn(browser, `${url}/me`)
  assert.equal(me.url, `${url}/me`, `The sign-in ended elsewhere:\n${me.text}`)
  const { sub, name, email } = JSON.parse(me.text)
  assert.deepEqual({ sub, name, email }, { sub: 'alice', name: 'Alice Liddell', email: 'alice@example.com' })
  assert.equal((await browser.open(`${url}/`)).text, 'Hello Alice Liddell')

  let page = await browser.post(`${url}/logout`, {})
  if (hasField(page, 'logout')) page = await browser.submit(page, { logout: 'yes' })
  assert.equal(page.url, `${url}/`, `The sign-out ended elsewhere:\n${page.text}`)
  assert.equal(page.text, 'Nobody is signed in.')
}

function outputOf(app: ChildProcess): { readonly text: string } {
  const output = { text: '' }
  for (const stream of [app.stdout, app.stderr]) stream?.on('data', chunk => (output.text += String(chunk)))
  return output
}

async function started(app: ChildProcess, output: { readonly text: string }): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN
  while (!/^listening$/m.test(output.text)) {
    if (app.exitCode !== null) throw new Error(`The app ended with ${app.exitCode}.`)
    if (Date.now() > deadline) throw new Error(`The app did not start in ${STARTS_WITHIN / 1000} seconds.`)
    await setTimeout(20)
  }
}

async function stop(app: ChildProcess): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return
  app.kill()
  await once(app, 'exit')
}
