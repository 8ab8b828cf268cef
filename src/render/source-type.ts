/** How a folder is rendered. */
export type SourceType = 'helm' | 'kustomize' | 'jsonnet' | 'plain'

const MARKERS: readonly (readonly [string, SourceType])[] = [
  ['Chart.yaml', 'helm'],
  ['kustomization.yaml', 'kustomize'],
  ['kustomization.yml', 'kustomize'],
  ['Kustomization', 'kustomize'],
  ['main.jsonnet', 'jsonnet'],
]

/** The type of a folder, told by what is in it. */
export const findSourceType = (names: readonly string[]): SourceType =>
  MARKERS.find(([marker]) => names.includes(marker))?.[1] ?? 'plain'
