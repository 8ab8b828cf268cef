import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe } from 'vitest'
import { systemClock } from '../../base/system-clock.ts'
import { openApiWorld } from '../../hub/api/testing/api-world.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite.ts'
import { describeAlertView } from './alert-view.contract.ts'
import { createRemoteAlerts } from './remote-alerts.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-view-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('alerts by an API', () => {
  describeAlertView(async () => {
    await using stack = new AsyncDisposableStack()
    // The API serves another store than the one that its hub writes to: the suite begins with an empty one.
    const store = stack.use(await openSqliteStore(join(folder, 'hub.db'), { clock: systemClock }))
    const world = stack.use(await openApiWorld({ store }))
    const view = createRemoteAlerts(world.client(world.admin), { signal: new AbortController().signal })
    const running = stack.move()
    return {
      ...{ view, store, actor: 'bootstrap-admin', now: world.clock.now() },
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    }
  })
})
