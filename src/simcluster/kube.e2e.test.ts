import { openInProcess } from './contract/in-process.ts'
import { openSimOverHttp } from './contract/sim-over-http.ts'
import { describeFuzzSeeds, describeKube } from './kube.contract.ts'

describeKube('a simulated cluster', { open: () => openInProcess('contract'), simulated: true })

describeKube('a simulated cluster over HTTPS', {
  open: () => openSimOverHttp('contract'),
  simulated: true,
  areas: ['discovery', 'verbs', 'watch'],
})

describeFuzzSeeds('a simulated cluster', () => openInProcess('fuzz'))
