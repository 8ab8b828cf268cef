import { isLockstepError } from '../../base/errors.ts'
import { formatYaml } from '../../kube/yaml.ts'

/** A report for programs. Errors become their code, message and hint. */
export const formatData = (value: unknown, format: 'json' | 'yaml'): string => {
  const json = JSON.stringify(value, (_, part) => (part instanceof Error ? toData(part) : part), 2)
  return format === 'json' ? `${json}\n` : formatYaml(JSON.parse(json))
}

const toData = (error: Error): object =>
  isLockstepError(error)
    ? {
        code: error.code,
        message: error.message,
        ...(error.hint ? { hint: error.hint } : {}),
        ...(error.position ? { position: error.position } : {}),
      }
    : { message: error.message }
