import { ROLE_PERMISSIONS, ROLES } from './access.ts'
import { listOperations, type NamedOperation } from './operations.ts'

/** The page of docs that lists what a hub serves, and who may call it. Pure. */
export const formatRoutesPage = (): string =>
  [
    '# Routes of a hub',
    '',
    'Written by `npm run schemas` from `src/api`; [openapi.json](openapi.json) has parameters and answers. What may be called is decided in one',
    'place by this table. `verified`: the operation verifies the sender itself. API tokens may what their scopes name.',
    '',
    `| | needs | ${ROLES.join(' | ')} | |`,
    `|---|---|${ROLES.map(() => '---|').join('')}---|`,
    ...listOperations()
      .toSorted((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0))
      .map(formatRoute),
    '',
  ].join('\n')

const formatRoute = ({ method, path, access, summary }: NamedOperation): string => {
  const isOpen = access === 'public' || access === 'verified' || access === 'signed-in'
  const cells = ROLES.map((role) =>
    isOpen || (ROLE_PERMISSIONS[role] as readonly string[]).includes(access) ? 'yes' : '',
  )
  return `| \`${method} ${path}\` | ${access} | ${cells.join(' | ')} | ${summary} |`
}
