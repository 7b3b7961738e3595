import { type ComponentType, lazy, Suspense } from 'react';
import { Route, Routes, useLocation } from 'react-router';
import { Discover } from '../pages/discover/Discover';
import { NotFound } from '../pages/NotFound';
import { AdminOnly } from './AdminOnly';
import { Crash } from './Crash';
import { PageSkeleton } from './PageSkeleton';
import { Shell } from './Shell';

type Module<Name extends string> = Record<Name, ComponentType>;

/** A page that is fetched when it is first opened. */
function page<Name extends string>(load: () => Promise<Module<Name>>, name: Name) {
  return lazy(async () => ({ default: (await load())[name] }));
}

const ItemPage = page(() => import('../pages/item/ItemPage'), 'ItemPage');
const Prompts = page(() => import('../pages/prompts/Prompts'), 'Prompts');
const PromptPage = page(() => import('../pages/prompts/PromptPage'), 'PromptPage');
const Feed = page(() => import('../pages/prompts/Feed'), 'Feed');
const People = page(() => import('../pages/people/People'), 'People');
const PersonPage = page(() => import('../pages/people/PersonPage'), 'PersonPage');
const Me = page(() => import('../pages/me/Me'), 'Me');
const Login = page(() => import('../pages/auth/Login'), 'Login');
const Register = page(() => import('../pages/auth/Register'), 'Register');
const SetUp = page(() => import('../pages/auth/SetUp'), 'SetUp');
const Catalogue = page(() => import('../pages/catalogue/Catalogue'), 'Catalogue');
const CollectionPage = page(() => import('../pages/catalogue/CollectionPage'), 'CollectionPage');
const Sources = page(() => import('../pages/catalogue/Sources'), 'Sources');
const RunPage = page(() => import('../pages/catalogue/RunPage'), 'RunPage');
const Parts = page(() => import('../pages/parts/Parts'), 'Parts');
const Moderation = page(() => import('../pages/moderation/Moderation'), 'Moderation');

export function App() {
  const { pathname } = useLocation();
  return (
    <Shell>
      <Crash key={pathname}>
        <Suspense fallback={<PageSkeleton />}>
          <Routes>
            <Route index element={<Discover />} />
            <Route path="items/:collection/:id" element={<ItemPage />} />
            <Route path="prompts" element={<Prompts />} />
            <Route path="prompts/:id" element={<PromptPage />} />
            <Route path="feed" element={<Feed />} />
            <Route path="people" element={<People />} />
            <Route path="people/:name" element={<PersonPage />} />
            <Route path="me" element={<Me />} />
            <Route path="login" element={<Login />} />
            <Route path="register" element={<Register />} />
            <Route path="setup" element={<SetUp />} />
            <Route element={<AdminOnly />}>
              <Route path="catalogue" element={<Catalogue />} />
              <Route path="catalogue/sources" element={<Sources />} />
              <Route path="catalogue/runs/:id" element={<RunPage />} />
              <Route path="catalogue/:collection" element={<CollectionPage />} />
              <Route path="parts" element={<Parts />} />
              <Route path="moderation" element={<Moderation />} />
            </Route>
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </Crash>
    </Shell>
  );
}
