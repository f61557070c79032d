import { expect, it } from 'vitest';
import { agentWords } from './agent';

const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)';

it.each([
  [`${windows} Chrome/156.0.0.0 Safari/537.36`, 'Chrome 156, Windows'],
  [`${windows} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`, 'Edge 126, Windows'],
  [`${windows} Chrome/124.0.0.0 YaBrowser/24.6.0.0 Safari/537.36`, 'Yandex 24, Windows'],
  [`${windows} Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0`, 'Opera 112, Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox 128, Linux'],
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36', 'Chrome 126, Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1', 'Safari 17, iOS'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15', 'Safari 17, macOS'],
  ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36', 'Chrome 126, ChromeOS'],
])('a browser is said in short: %s', (agent, words) => {
  expect(agentWords(agent)).toBe(words);
});

it('what is no known browser is left as it calls itself', () => {
  expect(agentWords('curl/8.5')).toBe('curl/8.5');
  expect(agentWords('')).toBe('');
});
