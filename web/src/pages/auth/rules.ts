/** Whether a password has fewer than the 8 characters that the service asks for. */
export function isShort(password: string): boolean {
  return Array.from(password).length < 8;
}
