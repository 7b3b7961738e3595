import type { Texts } from '../en';
import { account } from './account';
import { catalogue } from './catalogue';
import { common } from './common';
import { discover } from './discover';
import { social } from './social';

export const es: Texts = { ...common, ...discover, ...social, ...account, ...catalogue };
