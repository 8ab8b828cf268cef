import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

test('the demo plays its story to the end, and ends by itself without a terminal', async () => {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, '../../scripts/demo.ts')], {
    env: { ...process.env, NO_COLOR: '1' },
  })

  expect(stdout).toMatch(/critical {2}prod-eu +Deployment\/example\/web/)
  expect(stdout).toMatch(/healed {4}prod-eu Deployment\/example\/web/)
  expect(stdout).toMatch(/healed {4}plant-7 Namespace\/example and 5 objects in it/)
  expect(stdout).toMatch(/That is all, in [\d.]+ s/)
})
