import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { bearerTokenOf, type Recorded } from '../scripted-provider/exchange.ts'
import type { Answer, ScriptedProvider } from '../scripted-provider.ts'
import type { Scenario } from './scenarios.ts'

/** What of a provider a test decides upon while it runs. */
export interface ProviderScript {
  /** Counts requests anew. The answer to the one with this number, the first being 0, is lost. */
  readonly loseAnswerTo: (number: number | undefined) => void
  /** The requests since then. */
  readonly requests: () => readonly string[]
}

const endpoints = ['discovery', 'register', 'client', 'token', 'jwks', 'userinfo'] as const

/** Makes a provider do what it is asked, and then say nothing, for one request. */
export function interruptible(provider: ScriptedProvider, { takesSecrets }: Scenario): ProviderScript {
  let requests: string[] = []
  let lost: number | undefined
  for (const endpoint of endpoints) {
    const usual = provider.usualAnswer(endpoint)
    const answer = endpoint === 'client' && takesSecrets ? takingSecrets(provider, usual) : usual
    provider.answer(endpoint, async (request, response) => {
      const number = requests.push(`${request.method} ${endpoint}`) - 1
      if (number !== lost) return answer(request, response)
      await answer(request, new ServerResponse(new IncomingMessage(new Socket())))
      response.socket?.destroy()
    })
  }
  return {
    loseAnswerTo(number) {
      requests = []
      lost = number
    },
    requests: () => requests,
  }
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
