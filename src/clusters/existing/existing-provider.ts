import { join, resolve } from 'node:path'
import { type KubeconfigDeps, loadKubeconfig } from '../../kube/kubeconfig.ts'
import type { ClusterProvider } from '../provider.ts'

/** Where kubeconfigs are looked for. */
export type ExistingOptions = {
  /** The folder that relative paths of the fleet start from. */
  readonly fleetFolder: string
  /** What `~/` stands for. */
  readonly home: string
  /** The kubeconfigs of clusters that name none, as in `KUBECONFIG`. */
  readonly kubeconfigs: readonly string[]
  /** The credential plugins that may be run. */
  readonly allowExec: readonly string[]
}

/** Clusters that somebody else made: reached by a context of a kubeconfig. Their shape is compared, never changed. */
export const createExistingProvider = (options: ExistingOptions, deps: KubeconfigDeps): ClusterProvider => ({
  type: 'existing',
  openAccess: async ({ provider }, callOptions) => {
    const { path, context } = provider.type === 'existing' ? provider.kubeconfig : {}
    const paths = path === undefined ? options.kubeconfigs : [toFile(path, options)]
    return loadKubeconfig({ paths, allowExec: options.allowExec, ...(context ? { context } : {}) }, deps, callOptions)
  },
})

const toFile = (path: string, { home, fleetFolder }: ExistingOptions): string =>
  path.startsWith('~/') ? join(home, path.slice(2)) : resolve(fleetFolder, path)
