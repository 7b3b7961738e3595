import { expect, expectSound, logIn, picture, publish, settled, test, unique } from './support';

const OPEN = ['/', '/prompts', '/people', '/feed', '/me', '/login', '/register', '/setup', '/nowhere'];
const OWN = ['/feed', '/people', '/me', '/me?tab=account', '/me?tab=sessions', '/me?tab=keys'];
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

function named(who: string, path: string, scheme: string): string {
  const words = path.replace(/[^a-z]+/g, '-').replace(/^-|-$/g, '');
  return `${who}-${words || 'discover'}-${scheme}`;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } });

    test('every page that anybody sees is sound', async ({ page }) => {
      for (const path of OPEN) {
        await page.goto(path);
        await settled(page);
        await expectSound(page);
        await picture(page, named('anybody', path, colorScheme));
      }
    });

    test('every page of a member is sound', async ({ page, account }) => {
      await logIn(page, account);
      const id = await publish(page, unique('rain on a tin roof'));
      for (const path of [...OWN, `/prompts/${id}`, `/people/${account.name}`]) {
        await page.goto(path);
        await settled(page);
        await expectSound(page);
        await picture(page, named('member', path.replace(/\/(prompts|people)\/.*/, '/$1-one'), colorScheme));
      }
    });

    test('every page of an administrator is sound', async ({ page, t }) => {
      const [name, password] = (process.env.CATALEJO_ADMIN ?? '').split(':');
      test.skip(!name || !password, 'CATALEJO_ADMIN=name:password names the administrator');
      await logIn(page, { name: name ?? '', password: password ?? '' });
      for (const path of ADMIN) {
        await page.goto(path);
        await settled(page);
        await expect(page.getByText(t.admin.only)).toHaveCount(0);
        await expectSound(page);
        await picture(page, named('admin', path, colorScheme));
      }
    });
  });
}

test('language and theme are chosen once and remembered', async ({ page, t }) => {
  const other = t.nav.language === 'Language' ? 'Español' : 'English';
  await page.goto('/prompts');
  await page.getByRole('button', { name: t.nav.menu }).click();
  await page.getByText(t.themes.dark, { exact: true }).click();
  await page.getByText(other, { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', other === 'Español' ? 'es' : 'en');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('lang', other === 'Español' ? 'es' : 'en');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('a page of 360 pixels does not scroll sideways', async ({ page, isMobile }) => {
  test.skip(!isMobile, 'phones only');
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of OPEN) {
    await page.goto(path);
    await settled(page);
    await expectSound(page);
  }
});

test('the keyboard reaches the content past the navigation', async ({ page, t, isMobile }) => {
  test.skip(isMobile, 'a phone has no Tab');
  await page.goto('/prompts');
  await settled(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: t.skip })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});
