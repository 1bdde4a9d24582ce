import { expect, test } from 'vitest';
import { find, match, next, projectPath, workspacePath } from '../src/router';

const at = (path: string) => find(new URL(path, 'http://hub'));

test.each([
  ['/', 'projects', {}], ['/projects', 'projects', {}], ['/projects/', 'projects', {}], ['/projects/create', 'create', {}],
  ['/run?template=x', 'create', {}], ['/alice/projects/mnist', 'project', { ns: 'alice', project: 'mnist' }],
  ['/alice/projects/mnist/settings', 'project', { ns: 'alice', project: 'mnist', tab: 'settings' }],
  ['/alice/workspaces/run_1', 'workspace', { ns: 'alice', id: 'run_1' }], ['/settings/keys', 'settings', { tab: 'keys' }],
  ['/admin/users', 'admin', { tab: 'users' }], ['/alice', 'missing', {}], ['/a/b/c/d/e', 'missing', {}]
])('%s is %s', (path, page, params) => {
  expect(at(path).page).toBe(page);
  expect(at(path).params).toEqual(params);
});

test('parts are decoded once, and broken ones taken as they are', () => {
  expect(match('/a%2520b/projects/x', '/:ns/projects/:p')).toEqual({ ns: 'a%20b', p: 'x' });
  expect(match('/%zz', '/:ns')).toEqual({ ns: '%zz' });
});

test('after the login one stays on this origin', () => {
  const to = (n: string) => next(new URLSearchParams({ next: n }), 'http://hub');
  expect(to('/alice/projects/x?y=1')).toBe('http://hub/alice/projects/x?y=1');
  for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)', 'http://hub.evil'])
    expect([bad, to(bad)]).toEqual([bad, '/projects']);
  expect(next(new URLSearchParams(), 'http://hub')).toBe('http://hub/projects');
});

test('addresses are made of names', () => {
  expect(projectPath('alice/projects/mnist', 'settings')).toBe('/alice/projects/mnist/settings');
  expect(workspacePath({ owner: 'al ice', id: 'run_1' })).toBe('/al%20ice/workspaces/run_1');
});
