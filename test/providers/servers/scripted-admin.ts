import { randomUUID } from 'node:crypto'
import type { ScriptedHydra } from '../../support/scripted-hydra.ts'
import { type Answer, sendJson } from '../../support/scripted-provider/exchange.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'
import type { Administration } from './administration.ts'
import { foreignKeys } from './foreign-keys.ts'

type Clients = Map<string, Record<string, unknown>>
type Common = Pick<
  Administration,
  'clientsNamed' | 'deleteClient' | 'changeSecret' | 'changeKeys' | 'voidRegistrationToken'
>

export function administrateScriptedProvider(provider: ScriptedProvider): Partial<Administration> {
  return {
    ...administrateClients(provider.clients),
    switchRegistration: async isOn =>
      provider.answer(
        'register',
        isOn ? undefined : (_, response) => sendJson(response, 404, { error: 'not_found' }),
      ),
    shortenTokens: async clientId => {
      provider.answer('token', shortened(clientId, provider.usualAnswer('token')))
    },
    rotateKeys: () => provider.rotateKeys(),
    async restart() {
      await provider.stop()
      await provider.start()
    },
    async wipe() {
      for (const records of [provider.clients, provider.codes, provider.refreshTokens]) records.clear()
      await provider.rotateKeys({ keepOld: false })
    },
  }
}

export function administrateScriptedHydra(hydra: ScriptedHydra): Partial<Administration> {
  return {
    ...administrateClients(hydra.clients),
    deleteClient: async clientId => hydra.deleteClient(clientId),
    voidRegistrationToken: async clientId => hydra.adminPatch(clientId),
    switchRegistration: async isOn => void Object.assign(hydra.registration, { enabled: isOn }),
    endSession: async sid => void (await hydra.deliverLogout(sid)),
    shortenTokens: async clientId => hydra.answer('token', shortened(clientId, hydra.usualAnswer('token'))),
    rotateKeys: () => hydra.rotateKeys(),
    async restart() {
      await hydra.stop()
      await hydra.start()
    },
    async wipe() {
      hydra.clients.clear()
      hydra.sessions.clear()
      await hydra.rotateKeys({ keepOld: false })
    },
  }
}

function administrateClients(clients: Clients): Common {
  const change = async (clientId: string, members: object): Promise<void> => {
    Object.assign(clients.get(clientId) ?? {}, members)
  }
  return {
    clientsNamed: async name =>
      [...clients.values()]
        .filter(client => client['client_name'] === name)
        .map(client => String(client['client_id'])),
    deleteClient: async clientId => void clients.delete(clientId),
    changeSecret: clientId => change(clientId, { client_secret: randomUUID() }),
    changeKeys: async clientId => change(clientId, { jwks: await foreignKeys() }),
    voidRegistrationToken: clientId => change(clientId, { registration_access_token: randomUUID() }),
  }
}

/** Says of the access tokens of one client that they live 4 seconds. */
function shortened(clientId: string, usual: Answer): Answer {
  return async (request, response) => {
    const send = response.end.bind(response)
    const proof = `${request.body} ${String(request.headers['authorization'])}`
    if (proofNames(proof, clientId)) {
      const end = (body: unknown) => send(String(body).replace(/"expires_in":\d+/, '"expires_in":4'))
      Object.assign(response, { end })
    }
    await usual(request, response)
  }
}

/** A client by its assertion or its secret. */
function proofNames(text: string, clientId: string): boolean {
  return text
    .split(/[^\w+/=-]+/)
    .some(part => Buffer.from(part, 'base64url').toString().replaceAll('%2D', '-').includes(clientId))
}
