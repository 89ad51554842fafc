import fs from 'node:fs'

/** Whether this process runs in a container, as far as this can be detected. */
export function isInContainer(environment: Readonly<Record<string, string | undefined>>): boolean {
  const { KUBERNETES_SERVICE_HOST: kubernetes } = environment
  return kubernetes !== undefined || fs.existsSync('/.dockerenv') || fs.existsSync('/run/.containerenv')
}

/** Whether a folder is on a different file system from the root of the container, which is lost with the container. */
export async function isOnVolume(path: string): Promise<boolean> {
  const mounts = await fs.promises.readFile('/proc/self/mountinfo', 'utf8').catch(() => undefined) // not Linux: unknown
  return mounts === undefined || mountPointOf(path, mounts) !== '/'
}

/** The mount point of a path, by the fifth field of each line of `mountinfo` (proc_pid_mountinfo(5)). */
export function mountPointOf(path: string, mountinfo: string): string {
  const points = mountinfo.split('\n').map(line => unescaped(line.split(' ')[4] ?? ''))
  const above = points.filter(point => path === point || path.startsWith(point === '/' ? point : `${point}/`))
  return above.reduce((longest, point) => (point.length > longest.length ? point : longest), '/')
}

const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
