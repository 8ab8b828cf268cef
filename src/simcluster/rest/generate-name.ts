/** No vowels and nothing that is mistaken for another: no words, no confusion. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** A name of a base, cut so that it stays a label, and five characters of chance. */
export const generateName = (base: string, random: () => number): string => {
  let name = base.slice(0, 58)
  for (let count = 0; count < 5; count++) name += ALPHABET[Math.floor(random() * ALPHABET.length)]
  return name
}
