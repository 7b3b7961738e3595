import { adminTest as test } from './admin';
import { expect, expectSound, picture, unique } from './support';

const collection = unique('recipes').toLowerCase();

test.afterEach(async ({ page, baseURL }) => {
  const origin = new URL(baseURL ?? '').origin;
  await page.request.delete(`/v1/collections/${collection}`, { headers: { origin } });
});

test('an administrator makes a collection, uploads a file, follows the run and sees the refused row', async ({
  page,
  t,
}) => {
  await page.goto('/catalogue');
  await page.getByRole('button', { name: t.catalogue.newCollection }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(t.catalogue.name, { exact: true }).fill(collection);
  await dialog.getByRole('button', { name: t.common.save }).click();
  await expect(page.getByRole('heading', { level: 1, name: collection })).toBeVisible();

  const csv = 'id,title\n1,Bread\n2,Soup\n,nobody knows\n';
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'recipes.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await expect(page).toHaveURL(/\/catalogue\/runs\//);
  await expect(page.getByText(t.runs.states.succeeded)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('heading', { name: t.catalogue.refused })).toBeVisible();
  await expectSound(page);
  await picture(page, 'run');

  await page.goto(`/?collection=${collection}&q=bread`);
  await expect(page.getByRole('link', { name: 'Bread', exact: true })).toBeVisible();

  await page.goto(`/catalogue/${collection}?tab=schema`);
  await page.getByRole('button', { name: t.catalogue.delete }).click();
  await page.getByRole('dialog').getByRole('button', { name: t.common.delete }).click();
  await expect(page).toHaveURL(/\/catalogue$/);
});

test('a definition that is wrong is refused with the reason', async ({ page, t }) => {
  await page.goto('/catalogue');
  await page.getByRole('button', { name: t.catalogue.newCollection }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(t.catalogue.name, { exact: true }).fill(unique('broken').toLowerCase());
  await dialog.getByLabel(t.catalogue.embedText).fill('{no_such_field}');
  await dialog.getByRole('button', { name: t.common.save }).click();
  await expect(dialog.getByRole('alert')).toContainText('no_such_field');
});
