import { compileParameters, type Parameters } from './arguments.ts'
import type { FleetModel } from './model.ts'
import type { ClusterTemplateSpec } from './schema/cluster-template.ts'
import { resolveExtends, type TemplateChain } from './template-chain.ts'

/** A template with everything it extends and its parameters ready for checking arguments. */
export type PreparedTemplate =
  | (Extract<TemplateChain<ClusterTemplateSpec>, { type: 'chain' }> & { readonly compiled: Parameters })
  | Exclude<TemplateChain<ClusterTemplateSpec>, { type: 'chain' }>

// Many clusters share a template, and compiling its parameters takes longer than resolving a cluster.
const prepared = new WeakMap<FleetModel, Map<string, PreparedTemplate>>()

/** Prepares a template of a model, once. */
export const prepareTemplate = (model: FleetModel, name: string): PreparedTemplate => {
  const ofModel = prepared.get(model) ?? new Map<string, PreparedTemplate>()
  prepared.set(model, ofModel)
  const known = ofModel.get(name)
  if (known) return known
  const chain = resolveExtends(model.templates, name)
  const template = chain.type === 'chain' ? { ...chain, compiled: compileParameters(chain.parameters) } : chain
  ofModel.set(name, template)
  return template
}
