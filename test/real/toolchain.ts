import { execFileSync } from 'node:child_process'

/** The sentence for those who have no Go. */
export const GO_MISSING =
  'Real control planes are built with Go 1.26 or newer on Linux, and no `go` command was found here: install it from https://go.dev/dl/ and put it on the PATH.'

/** The command, as the PATH has it. */
export const GO = 'go'

/** The Go that would build the control planes, as `go version` tells it; `undefined` where they cannot be had. */
export const findGo = (): string | undefined => {
  if (process.platform !== 'linux') return undefined
  try {
    return execFileSync(GO, ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

/** Can real control planes be started on this machine? Tests that need them are skipped where not. */
export const realControlPlanesAvailable = (): boolean => findGo() !== undefined
