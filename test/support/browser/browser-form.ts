interface Page {
  readonly status: number
  readonly url: string
  readonly text: string
}

export interface Form {
  readonly method: 'GET' | 'POST'
  /** Absolute. */
  readonly action: string
  /** What the inputs hold before anybody types; buttons and boxes to tick hold nothing. */
  readonly fields: Readonly<Record<string, string>>
}

const UNFILLED = ['submit', 'button', 'image', 'reset', 'checkbox', 'radio', 'file']
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Reads the first form of a page, or the first whose action contains a text. */
export function formOf(page: Page, actionPart = ''): Form {
  for (const [, tag = '', inside = ''] of page.text.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)) {
    const action = attribute(tag, 'action') ?? page.url
    if (!action.includes(actionPart)) continue
    const method = attribute(tag, 'method')?.toUpperCase() === 'POST' ? 'POST' : 'GET'
    return { method, action: new URL(action, page.url).href, fields: fieldsOf(inside) }
  }
  throw new Error(`No such form on ${page.url} (${page.status}):\n${page.text.slice(0, 2000)}`)
}

/** Tells whether the page has an input or button of this name. */
export function hasField(page: Page, name: string): boolean {
  return [...page.text.matchAll(/<(?:input|button)\b([^>]*)>/gi)].some(
    ([, tag = '']) => attribute(tag, 'name') === name,
  )
}

function fieldsOf(html: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [, tag = ''] of html.matchAll(/<input\b([^>]*)>/gi)) {
    const name = attribute(tag, 'name')
    if (name && !UNFILLED.includes(attribute(tag, 'type') ?? 'text'))
      fields[name] = attribute(tag, 'value') ?? ''
  }
  return fields
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(tag)
  const value = match?.[1] ?? match?.[2] ?? match?.[3]
  return value?.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, unescapeEntity)
}

function unescapeEntity(entity: string, hex?: string, decimal?: string, name?: string): string {
  if (name) return ENTITIES[name] ?? entity
  return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal))
}
