import type { Page } from '../browser.ts'

/** A page of a provider that signs out of apps by frames, and then goes on. */
export interface FramesPage {
  readonly frames: readonly string[]
  readonly next: string
}

/** Reads such a page; `undefined` for any other one. */
export function framesPageOf({ text }: Page): FramesPage | undefined {
  if (!text.includes('<iframe')) return undefined
  const [, next] =
    /http-equiv="refresh"[^>]*content="[^"]*url=([^"]+)"/i.exec(text) ??
    /<a id="continue"[^>]*\bhref="([^"]+)"/i.exec(text) ??
    []
  if (next === undefined) return undefined
  const frames = [...text.matchAll(/<iframe[^>]*\bsrc="([^"]+)"/gi)].map(([, address = '']) => address)
  return { frames: frames.map(unescaped), next: unescaped(next) }
}

function unescaped(text: string): string {
  return text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replaceAll('&amp;', '&')
}
