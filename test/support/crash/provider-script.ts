import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { JsonWebKey } from '../../../src/vocabulary/oauth2-client.ts'
import { bearerTokenOf, type Recorded } from '../scripted-provider/exchange.ts'
import type { ClientRecord } from '../scripted-provider/state.ts'
import type { Answer, ScriptedProvider } from '../scripted-provider.ts'
import { encrypt, encryptionLists } from '../tokens/encryption.ts'
import type { Scenario } from './scenarios.ts'

/** What of a provider a test decides upon while it runs. */
export interface ProviderScript {
  /** Starts to count requests. The answer to this one, like `POST token (2)`, is lost. */
  readonly loseAnswerTo: (request: string | undefined) => void
  /** The requests since then, each with how often it has come. */
  readonly requests: () => readonly string[]
  /** The request whose answer was lost. */
  readonly lost: () => string | undefined
}

const endpoints = ['discovery', 'register', 'client', 'token', 'jwks', 'userinfo'] as const

/** Makes a provider do what it is asked, and then say nothing, for one request. */
export function interruptible(
  provider: ScriptedProvider,
  { takesSecrets, encrypts }: Scenario,
): ProviderScript {
  if (encrypts) encryptAsRegistered(provider)
  let requests: string[] = []
  let losing: string | undefined
  let lost: string | undefined
  for (const endpoint of endpoints) {
    const usual = provider.usualAnswer(endpoint)
    const answer = endpoint === 'client' && takesSecrets ? takingSecrets(provider, usual) : usual
    provider.answer(endpoint, async (request, response) => {
      const what = `${request.method} ${endpoint}`
      const numbered = `${what} (${requests.filter(earlier => earlier.startsWith(`${what} (`)).length + 1})`
      requests.push(numbered)
      if (numbered !== losing) return answer(request, response)
      lost = numbered
      await answer(request, new ServerResponse(new IncomingMessage(new Socket())))
      response.socket?.destroy()
    })
  }
  return {
    loseAnswerTo(request) {
      requests = []
      losing = request
      lost = undefined
    },
    requests: () => requests,
    lost: () => lost,
  }
}

/** Encrypts ID tokens as each client is registered, now for one of its keys and now for another. */
function encryptAsRegistered(provider: ScriptedProvider): void {
  let issued = 0
  Object.assign(provider.metadata, encryptionLists)
  provider.idToken = async (claims, header) => {
    const { id_token_encrypted_response_alg: wanted, ...client } =
      provider.clients.get(String(claims.aud)) ?? {}
    const token = await provider.sign(claims, header)
    if (wanted === undefined) return token
    const fitting = (await keysOf(client)).filter(({ use, alg }) => use === 'enc' && alg === wanted)
    issued += 1
    const key = fitting[issued % fitting.length]
    if (!key) throw new Error('The client has registered no key for what it wants encrypted.')
    return encrypt(token, { key })
  }
}

async function keysOf({ jwks, jwks_uri: url }: ClientRecord): Promise<readonly JsonWebKey[]> {
  const set: unknown = typeof url === 'string' ? await (await fetch(url)).json() : jwks
  return (set as { readonly keys: readonly JsonWebKey[] }).keys
}

/** Lets a client choose its secret, as Ory's documents describe it. */
export function takingSecrets({ clients }: Pick<ScriptedProvider, 'clients'>, usual: Answer): Answer {
  return (request, response) => {
    const id = request.path.slice('/register/'.length)
    const client = clients.get(id)
    const secret = request.method === 'PUT' ? chosenSecret(request) : undefined
    if (client && secret && client.registration_access_token === bearerTokenOf(request))
      clients.set(id, { ...client, client_secret: secret })
    return usual(request, response)
  }
}

function chosenSecret({ body }: Recorded): string | undefined {
  const { client_secret: secret } = JSON.parse(body) as { readonly client_secret?: string }
  return secret
}
