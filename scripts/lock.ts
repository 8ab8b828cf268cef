// Writes package-lock.json anew for all platforms and without the addresses that packages came from: the integrity of each
// is what counts. (npm's own option for it leaves out the packages of other platforms, and npm ci then refuses the lock.)
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

rmSync('package-lock.json', { force: true })
rmSync('node_modules/.package-lock.json', { force: true })
execFileSync('npm', ['install', '--package-lock-only'], { stdio: 'inherit' })
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, { resolved?: string }>
}
for (const entry of Object.values(lock.packages)) delete entry.resolved
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
