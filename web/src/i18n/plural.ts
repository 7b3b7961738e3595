/** Chooses between the form for one and the form for other counts, by the language's rules. */
export function plural(language: string) {
  const rules = new Intl.PluralRules(language);
  return (count: number, one: string, other: string) => (rules.select(count) === 'one' ? one : other);
}
