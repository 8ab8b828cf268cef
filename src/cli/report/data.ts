import { toErrorData } from '../../base/errors.ts'
import { formatYaml } from '../../kube/yaml.ts'

/** A report for programs. Errors become their code, message and hint. */
export const formatData = (value: unknown, format: 'json' | 'yaml'): string => {
  const json = JSON.stringify(value, (_, part) => (part instanceof Error ? toErrorData(part) : part), 2)
  return format === 'json' ? `${json}\n` : formatYaml(JSON.parse(json))
}
