const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; accent-color: #2563eb }
  body { margin: 10vh auto; padding: 0 1.25rem; max-width: 40rem }
  h1 { font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere }
  ul { min-height: 10rem; margin: 1.5rem 0; padding: 0; list-style: none }
  li { padding: .4rem 0; border-bottom: 1px solid #8888; overflow-wrap: anywhere }
  label { display: block; font-weight: 600 }
  input { box-sizing: border-box; width: 100%; margin-bottom: .75rem; padding: .6rem; font: inherit }
  button, .button { display: inline-block; padding: .6rem 1.5rem; border: 1px solid #2563eb; border-radius: .375rem; background: #2563eb; color: #fff; font: inherit; text-decoration: none; cursor: pointer }
  button:disabled { opacity: .5; cursor: default }
  .plain { border-color: #8888; background: none; color: inherit }
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
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
