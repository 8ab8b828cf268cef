import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe } from 'vitest'
import { createVirtualClock } from '../../base/virtual-clock.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite.ts'
import { describeHubView } from './hub-view.contract.ts'
import { createLocalHub } from './local-hub.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-view-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a hub by its data folder', () => {
  describeHubView(async () => {
    const clock = createVirtualClock(new Date('2026-01-02T00:00:00Z'))
    const store = await openSqliteStore(join(folder, 'hub.db'), { clock })
    const hub = createLocalHub(store, { clock, holder: 'ann@desk/4711-abc' })
    return { hub, store, actor: 'ann@desk', now: clock.now(), [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() }
  })
})
