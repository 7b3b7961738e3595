const BROWSERS: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];

const SYSTEMS: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

/** “Firefox, Linux” of a User-Agent; the agent itself when it is no browser. */
export function device(agent: string | null): string | null {
  if (agent === null || agent === '') return null;
  const name = (table: [RegExp, string][]) => table.find(([pattern]) => pattern.test(agent))?.[1];
  const words = [name(BROWSERS), name(SYSTEMS)].filter((word) => word !== undefined);
  return words.length > 0 ? words.join(', ') : agent.slice(0, 80);
}
