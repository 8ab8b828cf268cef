import type { ClusterOptions } from '../options.ts'

/** The clusters that options name, as the API takes them. */
export const toSelection = ({ cluster, selector }: Pick<ClusterOptions, 'cluster' | 'selector'>) => ({
  ...(cluster ? { cluster: [...cluster] } : {}),
  ...(selector ? { selector } : {}),
})
