import type { KubeObject } from '../object.ts'
import { parseYaml } from '../yaml.ts'

/** One object from inline YAML, for tests. */
export const object = (strings: TemplateStringsArray, ...values: unknown[]): KubeObject => {
  const [first] = parseYaml(String.raw({ raw: strings }, ...values))
  return first as KubeObject
}
