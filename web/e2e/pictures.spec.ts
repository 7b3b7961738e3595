import { adminTest } from './admin';
import { type Account, expect, expectSound, logIn, picture, publish, settled, test, unique } from './support';
import type { Page } from '@playwright/test';

const OPEN = [
  '/',
  '/?q=a+night+train',
  '/prompts',
  '/people',
  '/feed',
  '/me',
  '/login',
  '/register',
  '/setup',
  '/nowhere',
];
const OWN = ['/feed', '/people', '/prompts', '/me', '/me?tab=account', '/me?tab=sessions', '/me?tab=keys'];
const ADMIN = [
  '/catalogue',
  '/catalogue/sources',
  '/catalogue/songs',
  '/catalogue/songs?tab=schema',
  '/catalogue/songs?tab=refused',
  '/catalogue/songs?tab=runs',
  '/parts',
  '/moderation',
  '/moderation?tab=users',
  '/moderation?tab=audit',
];

function named(who: string, path: string): string {
  const words = path.replace(/[^a-z]+/g, '-').replace(/^-|-$/g, '');
  return `${who}-${words || 'discover'}`;
}

/** Opens a page, gives it to axe and keeps a picture of it, by day and by night. */
async function look(page: Page, path: string, name: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.goto(path);
  await settled(page);
  await expectSound(page);
  await picture(page, `${name}-light`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectSound(page, ['color-contrast']);
  await picture(page, `${name}-dark`);
}

test.beforeEach(({ thorough }) => test.skip(!thorough, 'this layout is looked at in the other language'));

for (const path of OPEN) {
  test(`anybody sees ${path}`, ({ page }) => look(page, path, named('anybody', path)));
}

/** Somebody with a past: prompts, likes, people followed. */
async function live(account: Account): Promise<number> {
  const id = await publish(account, unique('rain on a tin roof'), {
    filter: 'energy <= 0.5',
    mode: 'vector',
  });
  await publish(account, 'Kitchen songs for a slow Sunday');
  const { items } = (await (await account.request.get('/v1/people?random=true')).json()) as {
    items: { name: string; demo: boolean }[];
  };
  for (const { name } of items.filter(({ demo }) => demo).slice(0, 3)) {
    expect((await account.request.put(`/v1/people/${name}/follow`)).ok()).toBe(true);
  }
  await account.request.post('/v1/keys', { data: { name: 'my player', scopes: ['search'] } });
  return id;
}

test('a member sees their own pages', async ({ page, account }) => {
  const id = await live(account);
  await logIn(page, account);
  for (const path of OWN) await look(page, path, named('member', path));
  await look(page, `/prompts/${id}`, 'member-prompt');
  await look(page, `/people/${account.name}`, 'member-person-own');
});

test('a member sees somebody else', async ({ page, account, other }) => {
  await live(other);
  await logIn(page, account);
  await look(page, `/people/${other.name}`, 'member-person');
});

test('an item and its neighbours', async ({ page }) => {
  const found = await page.request.post('/v1/collections/songs/search', {
    data: { query: 'a night train', limit: 1 },
  });
  const { hits } = (await found.json()) as { hits: { id: string }[] };
  await look(page, `/items/songs/${hits[0]?.id ?? ''}`, 'anybody-item');
});

for (const path of ADMIN) {
  adminTest(`an administrator sees ${path}`, async ({ page, t, account, other }) => {
    if (path === '/moderation') {
      const id = await publish(other, unique('cheap watches'));
      await account.request.post(`/v1/prompts/${id}/reports`, { data: { reason: 'advertising' } });
    }
    await look(page, path, named('admin', path));
    await expect(page.getByText(t.admin.only)).toHaveCount(0);
  });
}
