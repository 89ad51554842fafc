/** A project that uses the library as an app does. */
export interface Consumer {
  readonly name: string
  /** Its program, a file of `test/consumers`. */
  readonly program: string
  /** Whether its own files are CommonJS. Otherwise they are ES modules. */
  readonly isCommonJs?: true
  /** Packages by name, with the required version. */
  readonly dependencies: Readonly<Record<string, string>>
  /** For a program in TypeScript. */
  readonly compilerOptions?: Readonly<Record<string, unknown>>
  /** The major versions of Node.js on which it runs. */
  readonly nodes: readonly number[]
}

const express4 = { express: '^4.20.0', 'express-session': '^1.18.2' }
const express5 = { express: '^5.0.0', 'express-session': '^1.18.2' }
const types4 = { '@types/express': '^4.17.21', '@types/express-session': '^1.18.0' }
const types5 = { '@types/express': '^5.0.0', '@types/express-session': '^1.18.0' }

const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  skipLibCheck: false,
  rootDir: '.',
  outDir: 'built',
}

/** Every kind of project in which the library must work. */
export const consumers: readonly Consumer[] = [
  {
    name: 'TypeScript 5.9, Express 4',
    program: 'app.ts',
    dependencies: { ...express4, ...types4, '@types/node': '^20.0.0', typescript: '~5.9.0' },
    compilerOptions,
    nodes: [20, 24],
  },
  {
    name: 'TypeScript 7, Express 5',
    program: 'app.ts',
    dependencies: { ...express5, ...types5, '@types/node': '^24.0.0', typescript: '^7.0.0' },
    compilerOptions,
    nodes: [24],
  },
  { name: 'JavaScript, import', program: 'import.mjs', dependencies: express5, nodes: [20, 22, 24] },
  { name: 'JavaScript, require', program: 'require.cjs', dependencies: express4, nodes: [20, 22, 24] },
  {
    name: 'TypeScript 7, with passport',
    program: 'passport.ts',
    dependencies: {
      ...express5,
      ...types5,
      passport: '^0.7.0',
      '@types/passport': '^1.0.17',
      '@types/node': '^24.0.0',
      typescript: '^7.0.0',
    },
    compilerOptions,
    nodes: [24],
  },
  {
    name: 'TypeScript 5.9, bundler resolution',
    program: 'app.ts',
    dependencies: { ...express5, ...types5, '@types/node': '^24.0.0', typescript: '~5.9.0' },
    compilerOptions: { ...compilerOptions, module: 'esnext', moduleResolution: 'bundler' },
    nodes: [24],
  },
  {
    name: 'TypeScript 5.9, module: commonjs',
    program: 'commonjs.ts',
    isCommonJs: true,
    dependencies: {
      ...express5,
      ...types5,
      '@opentelemetry/api': '^1.9.0',
      '@types/node': '^24.0.0',
      typescript: '~5.9.0',
    },
    compilerOptions: {
      ...compilerOptions,
      module: 'commonjs',
      moduleResolution: 'node10',
      esModuleInterop: true,
    },
    nodes: [20, 24],
  },
]
