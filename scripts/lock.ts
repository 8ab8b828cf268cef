// Writes package-lock.json anew: for all platforms, and without the addresses that packages came from (their integrity is
// what counts). A registry that holds the packages of some platforms only would otherwise leave the others out of the lock,
// and npm ci refuses a lock that lacks them: what they are for is told by their names.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Entry = {
  version?: string
  resolved?: string
  integrity?: string
  dev?: boolean
  optional?: boolean
  optionalDependencies?: Record<string, string>
  os?: string[]
  cpu?: string[]
  libc?: string[]
}

if (!process.argv.includes('--complete')) {
  // Beside node_modules npm would take what lies there for granted, and write no integrity of it.
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-lock-'))
  for (const file of ['package.json', '.npmrc']) copyFileSync(file, join(folder, file))
  execFileSync('npm', ['install', '--package-lock-only'], { cwd: folder, stdio: 'inherit' })
  copyFileSync(join(folder, 'package-lock.json'), 'package-lock.json')
  rmSync(folder, { recursive: true })
}
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> }
const OS = /\b(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)/
const CPU = /\b(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|wasm32|x64)/
for (const [path, entry] of Object.entries(lock.packages)) {
  delete entry.resolved
  if (path === '') continue
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const [os, cpu] = [OS.exec(name)?.[1], CPU.exec(name)?.[1]]
    if (lock.packages[`node_modules/${name}`] || os === undefined || cpu === undefined) continue
    const libc = name.endsWith('musl') ? { libc: ['musl'] } : name.endsWith('gnu') ? { libc: ['glibc'] } : {}
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      os: [os],
      cpu: [cpu],
      ...libc,
    }
  }
}
const unproven = Object.entries(lock.packages).filter(
  ([path, { integrity, os }]) => path !== '' && integrity === undefined && os === undefined,
)
if (unproven.length > 0) throw new Error(`no integrity: ${unproven.map(([path]) => path).join(', ')}`)
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1)))
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
