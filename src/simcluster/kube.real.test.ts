import { setTimeout } from 'node:timers/promises'
import { describeReal, sharedFleet } from '../../test/real/shared-fleet.ts'
import { systemClock } from '../base/system-clock.ts'
import { loadKubeconfig } from '../kube/kubeconfig.ts'
import { openOverHttp } from './contract/over-http.ts'
import { describeKube } from './kube.contract.ts'

describeReal('the real server answers as recorded', () => {
  describeKube('a real cluster', {
    open: async () => {
      const [cluster] = sharedFleet().clusters
      if (!cluster) throw new Error('The fleet has no cluster')
      const paths = [cluster.kubeconfigFile]
      const access = await loadKubeconfig({ paths, allowExec: [] }, { clock: systemClock, env: {} })
      return openOverHttp(access, { wait: (ms) => setTimeout(ms), hasControllers: true })
    },
    simulated: false,
  })
})
