import { defineConfig, devices } from '@playwright/test';
import type { Options } from './e2e/support';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const phone = { ...devices['Pixel 7'], viewport: { width: 390, height: 844 }, deviceScaleFactor: 1 };
const desktop = { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 } };

// A layout is pictured and given to axe once: the other language changes words, not elements.
const projects = [
  { name: 'desktop-en', use: { ...desktop, locale: 'en-US', thorough: true } },
  { name: 'phone-es', use: { ...phone, locale: 'es-CR', thorough: true } },
  { name: 'desktop-es', use: { ...desktop, locale: 'es-CR', thorough: false } },
  { name: 'phone-en', use: { ...phone, locale: 'en-US', thorough: false } },
];

export default defineConfig<Options>({
  testDir: 'e2e',
  outputDir: 'artifacts/results',
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['html', { outputFolder: 'artifacts/report', open: 'never' }]],
  use: {
    baseURL: process.env.CATALEJO_URL ?? 'http://127.0.0.1:8080',
    launchOptions: { executablePath, args: ['--no-sandbox'] },
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'set-up', testMatch: 'setup.ts', use: { ...desktop, locale: 'en-US' } },
    ...projects.map((project) => ({
      ...project,
      dependencies: ['set-up'],
      testIgnore: project.use.thorough ? [] : ['pictures.spec.ts'],
    })),
  ],
});
