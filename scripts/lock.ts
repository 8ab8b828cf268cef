// Writes package-lock.json anew: for all platforms, and without the addresses that packages came from (their integrity is
// what counts). A registry that holds the packages of some platforms only would otherwise leave the others out of the lock,
// and npm ci refuses a lock that lacks them: what they are for is told by their names.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

type Entry = {
  version?: string
  resolved?: string
  dev?: boolean
  optional?: boolean
  optionalDependencies?: Record<string, string>
  os?: string[]
  cpu?: string[]
  libc?: string[]
}

if (!process.argv.includes('--complete')) {
  rmSync('package-lock.json', { force: true })
  rmSync('node_modules/.package-lock.json', { force: true })
  execFileSync('npm', ['install', '--package-lock-only'], { stdio: 'inherit' })
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
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1)))
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
