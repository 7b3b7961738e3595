import { expect, expectSound, logIn, picture, test, unique } from './support';

test('I ask in words, see why, filter, and the address holds it all', async ({ page, t, isMobile }) => {
  await page.goto('/');
  await page.getByLabel(t.discover.label).fill('a lullaby about space');
  await page.getByRole('button', { name: t.discover.submit, exact: true }).click();
  await expect(page).toHaveURL(/q=a\+lullaby\+about\+space/);
  const results = page.getByRole('region', { name: t.discover.results });
  await expect(results.getByRole('article').first()).toBeVisible();
  await expect(results.getByRole('list', { name: t.discover.why }).first()).toBeVisible();

  if (isMobile) await page.getByRole('button', { name: t.discover.filters }).click();
  const artists = page.getByRole('group', { name: t.fieldNames.artists ?? '' });
  await artists.locator('label').first().click();
  if (isMobile) await page.getByRole('button', { name: t.discover.showResults }).click();
  await expect(page).toHaveURL(/filter=/);
  await expect(results.getByRole('list').first()).toHaveAttribute('aria-busy', 'false');

  const shared = page.url();
  const found = await results.getByRole('article').getByRole('heading').allTextContents();
  await page.goto('/prompts');
  await page.goto(shared);
  await expect(results.getByRole('article').first()).toBeVisible();
  await expect(results.getByRole('article').getByRole('heading')).toHaveText(found);
  await expectSound(page);
  await picture(page, 'discover-filtered');
});

test('a range is set with the keyboard', async ({ page, t, isMobile }) => {
  test.skip(isMobile, 'a phone has no arrow keys');
  await page.goto('/');
  const energy = page.getByRole('group', { name: t.fieldNames.energy ?? '' });
  await energy.getByRole('slider').first().focus();
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/filter=energy\+%3E%3D\+0.05/);
});

test('words that nothing has give a way on', async ({ page, t }) => {
  await page.goto('/?q=qqqqzzzz&mode=text');
  await expect(page.getByText(t.discover.empty, { exact: true })).toBeVisible();
  await expectSound(page);
  await picture(page, 'discover-empty');
});

test('a wrong filter is explained', async ({ page, t }) => {
  await page.goto('/?q=rain&filter=nonsense+%3D');
  await expect(page.getByRole('alert').first()).toContainText(t.problem.help['invalid-request'] ?? '');
  await expectSound(page);
  await picture(page, 'discover-problem');
});

test('an item shows its fields and leads to similar ones', async ({ page, t }) => {
  await page.goto('/?q=dancing+in+the+kitchen');
  const first = page.getByRole('article').first().getByRole('heading').getByRole('link');
  const title = (await first.textContent()) ?? '';
  await first.click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeFocused();
  await expect(page.getByRole('heading', { name: t.item.features })).toBeVisible();
  await expectSound(page);
  await picture(page, 'item');
  await page.getByRole('link', { name: t.discover.like }).click();
  await expect(page.getByText(t.discover.likeOf(title))).toBeVisible();
});

test('I publish what I asked', async ({ page, t, account }) => {
  await logIn(page, account);
  await page.goto('/?q=leaving+my+country&mode=vector');
  await page.getByRole('button', { name: t.discover.publish }).click();
  const text = unique('songs for leaving');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(text);
  await dialog.getByRole('button', { name: t.discover.publishDo }).click();
  await expect(page.getByRole('heading', { level: 1, name: text })).toBeVisible();
  await expect(page.getByRole('link', { name: account.name })).toBeVisible();
  await expect(page.getByRole('article').first()).toBeVisible();
});

test('whoever is not logged in is led to the login and back', async ({ page, t }) => {
  await page.goto('/?q=rain');
  await page.getByRole('link', { name: t.discover.publish }).click();
  await expect(page).toHaveURL(/\/login\?next=%2F%3Fq%3Drain/);
});
