/** Small choices of the reader, kept by the browser. A browser that forbids it just forgets. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`catalejo.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`catalejo.${name}`, value);
  } catch {
    // The choice then lasts as long as the page.
  }
}
