import type { ServerResponse } from 'node:http'
import type { HydraState } from './state.ts'
import { escapeHtml, withQuery } from './wire.ts'

/** Hydra facts §3.8: an address for each client of the session that has one, with `iss` and `sid`. */
export function framesFor({ issuer, clients, sessions }: HydraState, sid: string): string[] {
  const uris = [...(sessions.get(sid)?.clients ?? [])].map(id => clients.get(id)?.frontchannel_logout_uri)
  return uris.filter(uri => typeof uri === 'string').map(uri => withQuery(uri, { iss: issuer, sid }))
}

/**
 * Hydra facts §3.8, §9: 200 with a frame for each client. A script goes on half a second after they have loaded, and the page
 * itself after seven seconds.
 */
export function sendFrames(response: ServerResponse, frames: readonly string[], target: string): void {
  const next = escapeHtml(target)
  const body = frames
    .map(frame => `<iframe src="${escapeHtml(frame)}" onload="done(this)"></iframe>`)
    .join('\n')
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(`<html>
<head>
    <meta http-equiv="refresh" content="7; URL=${next}">
</head>
<script>
    var total = ${frames.length};
    function redirect() { window.location.replace(${JSON.stringify(target)}); }
    function done() { total--; if (total < 1) { setTimeout(redirect, 500); } }
    setTimeout(redirect, 7000);
</script>
<body>
<noscript><p>JavaScript is disabled - you should be redirected in 5 seconds but if not, click <a href="${next}">here</a> to continue.</p></noscript>
${body}
</body>
</html>`)
}
