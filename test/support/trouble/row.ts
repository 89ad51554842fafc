import type { Page } from '../browser.ts'
import { codeOf } from '../flow.ts'

/** One kind of trouble, as it was when a test caused it. */
export interface TroubleRow {
  /** What was wrong, in a few words. */
  readonly wrong: string
  /** What the user saw: the title and first sentence of the page, or the message of the JSON. */
  readonly saw: string
  /** What the log said about it, line by line. Empty if it said nothing. */
  readonly logged: readonly string[]
  readonly status: number | undefined
  readonly code: string | undefined
  /** Redirects until the browser came to rest, where they matter. */
  readonly redirects?: number
}

declare module 'vitest' {
  interface TaskMeta {
    trouble?: readonly TroubleRow[]
  }
}

/** A test, as far as its rows are concerned: `task` of Vitest's test context. */
interface Task {
  readonly meta: { trouble?: readonly TroubleRow[] }
}

/** Adds a row to the table of troubles, which `npm run trouble` prints. */
export function addRow(task: Task, row: TroubleRow): void {
  task.meta.trouble = [...(task.meta.trouble ?? []), row]
}

/** What a page that is no success says, for a row. */
export function pageRow(page: Page): Pick<TroubleRow, 'saw' | 'status' | 'code'> {
  return { saw: seenOn(page), status: page.status, code: codeOf(page) }
}

function seenOn({ text, headers }: Page): string {
  if (headers.get('content-type')?.startsWith('application/json')) return String(JSON.parse(text).message)
  const [, title] = /<h1[^>]*>([^<]*)</.exec(text) ?? []
  const [, paragraph = ''] = /<p[^>]*>([^<]*)</.exec(text) ?? []
  return title === undefined ? text.slice(0, 80) : `${title}. ${unescaped(paragraph)}`
}

function unescaped(html: string): string {
  return html
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')
}
