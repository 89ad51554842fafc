import type { Command } from '../command.ts'
import { clientDelete } from './client-delete.ts'
import { clientRegister } from './client-register.ts'
import { clientRotate } from './client-rotate.ts'
import { clientShow } from './client-show.ts'
import { clientUpdate } from './client-update.ts'
import { doctor } from './doctor.ts'
import { newApp } from './new.ts'

/** All commands, by name. */
export const commands: Readonly<Record<string, Command>> = Object.freeze({
  new: newApp,
  'client show': clientShow,
  'client register': clientRegister,
  'client update': clientUpdate,
  'client rotate': clientRotate,
  'client delete': clientDelete,
  doctor,
})
