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
  '/prompts/of/nobody',
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
  '/moderation?tab=users',
];

function named(who: string, path: string): string {
  const words = path.replace(/[^a-z]+/g, '-').replace(/^-|-$/g, '');
  return `${who}-${words || 'discover'}`;
}

/** Opens a page, gives it to axe and keeps a picture of it, by day and by night; `whole` with what lies below. */
async function look(page: Page, path: string, name: string, whole = false): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.goto(path);
  await settled(page);
  await expectSound(page);
  await picture(page, `${name}-light`, whole);
  await page.emulateMedia({ colorScheme: 'dark' });
  // Colours fade into each other; halfway they are nobody's choice.
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
  await expectSound(page, ['color-contrast']);
  await picture(page, `${name}-dark`, whole);
}

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
  adminTest(`an administrator sees ${path}`, async ({ page, t }) => {
    await look(page, path, named('admin', path), path.endsWith('schema'));
    await expect(page.getByText(t.admin.only)).toHaveCount(0);
  });
}

adminTest('an administrator sees what was reported and decided', async ({ page, t, account, other }) => {
  for (const text of ['cheap watches', 'cheaper watches']) {
    const id = await publish(other, unique(text));
    await account.request.post(`/v1/prompts/${id}/reports`, { data: { reason: 'advertising' } });
  }
  await account.request.post(`/v1/people/${other.name}/reports`, {
    data: { reason: 'nothing but advertising' },
  });
  await page.goto('/moderation');
  const report = page.getByRole('article').filter({ hasText: 'cheaper watches' }).first();
  await report.getByRole('button', { name: t.moderation.resolve }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(t.moderation.note).fill('as agreed');
  await dialog.getByRole('button', { name: t.moderation.resolve }).click();
  await expect(dialog).toHaveCount(0);
  await look(page, '/moderation', 'admin-moderation');
  await look(page, '/moderation?tab=audit', 'admin-moderation-tab-audit');
});

adminTest('an administrator sees a run and the rows it refused', async ({ page, baseURL }) => {
  const headers = { origin: new URL(baseURL ?? '').origin };
  const name = unique('recipes');
  const fields = { id: { type: 'keyword' }, title: { type: 'text' } };
  const made = await page.request.post('/v1/collections', {
    headers,
    data: { name, id: 'id', title: 'title', fields },
  });
  expect(made.status(), await made.text()).toBe(201);
  const buffer = Buffer.from('id,title\n1,Bread\n2,Soup\n,nobody knows\n');
  const file = { name: 'recipes.csv', mimeType: 'text/csv', buffer };
  const sent = await page.request.post(`/v1/collections/${name}/imports`, { headers, multipart: { file } });
  const { run_id } = (await sent.json()) as { run_id: string };
  const state = async () =>
    ((await (await page.request.get(`/v1/runs/${run_id}`)).json()) as { state: string }).state;
  await expect.poll(state).toBe('succeeded');
  await look(page, `/catalogue/runs/${run_id}`, 'admin-run', true);
  await look(page, `/catalogue/${name}?tab=refused`, 'admin-catalogue-refused');
  await page.request.delete(`/v1/collections/${name}`, { headers });
});
