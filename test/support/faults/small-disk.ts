import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { skipWithout } from '../processes/missing.ts'

const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts()

function mounts(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Whether tests with a disk of their own must be skipped; says why. */
export function smallDiskIsMissing(): boolean {
  if (canMount) return false
  return skipWithout('A full or read-only disk can only be made by root on Linux, where mounts are allowed.')
}

const SIZE = 64 * 1024

/** A disk with room for some records. */
export interface SmallDisk {
  readonly fill: () => Promise<void>
  readonly empty: () => Promise<void>
  readonly set: (mode: 'ro' | 'rw') => void
  readonly remove: () => void
}

/** Mounts a disk at a folder that is there. */
export function mountSmallDisk(folder: string): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'tmpfs', folder])
  const ballast = join(folder, 'ballast')
  return {
    fill: () => writeFile(ballast, Buffer.alloc(SIZE)).catch(() => undefined),
    empty: () => writeFile(ballast, ''),
    set: mode => void execFileSync('mount', ['-o', `remount,${mode}`, folder]),
    remove: () => void execFileSync('umount', ['-l', folder]),
  }
}
