import { randomBytes } from 'node:crypto';
import { AxeBuilder } from '@axe-core/playwright';
import { type APIRequestContext, expect, type Page, test as base } from '@playwright/test';
import { en, type Texts } from '../src/i18n/en';
import { es } from '../src/i18n/es';

export interface Account {
  name: string;
  password: string;
  /** Asks the service as this person, apart from any browser. */
  request: APIRequestContext;
}

export interface Options {
  /** Whether the pages of this project are pictured and given to axe. */
  thorough: boolean;
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

/** A name that no other test, project or earlier run has. */
export function unique(word: string): string {
  return `${word}-${randomBytes(4).toString('hex')}`;
}

type Requests = (options: object) => Promise<APIRequestContext>;

/** A new account; registering logs its client in. Its cookies do not reach the page. */
async function withAccount(newContext: Requests, baseURL: string, use: (account: Account) => Promise<void>) {
  // Writes with a cookie are answered only where they come from the service's own pages.
  const request = await newContext({
    baseURL,
    extraHTTPHeaders: { origin: new URL(baseURL).origin },
    // Not the one of the page's browser, which may be an administrator's.
    storageState: { cookies: [], origins: [] },
  });
  const data = { name: unique('ana'), password: 'a long enough password' };
  const answer = await request.post('/v1/users', { data });
  expect(answer.status(), await answer.text()).toBe(201);
  await use({ ...data, request });
  await request.dispose();
}

export const test = base.extend<Fixtures & Options>({
  thorough: [false, { option: true }],
  t: async ({ locale }, use) => use(locale?.startsWith('es') ? es : en),
  account: async ({ playwright, baseURL }, use) =>
    withAccount((options) => playwright.request.newContext(options), baseURL ?? '', use),
  other: async ({ playwright, baseURL }, use) =>
    withAccount((options) => playwright.request.newContext(options), baseURL ?? '', use),
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

/** Gives the page's browser the account's session. The login page has tests of its own. */
export async function logIn(page: Page, account: Account): Promise<void> {
  const { cookies } = await account.request.storageState();
  await page.context().clearCookies();
  await page.context().addCookies(cookies);
}

/** Publishes a prompt and answers its id. */
export async function publish(author: Account, text: string, more: object = {}): Promise<number> {
  const answer = await author.request.post('/v1/prompts', { data: { text, ...more } });
  expect(answer.status(), await answer.text()).toBe(201);
  return ((await answer.json()) as { id: number }).id;
}

/** Keeps a picture of what the window shows, or of the `whole` page. */
export async function picture(page: Page, name: string, whole = false): Promise<void> {
  const folder = process.env.CATALEJO_PICTURES ?? 'artifacts/screenshots';
  const path = `${folder}/${test.info().project.name}/${name}.png`;
  await page.screenshot({ path, animations: 'disabled', fullPage: whole });
}

/** Waits until nothing is on its way any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
}

/** The page does not scroll sideways. */
export async function expectFit(page: Page): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${page.url()} scrolls sideways`).toBeLessThanOrEqual(0);
}

/** What axe finds serious: nothing. `rules` limits it to some of its rules. */
export async function expectSound(page: Page, rules: string[] = []): Promise<void> {
  await expectFit(page);
  const { thorough } = test.info().project.use as Partial<Options>;
  if (thorough === false) return;
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules.length > 0 ? axe.withRules(rules) : axe).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect(found, page.url()).toEqual([]);
}

export { expect };
