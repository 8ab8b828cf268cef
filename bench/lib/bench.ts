import type { Workspace } from './workspace.ts'

/** One line of the table: what was measured, what came out, and which goal it is held against. */
export type Row = {
  readonly what: string
  readonly measured: string
  readonly goal?: string
  readonly reached?: boolean
}

/** Something that is measured on real control planes. It tells what came out and asserts nothing about time. */
export type Bench = {
  readonly name: string
  readonly title: string
  readonly run: (workspace: Workspace) => Promise<readonly Row[]>
}
