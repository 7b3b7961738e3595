import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { recall, remember } from '../lib/memory';
import { en, type Texts } from './en';
import { es } from './es';
import { type Format, formats } from './format';

export const LANGUAGES = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

const DICTIONARY: Record<Language, Texts> = { en, es };

interface Reader {
  language: Language;
  setLanguage: (language: Language) => void;
  /** What the page says. */
  t: Texts;
  /** How numbers and times are written. */
  format: Format;
}

const Context = createContext<Reader | null>(null);

function isLanguage(word: string | null | undefined): word is Language {
  return word === 'en' || word === 'es';
}

/** The remembered language, else the first of the browser's that the page speaks, else English. */
function preferred(): Language {
  const known = recall('language');
  if (isLanguage(known)) return known;
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(preferred);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const reader = useMemo<Reader>(
    () => ({
      language,
      t: DICTIONARY[language],
      format: formats(language),
      setLanguage: (next) => {
        remember('language', next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return (
    <I18nProvider locale={language === 'es' ? 'es-ES' : 'en-US'}>
      <Context value={reader}>{children}</Context>
    </I18nProvider>
  );
}

/** The texts and formats of the reader's language. */
export function useReader(): Reader {
  const reader = use(Context);
  if (reader === null) throw new Error('useReader needs a LanguageProvider above it');
  return reader;
}
