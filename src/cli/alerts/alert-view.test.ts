import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe } from 'vitest'
import { createVirtualClock } from '../../base/virtual-clock.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite.ts'
import { describeAlertView } from './alert-view.contract.ts'
import { createLocalAlerts } from './alert-view.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-view-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('alerts by a data folder', () => {
  describeAlertView(async () => {
    const clock = createVirtualClock(new Date('2026-01-02T00:00:00Z'))
    const store = await openSqliteStore(join(folder, 'hub.db'), { clock })
    const view = createLocalAlerts(store, { clock, holder: 'ann@desk/4711-abc' })
    return {
      view,
      store,
      actor: 'ann@desk',
      now: clock.now(),
      [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
    }
  })
})
