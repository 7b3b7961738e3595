import { account } from './account';
import { catalogue } from './catalogue';
import { common } from './common';
import { discover } from './discover';
import { social } from './social';

export const en = { ...common, ...discover, ...social, ...account, ...catalogue };

/** What the page says; every language has the same shape. */
export type Texts = typeof en;
