const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; accent-color: #2563eb }
  body { margin: 10vh auto; padding: 0 1.25rem; max-width: 40rem }
  h1 { font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid #8888; border-radius: .5rem }
  button, .button { display: inline-block; padding: .6rem 1.5rem; border: 1px solid #2563eb; border-radius: .375rem; background: #2563eb; color: #fff; font: inherit; text-decoration: none; cursor: pointer }
`

/** Builds an HTML page. `title` is plain text; `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <link rel="icon" href="data:,">
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
      <h1>${escapeHtml(title)}</h1>
      ${body}
    </main>
  </body>
</html>
`
}

/** Escapes text for use in HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
