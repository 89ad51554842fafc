import { createHash } from 'node:crypto'

/** A built-in page: plain, readable in light and dark mode, without external resources. */
export interface Page {
  readonly title: string
  readonly paragraphs: readonly string[]
  /** What it lists below, each list under a heading. */
  readonly sections?: readonly PageSection[]
  /** Where the browser continues automatically. */
  readonly next?: string
  /** What helps operators find the cause, in small print. */
  readonly failure?: { readonly reference: string; readonly code: string }
  /** What the user can do next, in the order shown. */
  readonly actions?: readonly PageAction[]
  /** Whether its form is posted automatically. No other page has a script. */
  readonly submits?: true
}

/** A list of facts. */
export interface PageSection {
  readonly heading: string
  readonly note: string
  readonly facts: readonly PageFact[]
}

/** A fact and what it is about. */
export interface PageFact {
  readonly name: string
  readonly value: string
}

/** A link, or a button that posts a form. */
export interface PageAction {
  readonly label: string
  readonly href: string
  readonly method?: 'get' | 'post'
  readonly fields?: Readonly<Record<string, string>>
}

const style = `
:root { color-scheme: light dark; font: 1.0625rem/1.6 system-ui, sans-serif; }
body { margin: 0; display: grid; min-height: 100vh; place-items: center; }
main { box-sizing: border-box; width: 100%; max-width: 36rem; padding: 2rem 1.25rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 1rem; }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.5rem; }
a, button { font: inherit; padding: 0.5rem 1rem; border: 1px solid CanvasText; border-radius: 0.375rem; color: CanvasText; background: Canvas; text-decoration: none; cursor: pointer; }
.actions > :first-child:is(a), .actions > :first-child button { color: Canvas; background: CanvasText; }
small { display: block; margin-top: 2rem; opacity: 0.75; }
a:focus-visible, button:focus-visible { outline: 3px solid; outline-offset: 2px; }
`

/** For pages with sections, which need more room. */
const sectionStyle = `
main { max-width: 52rem; }
h2 { font-size: 1.125rem; line-height: 1.3; margin: 2rem 0 0; }
h2 + p { margin: 0.25rem 0 0.5rem; opacity: 0.75; }
dl { margin: 0; }
dl > div { display: grid; grid-template-columns: 1fr 2fr; gap: 0 1rem; padding: 0.375rem 0; border-top: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); }
dd { margin: 0; }
dt { opacity: 0.75; }
@media (max-width: 36rem) { dl > div { grid-template-columns: 1fr; } }
`

function styleOf({ sections }: Page): string {
  return sections ? style + sectionStyle : style
}

const script = 'document.forms[0].submit()'

/**
 * The policy under which a page is served: it may only use its own style and script (CSP Level 3). No `form-action`: Chromium applies
 * it to every redirect that follows, and signing out goes on to the provider and to wherever that sends the browser.
 */
export function buildContentSecurityPolicy(page: Page): string {
  return [
    "default-src 'none'",
    `style-src ${hashOf(styleOf(page))}`,
    ...(page.submits ? [`script-src ${hashOf(script)}`] : []),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Renders a page as HTML. Every text is escaped. */
export function buildPage(page: Page): string {
  const { title, paragraphs, sections = [], actions = [], failure, next, submits } = page
  const body = [
    `<h1>${escapeHtml(title)}</h1>`,
    ...paragraphs.map(paragraph => `<p>${escapeHtml(paragraph)}</p>`),
    ...sections.map(buildSection),
    actions.length > 0 ? `<div class="actions">${actions.map(buildAction).join('')}</div>` : '',
    failure ? `<small>${escapeHtml(referTo(failure))}</small>` : '',
    submits ? `<script>${script}</script>` : '',
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${next === undefined ? '' : `<meta http-equiv="refresh" content="0;url=${escapeHtml(next)}">`}
<title>${escapeHtml(title)}</title>
<style>${styleOf(page)}</style>
</head>
<body>
<main>
${body.join('\n')}
</main>
</body>
</html>
`
}

function buildSection({ heading, note, facts }: PageSection): string {
  const rows = facts.map(
    ({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  )
  const list = rows.length > 0 ? `<dl>${rows.join('')}</dl>` : ''
  return `<section><h2>${escapeHtml(heading)}</h2><p>${escapeHtml(note)}</p>${list}</section>`
}

function referTo({ reference, code }: NonNullable<Page['failure']>): string {
  return `If you ask for help, please mention this reference: ${reference} (${code})`
}

function buildAction({ label, href, method = 'get', fields = {} }: PageAction): string {
  if (method === 'get') return `<a href="${escapeHtml(href)}">${escapeHtml(label)}</a>`
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  return `<form method="post" action="${escapeHtml(href)}">${inputs.join('')}<button>${escapeHtml(label)}</button></form>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? '')
}
