import { useState } from 'react';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { Link } from 'react-router';
import { useIdentity, useLogout } from '../api/session';
import { type Language, LANGUAGES, useReader } from '../i18n';
import { Button } from '../ui/Button';
import { Segments } from '../ui/Choice';
import { Icon } from '../ui/Icon';
import styles from './Menu.module.css';
import { type Theme, THEMES, useTheme } from './theme';

/** Account, administration, language and theme. */
export function Menu() {
  const { t, language, setLanguage } = useReader();
  const { theme, setTheme } = useTheme();
  const { user, admin } = useIdentity();
  const logout = useLogout();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  const places = [
    { to: '/catalogue', label: t.nav.catalogue },
    { to: '/catalogue/sources', label: t.catalogue.sources },
    { to: '/parts', label: t.nav.parts },
    { to: '/moderation', label: t.nav.moderation },
  ];
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button look="quiet" aria-label={t.nav.menu} className={styles.open}>
        <Icon name="menu" size={22} />
      </Button>
      <Popover placement="bottom end" className={styles.popover} offset={6}>
        <Dialog aria-label={t.nav.menu} className={styles.menu}>
          {user !== null && (
            <div className={styles.account}>
              <span>{t.nav.signedInAs(user.name)}</span>
              <Button
                size="small"
                isPending={logout.isPending}
                onPress={() => logout.mutate(undefined, { onSettled: close })}
              >
                {t.nav.logout}
              </Button>
            </div>
          )}
          {admin && (
            <nav aria-label={t.nav.manage} className={styles.places}>
              {places.map(({ to, label }) => (
                <Link key={to} to={to} onClick={close}>
                  {label}
                </Link>
              ))}
            </nav>
          )}
          <Segments<Language>
            label={t.nav.language}
            value={language}
            onChange={setLanguage}
            options={(Object.keys(LANGUAGES) as Language[]).map((value) => ({
              value,
              label: LANGUAGES[value],
            }))}
          />
          <Segments<Theme>
            label={t.nav.theme}
            value={theme}
            onChange={setTheme}
            options={THEMES.map((value) => ({ value, label: t.themes[value] }))}
          />
          <div className={styles.places}>
            <a href="/docs">{t.nav.docs}</a>
          </div>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
