import type { ResolvedGrant } from '../fleet/resolved.ts'
import type { Selectable } from '../fleet/selector.ts'
import { digestJson } from '../kube/canonical.ts'
import { createRbacError } from '../rbac/errors.ts'
import { formatGrantRisk, listGrantRisks } from '../rbac/grant-risks.ts'
import { findLockout } from '../rbac/lockout.ts'
import { renderGrant } from '../rbac/render-grant.ts'
import type { DesiredComponent } from './desired.ts'
import type { RenderedComponent } from './render-component.ts'

/** What grants are rendered with. */
type GrantInput = { readonly now?: Date; readonly listNamespaces?: () => Promise<readonly Selectable[]> }

/** Renders grants of one cluster, whose namespaces are asked for once, and only if a grant holds in some. */
export const createGrantRenderer = (
  { now, listNamespaces }: GrantInput,
  components: readonly DesiredComponent[],
): ((grant: ResolvedGrant) => Promise<RenderedComponent>) => {
  let live: Promise<readonly Selectable[]> | undefined
  return async (grant) => {
    const isNamespaced = grant.bindings.some(({ namespaces }) => namespaces !== undefined)
    if (isNamespaced) live ??= listNamespaces?.()
    const known = new Map((await live)?.map((namespace) => [namespace.name, namespace]))
    // As Git states it, a namespace will be.
    for (const stated of listStated(components)) known.set(stated.name, mergeNamespace(known.get(stated.name), stated))
    const lockout = findLockout(grant)
    if (lockout !== undefined) {
      throw createRbacError('RBAC_LOCKOUT', `grant ${grant.name} is refused: ${lockout}`, {
        subject: grant.name,
        hint: 'leave the access of the system to others than this grant',
      })
    }
    const rendered = renderGrant(grant, {
      ...(now ? { now } : {}),
      namespaces: [...known.values()],
      isComplete: listNamespaces !== undefined,
    })
    return {
      objects: rendered.manifests.map((manifest) => ({
        manifest,
        digest: digestJson(manifest),
        origin: `(grant ${grant.name})`,
      })),
      warnings: rendered.warnings,
      source: `grant of ${grant.template}`,
      grant: {
        expired: rendered.expired,
        risks: listGrantRisks(grant).map(formatGrantRisk),
        ...(rendered.scope ? { scope: rendered.scope } : {}),
      },
    }
  }
}

const listStated = (components: readonly DesiredComponent[]): Selectable[] =>
  components.flatMap(({ objects }) =>
    objects.flatMap(({ manifest: { apiVersion, kind, metadata } }) =>
      kind === 'Namespace' && apiVersion === 'v1' ? [{ name: metadata.name, labels: metadata.labels ?? {} }] : [],
    ),
  )

/** Every namespace carries its name as a label. */
const mergeNamespace = (live: Selectable | undefined, { name, labels }: Selectable): Selectable => ({
  name,
  labels: { ...live?.labels, ...labels, 'kubernetes.io/metadata.name': name },
})
