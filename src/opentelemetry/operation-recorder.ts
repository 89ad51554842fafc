import { AsyncLocalStorage } from 'node:async_hooks'
import { type Attributes, context, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { OidcEvents } from '../vocabulary/events.ts'
import type { OidcOperation, OidcOperations } from '../vocabulary/operations.ts'
import { measuring, tracing } from './attempt.ts'
import {
  attributesOfError,
  attributesOfEvent,
  attributesOfIssuer,
  errorType,
  outcomes,
} from './attributes.ts'
import type { Instruments } from './instruments.ts'

/** Records operations, and what events tell about them. */
export interface OperationRecorder {
  /** Has an operation that is about to start run inside a span. */
  record(name: keyof OidcOperations, operation: OidcOperation): void
  /** Adds an event to the operation in which it was published. */
  note(name: keyof OidcEvents, event: object): void
}

interface Running {
  /** Absent if the tracer failed. */
  readonly span: Span | undefined
  readonly labels: Attributes
  isOver: boolean
}

/** They belong to the app rather than to the request that happened to cause them. */
const background: readonly (keyof OidcOperations)[] = ['registration', 'rotation']

/** Makes a recorder for one tracer. */
export function operationRecorder(tracer: Tracer, { duration, active }: Instruments): OperationRecorder {
  const storage = new AsyncLocalStorage<Running>()

  /** Timers keep the storage of whatever started them, which is over by then. */
  function around(): Running | undefined {
    const running = storage.getStore()
    return running?.isOver === false ? running : undefined
  }

  function startSpan(name: keyof OidcOperations, { issuer, name: client }: OidcOperation): Span {
    const attributes = {
      ...attributesOfIssuer(issuer),
      ...(client !== undefined && { 'oidc.client.name': client }),
    }
    const root = background.includes(name) && !around()
    const cause = root ? trace.getActiveSpan() : undefined
    const links = cause ? [{ context: cause.spanContext() }] : []
    return tracer.startSpan(`oidc.rp.${name}`, { attributes, root, links })
  }

  async function runIn<Result>(
    name: keyof OidcOperations,
    operation: OidcOperation,
    run: () => Promise<Result>,
  ): Promise<Result> {
    const span = tracing(() => startSpan(name, operation))
    const always = { 'oidc.issuer': operation.issuer, 'oidc.operation': name }
    const running: Running = { span, labels: { ...always }, isOver: false }
    const begun = performance.now()
    measuring(() => active.add(1, always))
    try {
      return await storage.run(running, () =>
        span ? context.with(trace.setSpan(context.active(), span), run) : run(),
      )
    } catch (error) {
      running.labels['error.type'] = errorType(error)
      tracing(() => span?.setAttributes(attributesOfError(error)).setStatus({ code: SpanStatusCode.ERROR }))
      throw error
    } finally {
      running.isOver = true
      measuring(() => active.add(-1, always))
      measuring(() => duration.record((performance.now() - begun) / 1_000, running.labels))
      tracing(() => span?.end())
    }
  }

  return {
    record(name, operation) {
      const { wrap } = operation
      operation.wrap = run => {
        const recorded = (): ReturnType<typeof run> => runIn(name, operation, run)
        return wrap ? wrap(recorded) : recorded()
      }
    },
    note(name, event) {
      const running = outcomes[name] ? around() : undefined
      if (!running) return
      tracing(() => running.span?.setAttributes(attributesOfEvent(name, event)))
      running.labels['oidc.outcome'] = name
    },
  }
}
