import { afterEach, beforeEach } from 'vitest'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { testHydra } from './flows.ts'

let hydra: ScriptedHydra

beforeEach(async () => {
  hydra = await scriptedHydra({ asksUser: true })
})

afterEach(() => hydra.close())

testHydra(() => ({ issuer: hydra.issuer, adminUrl: hydra.issuer }))
