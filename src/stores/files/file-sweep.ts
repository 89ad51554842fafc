import fs from 'node:fs'
import { join } from 'node:path'
import { fileName, numbers, parseWriting, read, type Writing } from './file-versions.ts'

/** Milliseconds after which expired or deleted values are removed from the disk, at the next start. */
const SWEPT_AFTER = 60_000

/** Removes keys that have had no value for a while: the newest version last, so that no older one reappears. */
export async function sweep(directory: string): Promise<void> {
  const texts = await Promise.all(
    (await fs.promises.readdir(directory)).map(name =>
      fs.promises.readFile(join(directory, name), 'utf8').catch(() => ''),
    ), // another process has removed it
  )
  const keys = new Set(texts.flatMap(text => parseWriting(text)?.key ?? []))
  for (const key of keys) {
    const [newest = 0, ...older] = await numbers(directory, key)
    const writing = newest === 0 ? undefined : await read(directory, key, newest).catch(() => undefined) // reading it reports the problem
    if (!writing || !(await isLongOver(join(directory, fileName(key, newest)), writing))) continue
    for (const number of [...older.reverse(), newest]) {
      await fs.promises.unlink(join(directory, fileName(key, number))).catch(() => undefined) // another process was faster
    }
  }
}

async function isLongOver(path: string, { value, expiresAt }: Writing): Promise<boolean> {
  const written = await fs.promises.stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(), // another process was faster
  )
  const endedAt = value === undefined ? written : (expiresAt ?? Number.POSITIVE_INFINITY)
  return Date.now() - endedAt > SWEPT_AFTER
}
