import { AxeBuilder } from '@axe-core/playwright';
import { type APIRequestContext, expect, type Page, test as base } from '@playwright/test';
import { en, type Texts } from '../src/i18n/en';
import { es } from '../src/i18n/es';

export interface Account {
  name: string;
  password: string;
}

interface Fixtures {
  /** What the page says in the project's language. */
  t: Texts;
  /** An account that did not exist before, logged in nowhere. */
  account: Account;
  /** The same for a second person. */
  other: Account;
  /** No console error, no violation of the content security policy, whatever the test does. */
  quiet: undefined;
}

let made = 0;

/** A name that no other test, project or earlier run has. */
export function unique(word: string): string {
  made += 1;
  return `${word}_${Date.now().toString(36)}${process.pid.toString(36)}${made}`;
}

async function create(request: APIRequestContext): Promise<Account> {
  const account = { name: unique('ana'), password: 'a long enough password' };
  const answer = await request.post('/v1/users', { data: account });
  expect(answer.status(), await answer.text()).toBe(201);
  return account;
}

export const test = base.extend<Fixtures>({
  t: async ({ locale }, use) => use(locale?.startsWith('es') ? es : en),
  account: async ({ playwright, baseURL }, use) => use(await withRequest(playwright, baseURL, create)),
  other: async ({ playwright, baseURL }, use) => use(await withRequest(playwright, baseURL, create)),
  quiet: [
    async ({ page }, use) => {
      const said: string[] = [];
      page.on('pageerror', (error) => said.push(error.message));
      page.on('console', (message) => {
        // A refused request is the service's answer, shown by the page; anything else is a fault of the page.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
          said.push(message.text());
        }
      });
      await use(undefined);
      expect(said).toEqual([]);
    },
    { auto: true },
  ],
});

interface Requests {
  request: { newContext: (options: { baseURL?: string }) => Promise<APIRequestContext> };
}

/** A client of its own, so that its cookies do not reach the page. */
async function withRequest<T>(
  playwright: Requests,
  baseURL: string | undefined,
  act: (request: APIRequestContext) => Promise<T>,
): Promise<T> {
  const request = await playwright.request.newContext({ baseURL });
  try {
    return await act(request);
  } finally {
    await request.dispose();
  }
}

/** Logs the page's browser in. */
export async function logIn(page: Page, account: Account): Promise<void> {
  const answer = await page.request.post('/v1/sessions', { data: account });
  expect(answer.status(), await answer.text()).toBe(201);
}

/** Publishes as whoever the page is logged in as. */
export async function publish(page: Page, text: string): Promise<number> {
  const origin = new URL(test.info().project.use.baseURL ?? '').origin;
  const answer = await page.request.post('/v1/prompts', { data: { text }, headers: { origin } });
  expect(answer.status(), await answer.text()).toBe(201);
  return ((await answer.json()) as { id: number }).id;
}

/** Keeps a picture of the page as an artefact. */
export async function picture(page: Page, name: string): Promise<void> {
  const path = `artifacts/screenshots/${test.info().project.name}/${name}.png`;
  await page.screenshot({ path, animations: 'disabled' });
}

/** Waits until nothing is on its way any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
}

/** What axe finds serious, and whether the page scrolls sideways: nothing. */
export async function expectSound(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, 'the page scrolls sideways').toBeLessThanOrEqual(0);
}

export { expect };
