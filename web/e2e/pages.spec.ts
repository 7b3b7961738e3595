import { expect, expectFit, logIn, settled, test } from './support';

const OPEN = [
  '/',
  '/?q=rain',
  '/prompts',
  '/people',
  '/feed',
  '/me',
  '/login',
  '/register',
  '/setup',
  '/prompts/of/nobody',
];
const OWN = ['/feed', '/me', '/me?tab=account', '/me?tab=sessions', '/me?tab=keys'];

test('no page scrolls sideways, however narrow', async ({ page, account, isMobile, thorough }) => {
  test.skip(thorough && !isMobile, 'seen at this width with the pictures');
  if (isMobile) await page.setViewportSize({ width: 360, height: 740 });
  for (const path of OPEN) {
    await page.goto(path);
    await settled(page);
    await expectFit(page);
  }
  await logIn(page, account);
  for (const path of OWN) {
    await page.goto(path);
    await settled(page);
    await expectFit(page);
  }
});

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

test('the keyboard reaches the content past the navigation', async ({ page, t, isMobile }) => {
  test.skip(isMobile, 'a phone has no Tab');
  await page.goto('/prompts');
  await settled(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: t.skip })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});
