// Puts the checkout's manifest back after packing.
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const saved = join(root, 'dist', 'package.checkout.json')
copyFileSync(saved, join(root, 'package.json'))
rmSync(saved)
