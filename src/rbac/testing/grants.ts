import { createMemoryTree } from '../../base/file-tree.ts'
import { loadFleet } from '../../fleet/load.ts'
import { formatProblem } from '../../fleet/problem.ts'
import type { ResolvedGrant } from '../../fleet/resolved.ts'

const API = 'apiVersion: lockstep.dev/v1alpha1'

/** The files of a fleet with clusters `prod-1`, `prod-2` and `dev`. */
export const toFiles = (documents: Readonly<Record<string, string>>): Record<string, string> => ({
  'fleet.yaml': `${API}\nkind: Fleet\nmetadata: {name: acme}\nspec: {}\n`,
  'clusters.yaml': ['prod-1', 'prod-2', 'dev']
    .map(
      (name) =>
        `${API}\nkind: Cluster\nmetadata: {name: ${name}, labels: {env: ${name.replace(/-\d/, '')}}}\nspec: {provider: {existing: {kubeconfig: {}}}}\n`,
    )
    .join('---\n'),
  ...Object.fromEntries(Object.entries(documents).map(([file, text]) => [file, `${API}\n${text}`])),
})

/** The grants of every cluster of such a fleet, and its problems. */
export const loadGrants = async (
  documents: Readonly<Record<string, string>>,
): Promise<{
  readonly grants: Readonly<Record<string, readonly ResolvedGrant[]>>
  readonly problems: readonly string[]
}> => {
  const { fleet, problems } = await loadFleet(createMemoryTree(toFiles(documents)))
  return {
    grants: Object.fromEntries(
      (fleet?.clusters ?? []).map(({ name, components }) => [
        name,
        components.flatMap(({ source }) => (source.type === 'grant' ? [source.grant] : [])),
      ]),
    ),
    problems: problems.map(formatProblem),
  }
}
