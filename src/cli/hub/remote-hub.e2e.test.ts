import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe } from 'vitest'
import { systemClock } from '../../base/system-clock.ts'
import { openApiWorld } from '../../hub/api/testing/api-world.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite.ts'
import { describeHubView } from './hub-view.contract.ts'
import { createRemoteHub } from './remote-hub.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-view-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a hub by its API', () => {
  describeHubView(async () => {
    await using stack = new AsyncDisposableStack()
    // The API serves another store than the one that its hub writes to: the suite begins with an empty one.
    const store = stack.use(await openSqliteStore(join(folder, 'hub.db'), { clock: systemClock }))
    const world = stack.use(await openApiWorld({ store }))
    const hub = createRemoteHub(world.client(world.admin), { signal: new AbortController().signal })
    const running = stack.move()
    return {
      ...{ hub, store, actor: 'bootstrap-admin', now: world.clock.now() },
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    }
  })
})
