// Holds HTML reports to what others say of them: html-validate reads the markup, Chromium shows the page in light, dark,
// print and at phone width, axe-core looks at each for what keeps people from using it, and the keyboard walks through.
// Without network and with scripts of the page turned off.
//
//   node report.mjs FILE.html...        (exit 0 all well, 1 something was found)
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HtmlValidate } from 'html-validate';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const executablePath = process.env.BAKEOFF_CHROMIUM ?? '/usr/bin/chromium';

const looks = [
  { name: 'light', width: 1280, height: 900, colorScheme: 'light', media: 'screen' },
  { name: 'dark', width: 1280, height: 900, colorScheme: 'dark', media: 'screen' },
  { name: 'print', width: 794, height: 1123, colorScheme: 'light', media: 'print' },
  { name: 'phone', width: 390, height: 844, colorScheme: 'light', media: 'screen' },
  { name: 'phone, dark', width: 390, height: 844, colorScheme: 'dark', media: 'screen' },
];

let found = 0;
let checks = 0;
function check(holds, what) {
  ++checks;
  if (holds) return;
  ++found;
  console.log(`FAILED: ${what}`);
}

/// What the standard says of the markup. Style rules of html-validate are left out: they are taste.
async function checkMarkup(file) {
  const validator = new HtmlValidate({
    root: true,
    extends: ['html-validate:standard', 'html-validate:a11y'],
    rules: {
      'no-inline-style': 'off',
      'long-title': 'off',
      'no-trailing-whitespace': 'off',
      'attribute-boolean-style': 'off',
      'doctype-style': 'off',
      'prefer-native-element': 'off', // a scrolling box is a region of its own, no section
      'wcag/h36': 'off',
    },
  });
  const report = await validator.validateFile(file);
  const messages = report.results.flatMap((result) => result.messages);
  for (const one of messages.slice(0, 20)) console.log(`  ${file}:${one.line}:${one.column} ${one.ruleId}: ${one.message}`);
  check(messages.length === 0, `${file}: ${messages.length} messages of html-validate`);
}

async function openAll(page) {
  await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));
}

async function checkLook(browser, file, look) {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.colorScheme,
    bypassCSP: true, // for axe's own script; the page's policy forbids all
    offline: true,
  });
  const page = await context.newPage();
  const asked = [];
  page.on('request', (request) => request.url().startsWith('file:') || asked.push(request.url()));
  await page.emulateMedia({ media: look.media, colorScheme: look.colorScheme });
  await page.goto(pathToFileURL(resolve(file)).href);
  check(asked.length === 0, `${file}, ${look.name}: asks the network for ${asked}`);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  check(width <= look.width, `${file}, ${look.name}: ${width} pixels wide, the screen has ${look.width}`);
  await openAll(page);
  await page.evaluate(axeSource);
  const result = await page.evaluate(async () => await globalThis.axe.run(document, { resultTypes: ['violations'] }));
  for (const one of result.violations) {
    console.log(`  ${look.name}: ${one.id}: ${one.help}`);
    for (const node of one.nodes.slice(0, 5)) console.log(`    ${node.target} ${node.any[0]?.message ?? node.failureSummary}`);
  }
  check(result.violations.length === 0, `${file}, ${look.name}: ${result.violations.length} violations of axe-core`);
  check(result.passes === undefined || result.passes.length > 20, `${file}, ${look.name}: axe-core hardly looked`);
  await context.close();
}

/// By keyboard alone, scripts off: the first stop leads past the head, every folded block opens, all that scrolls is
/// reached.
async function checkKeyboard(browser, file) {
  const context = await browser.newContext({ javaScriptEnabled: false, offline: true });
  const page = await context.newPage();
  await page.goto(pathToFileURL(resolve(file)).href);
  await page.keyboard.press('Tab');
  const skip = page.locator('a.skip');
  check(await skip.evaluate((one) => one === document.activeElement), `${file}: the first stop is not the skip link`);
  check(await skip.evaluate((one) => one.getBoundingClientRect().left >= 0), `${file}: the skip link stays hidden`);
  await page.keyboard.press('Enter');
  check(page.url().endsWith('#summary'), `${file}: the skip link does not lead to the findings`);
  const summary = page.locator('details > summary').first();
  if ((await summary.count()) > 0) {
    await summary.focus();
    await page.keyboard.press('Enter');
    check(await summary.evaluate((one) => one.parentElement.open), `${file}: a folded block does not open by keyboard`);
  }
  const broken = await page.evaluate(() =>
    [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href')).filter((id) => !document.getElementById(id.slice(1))));
  check(broken.length === 0, `${file}: links to nowhere: ${[...new Set(broken)]}`);
  await context.close();
}

/// What a screen reader walks along: one h1, no level skipped, a main landmark, header cells in every table, names for
/// charts.
async function checkOutline(browser, file) {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(resolve(file)).href);
  const outline = await page.evaluate(() => {
    const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((one) => Number(one.tagName[1]));
    return {
      ones: levels.filter((level) => level === 1).length,
      skips: levels.filter((level, i) => i > 0 && level > levels[i - 1] + 1).length,
      mains: document.querySelectorAll('main').length,
      tables: document.querySelectorAll('table').length,
      headless: [...document.querySelectorAll('table')].filter((table) => !table.querySelector('th[scope]')).length,
      unnamed: [...document.querySelectorAll('svg[role=img]')].filter((svg) => !svg.querySelector(':scope > title')?.textContent).length,
      scripts: document.querySelectorAll('script').length,
    };
  });
  check(outline.ones === 1 && outline.mains === 1, `${file}: ${outline.ones} h1, ${outline.mains} main`);
  check(outline.skips === 0, `${file}: ${outline.skips} headings skip a level`);
  check(outline.headless === 0, `${file}: ${outline.headless} of ${outline.tables} tables have no header cell`);
  check(outline.unnamed === 0, `${file}: ${outline.unnamed} charts have no title`);
  check(outline.scripts === 0, `${file}: it has scripts`);
  await page.close();
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
for (const file of process.argv.slice(2)) {
  await checkMarkup(file);
  for (const look of looks) await checkLook(browser, file, look);
  await checkKeyboard(browser, file);
  await checkOutline(browser, file);
}
await browser.close();
console.log(`${checks - found} of ${checks} checks hold`);
process.exit(found === 0 && checks > 0 ? 0 : 1);
