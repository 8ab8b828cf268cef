import type { SourcePosition } from '../base/errors.ts'
import type { FleetModel } from '../fleet/model.ts'
import { formatPosition } from '../fleet/problem.ts'

/** A document, where it stands, and what changed it last. */
type Described<Change> = { readonly name: string; readonly at: string; readonly change?: Change }

/** A grant and the template that it uses, as they stand in Git; undefined where there is no such grant. */
export const describeGrant = async <Change>(
  model: FleetModel,
  name: string,
  findChange: (position: SourcePosition) => Promise<Change | undefined>,
): Promise<{ readonly grant: Described<Change>; readonly template?: Described<Change> } | undefined> => {
  const grant = model.rbacGrants.get(name)
  if (!grant) return undefined
  const describe = async (document: Pick<typeof grant, 'name' | 'origin'>): Promise<Described<Change>> => {
    const position = model.locate(document.origin, '/metadata/name')
    const change = await findChange(position)
    return { name: document.name, at: formatPosition(position), ...(change === undefined ? {} : { change }) }
  }
  const template = model.rbacTemplates.get(grant.spec.template.name)
  return { grant: await describe(grant), ...(template ? { template: await describe(template) } : {}) }
}
