import { parseDuration } from '../base/duration.ts'
import { createCliError } from './errors.ts'

/** Where the fleet is and how it is read. */
export type FleetOptions = {
  readonly fleet?: string
  readonly revision?: string
  readonly cacheDir?: string
  readonly offline?: boolean
  readonly allowPrivate?: readonly string[]
}

/** Which clusters, and how they are reached. */
export type ClusterOptions = FleetOptions & {
  readonly cluster?: readonly string[]
  readonly selector?: string
  readonly kubeconfig?: string
  readonly allowExec?: readonly string[]
  readonly connectTimeout?: string
}

/** How a report is printed. */
export type Format = 'table' | 'json' | 'yaml' | 'markdown'

/** The value of an option that is a duration. */
export const parseDurationOption = (text: string, option: string): number => {
  try {
    return parseDuration(text)
  } catch (cause) {
    throw createCliError('USAGE_INVALID', `${option}: "${text}" is not a duration`, {
      hint: 'write it like 30s, 5m or 1h30m',
      cause,
    })
  }
}
