import { defineConfig, devices } from '@playwright/test';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const phone = { ...devices['Pixel 7'], viewport: { width: 390, height: 844 } };
const desktop = { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 } };

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'artifacts/results',
  workers: 1,
  timeout: 60_000,
  reporter: [['list'], ['html', { outputFolder: 'artifacts/report', open: 'never' }]],
  use: {
    baseURL: process.env.CATALEJO_URL ?? 'http://127.0.0.1:8080',
    launchOptions: { executablePath, args: ['--no-sandbox'] },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'desktop-en', use: { ...desktop, locale: 'en-US' } },
    { name: 'desktop-es', use: { ...desktop, locale: 'es-CR' } },
    { name: 'phone-en', use: { ...phone, locale: 'en-US' } },
    { name: 'phone-es', use: { ...phone, locale: 'es-CR' } },
  ],
});
