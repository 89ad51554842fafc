import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import { warnOfTelemetry } from './failed-telemetry.ts'

/** What the messages of an operation hold. All messages of one operation are the same object. */
export interface OidcOperation {
  /** The provider's Issuer Identifier. */
  readonly issuer: string
  /** The option `name`, for operations on the registration. */
  readonly name?: string
  /** Why the operation failed, once it has failed. */
  readonly error?: unknown
  /**
   * A subscriber to `start` may set it to run the operation inside a function of its own, for instance in the context of a span.
   * It must call `run` once and return its promise. If it is set already, the new one must call it. If it fails, the operation runs
   * all the same, once, and a warning of the process says so: only what the operation itself returns or throws counts.
   */
  wrap?: <Result>(run: () => Promise<Result>) => Promise<Result>
}

/**
 * Lists the operations, which take time and can fail. Each one has a tracing channel of `node:diagnostics_channel`, named
 * `express-oidc-rp:` plus the operation's name, with `start`, `end`, `asyncStart`, `asyncEnd` and `error`. No message contains a
 * secret, or what the operation returns.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import type { OidcOperations } from 'express-oidc-rp'
 *
 * subscribe('tracing:express-oidc-rp:refresh:error', message => {
 *   const { issuer, error } = message as OidcOperations['refresh']
 *   console.log(`A refresh at ${issuer} failed: ${error}`)
 * })
 * ```
 */
export interface OidcOperations {
  /** A browser is sent to the provider to sign in. */
  login: OidcOperation
  /** The provider's response to a sign-in is processed. */
  callback: OidcOperation
  /** A refresh token is used. */
  refresh: OidcOperation
  /** A logout token is verified, and the logins that it names are ended. */
  'logout-token': OidcOperation
  /** The app registers itself at the provider. */
  registration: OidcOperation
  /** The credentials of the app are rotated. */
  rotation: OidcOperation
}

type Channel = TracingChannel<unknown, OidcOperation>

const channels: Readonly<Record<keyof OidcOperations, Channel>> = {
  login: tracingChannel('express-oidc-rp:login'),
  callback: tracingChannel('express-oidc-rp:callback'),
  refresh: tracingChannel('express-oidc-rp:refresh'),
  'logout-token': tracingChannel('express-oidc-rp:logout-token'),
  registration: tracingChannel('express-oidc-rp:registration'),
  rotation: tracingChannel('express-oidc-rp:rotation'),
}

/** Runs an operation, and publishes its start and its end to all subscribers. Without any, it only runs it. */
export function traced<Result>(
  name: keyof OidcOperations,
  { issuer, name: client }: Pick<OidcOperation, 'issuer' | 'name'>,
  run: () => Promise<Result>,
): Promise<Result> {
  const channel = channels[name]
  if (!channel.hasSubscribers) return run()
  return publishAround(name, { issuer, ...(client !== undefined && { name: client }) }, run)
}

/** A tracing channel adds to its messages what the function returns, and here that may be a secret. So it returns nothing. */
async function publishAround<Result>(
  name: keyof OidcOperations,
  operation: OidcOperation,
  run: () => Promise<Result>,
): Promise<Result> {
  const results: Result[] = []
  await channels[name].tracePromise(async () => {
    results.push(await runWrapped(name, operation, run))
  }, operation)
  return results[0] as Result
}

/** Telemetry must not break what it observes: whatever `wrap` does, the operation runs once, and only its own outcome counts. */
async function runWrapped<Result>(
  name: keyof OidcOperations,
  operation: OidcOperation,
  run: () => Promise<Result>,
): Promise<Result> {
  if (!operation.wrap) return run()
  let running: Promise<Result> | undefined
  let failure: unknown
  const runOnce = (): Promise<Result> => {
    running ??= observe()
    running.catch(() => undefined) // it is awaited below, even if `wrap` waits for something else first
    return running
  }
  const observe = async (): Promise<Result> => {
    try {
      return await run()
    } catch (error) {
      failure = error
      throw error
    }
  }
  try {
    await operation.wrap(runOnce)
    if (!running) throw new Error('it did not call run')
  } catch (error) {
    if (error !== failure) warnOfTelemetry(`wrap of the operation ${name}`, error)
  }
  return runOnce()
}
