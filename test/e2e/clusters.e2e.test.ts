import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/system-clock.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'

const COMMAND = join(import.meta.dirname, '../../scripts/clusters.ts')

test('simulated clusters started by hand answer until SIGTERM, and leave nothing', async () => {
  const child = spawn(process.execPath, [COMMAND, '--clusters', '2', '--nodes', '3'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [file] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]

  const access = await loadKubeconfig(
    { paths: [file], context: 'sim-2', allowExec: [] },
    { clock: systemClock, env: {} },
  )
  await using client = createKubeClient(access, { clock: systemClock, random: Math.random })
  const { items } = await client.listMetadata({ resource: (await client.discover()).find('', 'Node')! })
  child.kill('SIGTERM')
  const [exitCode] = await once(child, 'exit')

  expect(items).toHaveLength(3)
  expect(exitCode).toBe(0)
  expect(existsSync(file)).toBe(false)
})
