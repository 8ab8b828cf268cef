/** On what a grant makes, which grant it was. */
export const GRANT_LABEL = 'lockstep.dev/grant'
