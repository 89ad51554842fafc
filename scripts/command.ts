import { execFile } from 'node:child_process'

export interface CommandOptions {
  /** The working directory. */
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a command without a shell and returns what it printed. The error of a failure contains all output. */
export function run(command: string, args: readonly string[], { cwd, env }: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: env ?? process.env, maxBuffer: 64 * 1024 * 1024 }
    execFile(command, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const line = [command, ...args].join(' ')
      reject(new Error([`\`${line}\` failed in ${cwd}`, stdout, stderr].join('\n').trim(), { cause: error }))
    })
  })
}
