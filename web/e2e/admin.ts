import { test } from './support';

/** Where the first test leaves the administrator's session for all others. */
export const ADMIN_STATE = 'artifacts/admin.json';

const known = (process.env.CATALEJO_ADMIN ?? '') !== '' || (process.env.CATALEJO_SETUP ?? '') !== '';

/** Tests of administrators: their browser is logged in. Skipped where nobody said who the administrator is. */
export const adminTest = test.extend<{ administrator: undefined }>({
  storageState: ADMIN_STATE,
  administrator: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from it
    async ({}, use, info) => {
      info.skip(!known, 'CATALEJO_ADMIN=name:password or CATALEJO_SETUP=link names the administrator');
      await use(undefined);
    },
    { auto: true },
  ],
});
