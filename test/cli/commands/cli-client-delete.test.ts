import { describe, expect } from 'vitest'
import { test } from '../../support/cli/cli.ts'
import { status } from '../../support/scripted-provider.ts'

describe('client delete', () => {
  test('asks for confirmation, and accepts a no', async ({ cli, provider }) => {
    await cli('client register')
    const asked: string[] = []
    const ask = async (question: string) => String(asked.push(question) && '')
    const { code, out } = await cli('client delete', { ask })
    expect([code, out]).toEqual([1, 'Nothing was deleted.'])
    expect(asked).toEqual([expect.stringContaining('[y/N]')])
    expect(provider.clients.size).toBe(1)
  })

  test('deletes after a yes, and the next start registers again', async ({ cli, provider }) => {
    await cli('client register')
    const { code, out } = await cli('client delete', { ask: async () => ' Yes ' })
    expect([code, out]).toEqual([0, expect.stringMatching(/^Deleted client .+\.$/m)])
    expect(provider.clients.size).toBe(0)
    expect((await cli('client show')).code).toBe(1)
    expect(JSON.parse((await cli('client register --json')).out)).toMatchObject({ registered: true })
  })

  test('requires --yes without a terminal, before it does anything', async ({ cli, provider }) => {
    await cli('client register')
    const { code, err } = await cli('client delete')
    expect([code, err]).toEqual([2, expect.stringContaining('--yes')])
    expect(provider.clients.size).toBe(1)
    expect((await cli('client delete --yes')).code).toBe(0)
    expect(provider.clients.size).toBe(0)
  })

  test('succeeds if there is nothing to delete', async ({ cli }) => {
    expect(await cli('client delete --yes --json')).toMatchObject({
      code: 0,
      out: expect.stringContaining('[]'),
    })
  })

  test('names each client with what the provider answered', async ({ cliAtHydra, hydra }) => {
    await cliAtHydra('client register')
    const [kept = ''] = hydra.clients.keys()
    hydra.adminPatch(kept)
    await cliAtHydra('client rotate')
    const [, deleted = ''] = hydra.clients.keys()
    const { code, out } = await cliAtHydra('client delete --yes')
    expect(code).toBe(1)
    expect(out).toContain(`Client ${kept} was not deleted: the provider does not let this app do it.`)
    expect(out).toContain(`Deleted client ${deleted}.`)
    expect([...hydra.clients.keys()]).toEqual([kept])
  })

  test('says that a client was gone already', async ({ cliAtHydra, hydra }) => {
    await cliAtHydra('client register')
    hydra.clients.clear()
    const { code, out } = await cliAtHydra('client delete --yes --json')
    expect([code, JSON.parse(out)]).toMatchObject([0, { clients: [{ result: 'gone' }] }])
    expect((await cliAtHydra('client show')).code).toBe(1)
  })

  test('keeps a client in the record while the provider does not answer, and deletes the others', async ({
    cli,
    provider,
  }) => {
    await cli('client register')
    provider.answer('client', status(401))
    await cli('client rotate')
    const [failing = '', other = ''] = provider.clients.keys()
    provider.answer('client', (request, response) => {
      if (request.path.endsWith(failing)) return status(503)(request, response)
      provider.clients.delete(other)
      return status(204)(request, response)
    })
    const first = await cli('client delete --yes --json')
    expect([first.code, JSON.parse(first.out)]).toMatchObject([
      1,
      {
        clients: [
          { clientId: failing, result: 'failed', error: { code: 'ERR_OIDC_REGISTRATION_FAILED' } },
          { clientId: other, result: 'deleted' },
        ],
      },
    ])
    expect([...provider.clients.keys()]).toEqual([failing])
    provider.answer('client', undefined)
    const second = await cli('client delete --yes')
    expect([second.code, second.out]).toEqual([0, expect.stringContaining(`Deleted client ${failing}.`)])
    expect(provider.clients.size).toBe(0)
  })
})
