import { expect, expectSound, logIn, picture, publish, test, unique } from './support';

test('somebody creates an account, leaves and comes back', async ({ page, t }) => {
  const name = unique('eva');
  await page.goto('/register?next=/prompts');
  await page.getByLabel(t.auth.name, { exact: true }).fill(name);
  await page.getByLabel(t.auth.password, { exact: true }).fill('a long enough password');
  await page.locator('form').getByRole('button', { name: t.auth.register }).click();
  await expect(page).toHaveURL(/\/prompts$/);

  await page.getByRole('button', { name: t.nav.menu }).click();
  await expect(page.getByText(t.nav.signedInAs(name))).toBeVisible();
  await page.getByRole('button', { name: t.nav.logout }).click();
  await expect(page.getByRole('banner').getByRole('link', { name: t.nav.login })).toBeVisible();

  await page.goto('/login?next=/me');
  await page.getByLabel(t.auth.name, { exact: true }).fill(name);
  await page.getByLabel(t.auth.password, { exact: true }).fill('a long enough password');
  await page.locator('form').getByRole('button', { name: t.auth.login }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
});

test('a wrong password is refused in words, without telling whether the name exists', async ({
  page,
  t,
  account,
}) => {
  const said: (string | null)[] = [];
  for (const name of [account.name, unique('nobody')]) {
    await page.goto('/login');
    await page.getByLabel(t.auth.name, { exact: true }).fill(name);
    await page.getByLabel(t.auth.password, { exact: true }).fill('not the password');
    await page.locator('form').getByRole('button', { name: t.auth.login }).click();
    const alert = page.getByRole('alert');
    await expect(alert).toContainText(t.problem.help['wrong-credentials'] ?? '');
    said.push(await alert.textContent());
  }
  expect(said[0]).toBe(said[1]);
  await expectSound(page);
});

test('a name of two letters and a short password are refused before they are sent', async ({ page, t }) => {
  await page.goto('/register');
  await page.getByLabel(t.auth.name, { exact: true }).fill('ab');
  await page.getByLabel(t.auth.password, { exact: true }).fill('short');
  await page.locator('form').getByRole('button', { name: t.auth.register }).click();
  await expect(page.getByText(t.auth.nameRule)).toBeVisible();
  await expect(page.getByText(t.auth.passwordRule)).toBeVisible();
  await expectSound(page);
  await picture(page, 'register-refused');
});

test('a login leads back, but never to another site', async ({ page, t, account }) => {
  await page.goto(`/login?next=${encodeURIComponent('//example.org/')}`);
  await page.getByLabel(t.auth.name, { exact: true }).fill(account.name);
  await page.getByLabel(t.auth.password, { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: t.auth.login }).click();
  await expect(page.getByRole('heading', { name: t.discover.headline })).toBeVisible();
});

test('I change my name and my prompts follow', async ({ page, t, account }) => {
  const text = unique('mine');
  await publish(account, text);
  await logIn(page, account);
  const name = unique('new');
  await page.goto('/me?tab=account');
  const form = page.locator('form').filter({ has: page.getByLabel(t.me.newName) });
  await form.getByLabel(t.me.newName).fill(name);
  await form.getByLabel(t.me.currentPassword, { exact: true }).fill(account.password);
  await form.getByRole('button', { name: t.me.rename }).click();
  await expect(page.getByText(t.me.renamed)).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.goto(`/people/${name}`);
  await expect(page.getByRole('link', { name: text })).toBeVisible();
});

test('I change my password; the old one no longer works', async ({ page, t, account, request }) => {
  await logIn(page, account);
  await page.goto('/me?tab=account');
  const form = page.locator('form').filter({ has: page.getByLabel(t.me.newPassword, { exact: true }) });
  await form.getByLabel(t.me.currentPassword, { exact: true }).fill(account.password);
  await form.getByLabel(t.me.newPassword, { exact: true }).fill('another good password');
  await form.getByRole('button', { name: t.me.password }).click();
  await expect(page.getByText(t.me.passwordChanged)).toBeVisible();
  const { name, password } = account;
  const old = await request.post('/v1/sessions', { data: { name, password } });
  expect(old.status()).toBe(401);
});

test('I make a key, see it once and revoke it', async ({ page, t, account }) => {
  await logIn(page, account);
  await page.goto('/me?tab=keys');
  await page.getByRole('button', { name: t.me.newKey }).click();
  await page.getByLabel(t.me.keyName).fill('my player');
  await page.getByRole('button', { name: t.me.createKey }).click();
  const made = page.getByRole('dialog', { name: t.me.keyMade });
  await expect(made.getByRole('textbox')).toHaveValue(/^ctk_/);
  await made.getByRole('button', { name: t.common.close }).last().click();
  await page.getByRole('button', { name: t.me.revoke }).click();
  await page
    .getByRole('alertdialog')
    .or(page.getByRole('dialog'))
    .getByRole('button', { name: t.me.revoke })
    .click();
  await expect(page.getByText(t.me.noKeys)).toBeVisible();
});

test('I delete my account', async ({ page, t, account, request }) => {
  await logIn(page, account);
  await page.goto('/me?tab=account');
  await page.getByRole('button', { name: t.me.delete }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(t.me.currentPassword, { exact: true }).fill(account.password);
  await dialog.getByRole('button', { name: t.me.deleteDo }).click();
  await expect(page.getByText(t.me.deleted)).toBeVisible();
  const { name, password } = account;
  const again = await request.post('/v1/sessions', { data: { name, password } });
  expect(again.status()).toBe(401);
});
