import { readdirSync } from 'node:fs'
import type { ContractCases } from './contract-case.ts'

/** The cases of one `<area>.contract.ts`. */
export type Area = { readonly name: string; readonly cases: ContractCases }

/** All areas that have a file here, or those that are named. Each file exports its `cases`. */
export const loadAreas = async (names: readonly string[] = []): Promise<readonly Area[]> => {
  const all = readdirSync(import.meta.dirname)
    .flatMap((file) => (file.endsWith('.contract.ts') ? [file.slice(0, -'.contract.ts'.length)] : []))
    .sort()
  const unknown = names.filter((name) => !all.includes(name))
  if (unknown.length > 0) throw new Error(`No such area: ${unknown.join(', ')}. There are ${all.join(', ')}`)
  const chosen = names.length > 0 ? all.filter((name) => names.includes(name)) : all
  return Promise.all(
    chosen.map(async (name) => {
      const { cases } = (await import(`./${name}.contract.ts`)) as { cases: ContractCases }
      return { name, cases }
    }),
  )
}
