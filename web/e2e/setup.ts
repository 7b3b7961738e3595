import { expectSound, expect, picture, settled, test, unique } from './support';
import { ADMIN_STATE } from './admin';

const PASSWORD = 'the first administrator';

test('there is an administrator', async ({ page, t, context, playwright, baseURL }) => {
  const [name = '', password = ''] = (process.env.CATALEJO_ADMIN ?? '').split(':');
  const link = process.env.CATALEJO_SETUP ?? '';
  if (name !== '') {
    const answer = await page.request.post('/v1/sessions', { data: { name, password } });
    expect(answer.status(), await answer.text()).toBe(201);
  } else if (link !== '') {
    const { pathname, search } = new URL(link);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(pathname + search);
      await settled(page);
      await expectSound(page);
      await picture(page, `anybody-setup-needed-${colorScheme}`);
    }
    const first = unique('root');
    await page.getByLabel(t.auth.name, { exact: true }).fill(first);
    await page.getByLabel(t.auth.password, { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: t.auth.setupDo }).click();
    await expect(page.getByRole('heading', { name: t.discover.headline })).toBeVisible();
    const session = (await (await page.request.get('/v1/session')).json()) as { user: { role: string } };
    expect(session.user.role).toBe('admin');
    // The link works once.
    const again = await playwright.request.newContext({ baseURL });
    const data = {
      name: unique('second'),
      password: PASSWORD,
      setup_token: new URLSearchParams(search).get('token'),
    };
    expect((await again.post('/v1/users', { data })).ok()).toBe(false);
    await again.dispose();
  }
  await context.storageState({ path: ADMIN_STATE });
});
