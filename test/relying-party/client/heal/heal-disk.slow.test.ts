import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { embeddedStore } from '../../../../src/index.ts'
import { watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { stopClock, until } from '../../../support/clock.ts'
import { expectSignIn, test as scripted } from '../../../support/flow.ts'
import { skipWithout } from '../../../support/processes/missing.ts'

stopClock()

const test = scripted.extend('watched', () => watchedStore())

const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts()

function mounts(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const isSkipped =
  !canMount &&
  skipWithout('A full or read-only disk can only be made by root on Linux, where mounts are allowed.')

describe.skipIf(isSkipped)('a disk', () => {
  const diskTest = test.extend('disk', async ({ directory, onTestFinished }) => {
    await mkdir(directory, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', directory])
    onTestFinished(() => void execFileSync('umount', ['-l', directory]))
    return directory
  })

  diskTest(
    'that is full gets no registration, and the message names the folder',
    async ({ provider, start, disk }) => {
      await writeFile(join(disk, 'ballast'), Buffer.alloc(64 * 1024)).catch(() => undefined)
      const app = await start({ relyingParty: { store: embeddedStore(join(disk, 'records')) } })
      await until(() => app.rp.status().lastError !== undefined)
      expect(app.rp.status().lastError).toMatchObject({
        code: 'ERR_OIDC_STORE_UNAVAILABLE',
        message: expect.stringContaining(disk),
      })
      expect(provider.requestsTo('register')).toHaveLength(0)
      await writeFile(join(disk, 'ballast'), '')
      await app.rp.ready()
      await expectSignIn({ app, browser: new Browser() })
    },
  )

  diskTest(
    'that is read-only gets no registration, and serves the client that it holds',
    async ({ provider, start, disk }) => {
      const mode = (flag: string) => execFileSync('mount', ['-o', `remount,${flag}`, disk])
      mode('ro')
      const early = await start({ relyingParty: { store: embeddedStore(join(disk, 'records')) } })
      await until(() => early.rp.status().lastError?.code === 'ERR_OIDC_STORE_UNAVAILABLE')
      expect(provider.requestsTo('register')).toHaveLength(0)
      mode('rw')
      await early.rp.ready()
      await expectSignIn({ app: early, browser: new Browser() })
      mode('ro')
      const next = await start({
        relyingParty: { store: embeddedStore(join(disk, 'records')), baseUrl: early.url },
      })
      await next.rp.ready()
      expect(next.rp.status().clientId).toBe(early.rp.status().clientId)
      const begun = await new Browser().open(`${next.url}/login`, { follow: false })
      expect(begun.status).toBe(303)
      expect(provider.requestsTo('register')).toHaveLength(1)
    },
  )
})
