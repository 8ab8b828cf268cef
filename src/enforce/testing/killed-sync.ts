// A sync that kills its own process just before its n-th request, for the test that the next one finishes the work.
import type { KubeClient } from '../../kube/client.ts'
import type { Manifest } from '../../kube/object.ts'
import { componentOf, desiredOf, openWorld } from './world.ts'

type Order = {
  readonly kubeconfigFile: string
  readonly component: string
  readonly manifests: readonly Manifest[]
  readonly request: number
}

process.once('message', (message) => {
  const { kubeconfigFile, component, manifests, request } = message as Order
  const run = async (): Promise<void> => {
    await using world = await openWorld(kubeconfigFile)
    let sent = 0
    const client = new Proxy(world.client, {
      get: (target, name) => {
        const member = target[name as keyof KubeClient]
        if (typeof member !== 'function' || name === 'requestCount') return member
        return (...args: unknown[]) => {
          if (++sent >= request) process.kill(process.pid, 'SIGKILL')
          return (member as (...parameters: unknown[]) => unknown)(...args)
        }
      },
    })
    await world.reconcile(
      desiredOf([componentOf(component, manifests)], `r${request}`),
      {},
      { client, holder: `killed-${component}` },
    )
  }
  run().then(
    () => process.disconnect(),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exitCode = 1
      process.disconnect()
    },
  )
})
