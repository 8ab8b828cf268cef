import vm from 'node:vm'

/** How long work may take where nobody says otherwise. */
export const TIMEOUT_MS = 100

const watched: { work?: () => unknown; isOn: boolean } = { isOn: false }
const watchdog = new vm.Script('watched.work()')
let watchedContext: vm.Context | undefined

/** Is this called from work that is timed already? */
export const isTimed = (): boolean => watched.isOn

/** Runs host code under the watchdog of a script: the only way to end synchronous work in its own thread. */
export const runTimed = (work: () => unknown, timeoutMs: number): unknown => {
  watchedContext ??= vm.createContext({ watched })
  watched.work = work
  watched.isOn = true
  try {
    return watchdog.runInContext(watchedContext, { timeout: timeoutMs })
  } catch (error) {
    const isTimeout = (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    throw isTimeout ? Object.assign(new Error(`it took longer than ${timeoutMs} ms`), { code: 'too_slow' }) : error
  } finally {
    watched.isOn = false
  }
}
