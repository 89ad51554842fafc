import { context, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { MeterProvider, type MetricData } from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Express } from 'express'
import { onTestFinished } from 'vitest'
import { type Instrumentation, instrumentRelyingParty } from '../../../src/opentelemetry.ts'

/** What a real SDK records. */
export interface Telemetry {
  readonly instrumentation: Instrumentation
  /** Every span that has ended, in the order of their starts. */
  readonly spans: () => readonly ReadableSpan[]
  /** The spans of the library, or those of one name. */
  readonly own: (name?: string) => readonly ReadableSpan[]
  readonly metrics: () => Promise<readonly MetricData[]>
  /** The metrics as Prometheus reads them. */
  readonly page: () => Promise<string>
  /** Lets an app make a span for each request, as the instrumentation of an HTTP server does. */
  readonly serve: (app: Express) => void
  readonly tracer: Tracer
}

const SCOPE = 'express-oidc-rp'

/** Records everything that the library does from now on, and its requests, until the test is over. */
export function recordTelemetry(): Telemetry {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const reader = new PrometheusExporter({ preventServerStart: true })
  const meterProvider = new MeterProvider({ readers: [reader] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const requests = new UndiciInstrumentation()
  requests.setTracerProvider(tracerProvider)
  const instrumentation = instrumentRelyingParty({ tracerProvider, meterProvider })
  onTestFinished(() => {
    instrumentation.disable()
    requests.disable()
    context.disable()
  })
  const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans().toSorted(byStart)
  const tracer = tracerProvider.getTracer('server')
  return {
    instrumentation,
    spans,
    own: name =>
      spans().filter(span => span.instrumentationScope.name === SCOPE && (name ?? span.name) === span.name),
    async metrics() {
      const { resourceMetrics } = await reader.collect()
      return resourceMetrics.scopeMetrics
        .filter(({ scope }) => scope.name === SCOPE)
        .flatMap(all => all.metrics)
    },
    page: async () => new PrometheusSerializer().serialize((await reader.collect()).resourceMetrics),
    serve: app => serveInSpans(app, tracer),
    tracer,
  }
}

function serveInSpans(app: Express, tracer: Tracer): void {
  app.use((req, res, next) => {
    const span = tracer.startSpan(`${req.method} ${req.path}`, { kind: SpanKind.SERVER })
    res.once('finish', () => span.end())
    context.with(trace.setSpan(context.active(), span), () => next())
  })
}

function byStart({ startTime: [a, b] }: ReadableSpan, { startTime: [c, d] }: ReadableSpan): number {
  return a - c || b - d
}

/** What a span tells, besides its times. */
export function told(span: ReadableSpan | undefined): object {
  return { status: span?.status.code, ...span?.attributes }
}

/** The span that caused another one. */
export function parentOf(span: ReadableSpan, { spans }: Telemetry): ReadableSpan | undefined {
  return spans().find(other => other.spanContext().spanId === span.parentSpanContext?.spanId)
}

/** The names of the spans below a span. */
export function childrenOf(span: ReadableSpan, telemetry: Telemetry): string[] {
  return telemetry
    .spans()
    .filter(child => parentOf(child, telemetry) === span)
    .map(({ name, attributes: { 'url.path': path } }) =>
      typeof path === 'string' ? `${name} ${path}` : name,
    )
}
