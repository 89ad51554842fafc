import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { inTime } from '../../src/vocabulary/deadline.ts'
import { nextMessage } from '../../test/support/processes/forked-child.ts'
import { freePort } from '../../test/support/processes/free-port.ts'
import type { Question } from '../apps/server.ts'
import type { Peer } from '../peers.ts'
import { LONGEST_ANSWER } from './numbers.ts'
import type { Question as ProviderQuestion } from './provider.ts'
import { Visitor } from './visitor.ts'

export interface RunningProvider {
  readonly issuer: string
  /** How many requests apps have sent it. */
  requests(): Promise<number>
  /** Logout tokens for the latest sign-ins of a client. */
  logoutTokens(clientId: string, count: number): Promise<readonly string[]>
  stop(): void
}

export interface RunningApp {
  readonly peer: Peer
  readonly baseUrl: string
  readonly clientId: string
  /** When its process was started. */
  readonly begun: number
  ask(question: Question): Promise<number>
  /** Signs a user in, up to the answer of the callback. */
  signIn(sub: string): Promise<Visitor>
  stop(): void
}

const folder = join(import.meta.dirname, '..')

export async function startProviderProcess(): Promise<RunningProvider> {
  // It warns of what is fine here: storage in memory, and http.
  const child = fork(join(folder, 'harness/provider.ts'), { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const issuer = await nextMessage<string>(child)
  const ask = <Reply>(question: ProviderQuestion): Promise<Reply> => askChild(child, question)
  return {
    issuer,
    requests: () => ask<number>('requests'),
    logoutTokens: (tokensFor, count) => ask<string[]>({ tokensFor, count }),
    stop: () => void child.kill('SIGKILL'),
  }
}

/** Registers a client at the provider for an app, and starts the app. */
export async function startApp({ issuer }: RunningProvider, peer: Peer): Promise<RunningApp> {
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const client = await register(issuer, baseUrl, peer)
  const settings = JSON.stringify({ issuer, baseUrl, ...client, variant: peer.variant ?? {} })
  const begun = performance.now()
  const child = fork(join(folder, 'build/server.js'), [peer.app, String(port), settings], {
    cwd: folder,
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await inTime(nextMessage(child), LONGEST_ANSWER)
  return {
    peer,
    baseUrl,
    begun,
    clientId: client.clientId,
    ask: question => askChild(child, question),
    signIn: sub => signIn(peer, issuer, baseUrl, sub),
    stop: () => void child.kill('SIGKILL'),
  }
}

function askChild<Reply>(child: ChildProcess, question: unknown): Promise<Reply> {
  const reply = nextMessage<Reply>(child)
  child.send(question as object)
  return inTime(reply, LONGEST_ANSWER)
}

async function register(
  issuer: string,
  baseUrl: string,
  { callback = '/callback', backchannel }: Peer,
): Promise<{ clientId: string; clientSecret: string }> {
  const metadata = {
    redirect_uris: [baseUrl + callback],
    token_endpoint_auth_method: 'client_secret_post',
    // Only such a client gets ID tokens with a sid.
    ...(backchannel && { backchannel_logout_uri: baseUrl + backchannel }),
  }
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${issuer}/reg`, { method: 'POST', headers, body: JSON.stringify(metadata) })
  const answer = (await response.json()) as { client_id: string; client_secret: string }
  if (!response.ok) throw new Error(`The registration was refused: ${JSON.stringify(answer)}`)
  return { clientId: answer.client_id, clientSecret: answer.client_secret }
}

async function signIn(peer: Peer, issuer: string, baseUrl: string, sub: string): Promise<Visitor> {
  const visitor = new Visitor(sub)
  visitor.setCookie(issuer, 'sub', sub)
  let url = await peer.start(visitor, baseUrl)
  while (url.origin === issuer) {
    const { status, location, text } = await visitor.open(url)
    if (!location) throw new Error(`The provider answered ${status}: ${text.slice(0, 300)}`)
    url = location
  }
  const { status, text } = await visitor.open(url)
  if (status >= 400) throw new Error(`${peer.name} answered ${status} to the callback: ${text.slice(0, 300)}`)
  return visitor
}
