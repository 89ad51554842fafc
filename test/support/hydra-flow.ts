import { test as base } from './flow.ts'
import { type ScriptedHydra, scriptedHydra } from './scripted-hydra.ts'

/** A test with a Hydra, and an app that registers itself there. */
export const test = base
  .extend('hydra', async ({ onTestFinished }): Promise<ScriptedHydra> => {
    const hydra = await scriptedHydra()
    onTestFinished(() => hydra.close())
    return hydra
  })
  .extend('app', ({ start, hydra }) => start({ issuer: hydra.issuer }))
