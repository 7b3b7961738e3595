import { expect, expectSound, logIn, picture, publish, test, unique } from './support';

test('I find a prompt by its words, open it and like it once', async ({ page, t, account, other }) => {
  const text = unique('thunder over the harbour');
  await publish(other, text);
  await logIn(page, account);

  await page.goto('/prompts');
  await page.getByLabel(t.prompts.search).fill(text);
  await page.getByRole('main').getByRole('button', { name: t.common.search }).click();
  await page.getByRole('link', { name: text }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: text })).toBeVisible();

  const heart = page.getByRole('button', { name: new RegExp(`^${t.prompt.like}`) });
  await expect(heart).toHaveAttribute('aria-pressed', 'false');
  await heart.click();
  await expect(heart).toHaveAttribute('aria-pressed', 'true');
  await expect(heart).toHaveText('1');
  await page.reload();
  await expect(heart).toHaveText('1');
  await expectSound(page);
  await picture(page, 'prompt-liked');

  await page.goto(`/people/${account.name}`);
  await expect(page.getByRole('link', { name: text })).toBeVisible();
  await expect(page.getByText(t.prompt.republished)).toBeVisible();

  await page.goBack();
  await heart.click();
  await expect(heart).toHaveAttribute('aria-pressed', 'false');
  await expect(heart).toHaveText('0');
});

test('I follow somebody and read what they publish', async ({ page, t, account, other }) => {
  const text = unique('a waltz for two bicycles');
  await publish(other, text);
  await logIn(page, account);

  await page.goto('/feed');
  await expect(page.getByText(t.feed.empty)).toBeVisible();
  await page.getByRole('link', { name: t.feed.find }).click();
  await page.getByLabel(t.people.search).fill(other.name);
  await page.getByRole('main').getByRole('button', { name: t.common.search }).click();
  await page.getByRole('button', { name: t.people.followName(other.name) }).click();
  await expect(page.getByRole('button', { name: t.people.unfollow(other.name) })).toBeVisible();

  await page.getByRole('navigation', { name: t.nav.main }).getByRole('link', { name: t.nav.feed }).click();
  await expect(page.getByRole('link', { name: text })).toBeVisible();
  await expectSound(page);
  await picture(page, 'feed-followed');

  await page.goto(`/people/${other.name}`);
  await page.getByRole('tab', { name: t.people.followersTab }).click();
  await expect(page.getByRole('link', { name: account.name })).toBeVisible();
  await page.getByRole('button', { name: t.people.unfollow(other.name) }).click();
  await expect(page.getByRole('button', { name: t.people.followName(other.name) })).toBeVisible();
});

test('somebody muted is not in my feed', async ({ page, t, account, other }) => {
  const text = unique('noise at night');
  await publish(other, text);
  await logIn(page, account);
  await page.goto(`/people/${other.name}`);
  await page.getByRole('button', { name: t.people.followName(other.name) }).click();
  await page.getByRole('button', { name: t.people.mute }).click();
  await expect(page.getByText(t.people.muted)).toBeVisible();
  await page.goto('/feed');
  await expect(page.getByText(t.feed.empty)).toBeVisible();
  await expect(page.getByRole('link', { name: text })).toHaveCount(0);
});

test('I edit my prompt and delete it', async ({ page, t, account }) => {
  await logIn(page, account);
  const text = unique('before');
  await publish(account, text);
  await page.goto('/me');
  await page.getByRole('button', { name: t.common.edit }).click();
  const changed = unique('after');
  await page.getByRole('dialog').getByRole('textbox').fill(changed);
  await page.getByRole('dialog').getByRole('button', { name: t.common.save }).click();
  await expect(page.getByRole('link', { name: changed })).toBeVisible();

  await page.getByRole('button', { name: t.common.delete }).click();
  await page.getByRole('dialog').getByRole('button', { name: t.common.delete }).click();
  await expect(page.getByText(t.me.noPrompts)).toBeVisible();
});

test('I report a prompt', async ({ page, t, account, other }) => {
  const id = await publish(other, unique('spam'));
  await logIn(page, account);
  await page.goto(`/prompts/${id}`);
  await page.getByRole('button', { name: t.prompt.report }).click();
  await page.getByLabel(t.prompt.reportReason).fill('advertising');
  await page.getByRole('button', { name: t.prompt.reportDo }).click();
  await expect(page.getByText(t.prompt.reported)).toBeVisible();
});
