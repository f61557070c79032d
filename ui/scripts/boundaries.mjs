// Who may know whom. Only src/platform knows the shell; what is shared knows no feature, and no
// feature knows a screen: a screen is put together out of features, never the other way round.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, dirname } from 'node:path';

const root = resolve(import.meta.dirname, '..', 'src');
const problems = [];

for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(ts|svelte)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const from = relative(root, path);
  if (from.startsWith('paraglide')) continue;
  for (const [, spec] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
    const to = spec.startsWith('.') ? relative(root, resolve(dirname(path), spec)) : spec;
    const refuse = (why) => problems.push(`${from} imports ${spec}: ${why}`);
    if (to.startsWith('@tauri-apps/') && from !== 'platform/tauri.ts') refuse('only platform/tauri.ts knows Tauri');
    if (/^platform\/(browser|tauri)/.test(to) && !from.startsWith('platform/')) refuse('import platform instead');
    if (from.startsWith('features/') && /^views\/(?!router)/.test(to)) refuse('a feature does not know a screen');
    if (/^(shared|api|platform)\//.test(from) && /^(features|views)\//.test(to)) refuse('this lies beneath features');
    if (/^(api|platform)\//.test(from) && to.startsWith('shared/ui')) refuse('no drawing beneath the screens');
  }
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exit(problems.length > 0 ? 1 : 0);
