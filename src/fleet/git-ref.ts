import type { GitRef } from './resolved.ts'

/** How a version of a repository is told to people, and its key in maps: `tag v12`, `branch main`. */
export const formatGitRef = (ref: GitRef): string => {
  const [[kind, value] = ['', '']] = Object.entries(ref)
  return `${kind} ${value}`
}
