import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startSimFleet } from '../sim-fleet.ts'
import { runTampering } from '../tampering/run.ts'

test('tampering with a simulated cluster is seen whole and healed', { timeout: 300_000 }, async () => {
  await using clusters = await startSimFleet([{ name: 'staging', nodes: 2 }])
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-tampering-'))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, clusters.kubeconfig, { mode: 0o600 })
  try {
    const { tally } = await runTampering({ kubeconfig, seed: 5, rounds: 5, components: ['own'], admission: false })

    expect(tally.failures).toEqual([])
    expect([...tally.byKind.values()].filter(({ tried }) => tried > 0).length).toBeGreaterThan(50)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
