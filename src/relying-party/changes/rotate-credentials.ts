import { randomBytes } from 'node:crypto'
import {
  hasSameSecret,
  isManageable,
  secretExpiry,
  usesSecret,
} from '../../protocol/registration/client-information.ts'
import { OidcApiError } from '../../vocabulary/api-error.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { traced } from '../../vocabulary/operations.ts'
import {
  changeClientRecord,
  persistClientRecord,
  readClientRecord,
  withClient,
} from '../record/client-record.ts'
import type { GrantedClient } from '../record/client-record-shape.ts'
import type { Registrar } from '../record/registrar.ts'
import { isRefused } from '../record/registration-refusals.ts'
import { nextGeneration } from './accept-granted.ts'
import { replaceMetadata } from './reconcile-client.ts'
import { replaceClient } from './replace-client.ts'
import { rotateKeys, serveNextKey, withNewDecryptionKeys } from './rotate-keys.ts'

/** The ways to new credentials, by preference: each is taken where the provider allows it. */
export type RotationWay = 'keys' | 'secret' | 'replacement'

/**
 * Renews the credentials by the first way that the provider allows. Where it fetches the keys, the next one is only served for now.
 * Only under the lease.
 *
 * @returns The way that was taken.
 */
export function rotateCredentials(registrar: Registrar): Promise<RotationWay> {
  const { issuer, name } = registrar.settings
  return traced('rotation', { issuer, name }, () => rotate(registrar))
}

async function rotate(registrar: Registrar): Promise<RotationWay> {
  const { record } = await readClientRecord(registrar.settings)
  const current = requireCurrent(record.current)
  if (current.privateKey && current.jwksUri !== undefined) {
    await serveNextKey(registrar, current)
    return 'keys'
  }
  const way = chooseWay(current, record.keepsSecret ?? false)
  const taken = way !== 'replacement' && (await attempt(registrar, way, current)) ? way : 'replacement'
  if (taken === 'replacement') await replaceClient(registrar, current)
  const { issuer, name, log } = registrar.settings
  log(`Rotated the credentials of this app (${taken}).`)
  publish('client.rotated', { issuer, name, clientId: current.clientId, way: taken })
  return taken
}

/** A key of the app can be replaced with an overlap, a secret only at once. Otherwise the app takes a new client. */
function chooseWay({ granted, privateKey }: GrantedClient, keepsSecret: boolean): RotationWay {
  if (!isManageable(granted)) return 'replacement'
  if (privateKey) return 'keys'
  return usesSecret(granted) && !keepsSecret ? 'secret' : 'replacement'
}

/** Takes a way, or answers `false` if the registration can no longer be managed, or the provider refuses this way. */
async function attempt(
  registrar: Registrar,
  way: 'keys' | 'secret',
  current: GrantedClient,
): Promise<boolean> {
  try {
    if (way === 'secret') return await rotateSecret(registrar, current)
    await rotateKeys(registrar, current)
    return true
  } catch (error) {
    if (!isRefused(error)) throw error
    registrar.settings.log(error.message)
    return false
  }
}

/**
 * A secret that we choose is recorded before it is sent; the provider may answer with another one. There is no overlap: other
 * replicas are refused, read the record again and try once more.
 */
async function rotateSecret(registrar: Registrar, current: GrantedClient): Promise<boolean> {
  const nextSecret = current.nextSecret ?? randomBytes(32).toString('base64url')
  const next = { ...(await withNewDecryptionKeys(current)), nextSecret }
  await changeClientRecord(registrar.settings, record => withClient(record, next))
  const replaced = await replaceMetadata(registrar, next, { secret: nextSecret }).catch(async error => {
    if (!refusesSecret(error)) throw error
    const { nextSecret: _, ...kept } = current
    await changeClientRecord(registrar.settings, record => ({
      ...withClient(record, kept),
      keepsSecret: true,
    }))
    return undefined
  })
  if (!replaced) return false
  const { nextSecret: _, ...rest } = replaced
  if (!isRenewed(current, rest)) {
    await changeClientRecord(registrar.settings, record => ({
      ...withClient(record, rest),
      keepsSecret: true,
    }))
    return false
  }
  await persistClientRecord(registrar.settings, record =>
    withClient(record, { ...rest, generation: nextGeneration(record), rotatedAt: Date.now() }),
  )
  return true
}

/** Whether a provider has really given another secret, and one that lasts longer where secrets end. */
function isRenewed({ granted: before }: GrantedClient, { granted: after }: GrantedClient): boolean {
  const [ended, ends] = [secretExpiry(before), secretExpiry(after)]
  return !hasSameSecret(before, after) && (ends === undefined || ended === undefined || ends > ended)
}

/** Hydra answers 403 and oidc-provider 400; both leave the registration as it was. */
function refusesSecret(error: unknown): boolean {
  return (
    error instanceof OidcApiError &&
    error.operation === 'setOidcDynamicClient' &&
    [400, 403].includes(error.providerStatus ?? 0)
  )
}

function requireCurrent(current: GrantedClient | undefined): GrantedClient {
  if (current) return current
  throw new OidcError('ERR_OIDC_NOT_READY', { message: 'There is no registration to rotate yet.' })
}
