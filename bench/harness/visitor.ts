import { LONGEST_ANSWER } from './numbers.ts'

export interface Answer {
  readonly status: number
  readonly location: URL | undefined
  readonly text: string
}

/** A user with a browser that keeps the cookies of each origin and follows no redirect by itself. */
export class Visitor {
  readonly sub: string
  readonly #jars = new Map<string, Map<string, string>>()

  constructor(sub: string) {
    this.sub = sub
  }

  /** The header for requests to this origin. */
  cookies(origin: string): string {
    return [...this.#jarOf(origin)].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  setCookie(origin: string, name: string, value: string): void {
    this.#jarOf(origin).set(name, value)
  }

  /** Opens an address, or posts JSON or a form to it. */
  async open(url: URL, body?: string | URLSearchParams): Promise<Answer> {
    const headers: Record<string, string> = { accept: 'text/html', cookie: this.cookies(url.origin) }
    if (body !== undefined) headers['origin'] = url.origin
    if (typeof body === 'string') headers['content-type'] = 'application/json'
    const post = body === undefined ? {} : { method: 'POST', body }
    const signal = AbortSignal.timeout(LONGEST_ANSWER)
    const response = await fetch(url, { ...post, headers, redirect: 'manual', signal })
    for (const line of response.headers.getSetCookie()) this.#keep(url.origin, line)
    const location = response.headers.get('location')
    return {
      status: response.status,
      location: location === null ? undefined : new URL(location, url),
      text: await response.text(),
    }
  }

  #keep(origin: string, line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    const isOver = value === '' || /;\s*(max-age=0|expires=\w+, 01 Jan 1970)/i.test(line)
    if (isOver) this.#jarOf(origin).delete(name)
    else this.setCookie(origin, name, value)
  }

  #jarOf(origin: string): Map<string, string> {
    const jar = this.#jars.get(origin) ?? new Map<string, string>()
    this.#jars.set(origin, jar)
    return jar
  }
}
