import { heap } from './heap.ts'
import { importTime } from './import.ts'
import { install } from './install.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import type { Measure } from './measure.ts'
import { me, publicPage } from './pages.ts'
import { requests } from './requests.ts'
import { start } from './start.ts'

/** Every measure, by the name that `--only` takes. */
export const measures: Readonly<Record<string, Measure>> = {
  me,
  public: publicPage,
  login,
  logout,
  heap,
  import: importTime,
  start,
  requests,
  install,
}
