/** Parameters of sign-outs that no app may set, each with the rule that the message states. */
export function wrongLogoutParameters(
  canary: string,
): (readonly [path: string, rule: string, options: object])[] {
  const names: Readonly<Record<string, readonly [rule: string, values: readonly unknown[]]>> = {
    state: ['is made by the library: only null', [canary, 7, true, [canary], { as: canary }]],
    id_token_hint: ['gets its value from the library', [canary, 7, ...wrongNames(canary)]],
    client_id: ['gets its value from the library', [canary, true, ...wrongNames(canary)]],
    post_logout_redirect_uri: ['must be an absolute URL', [canary, '/bye', 7, ...wrongNames(canary)]],
    logout_hint: ['must be a string', [7, true, [canary], { as: 'other' }, () => canary]],
  }
  const wrong = Object.entries(names).flatMap(([name, [rule, values]]) =>
    values.map(value => [`logoutParameters.${name}`, rule, { logoutParameters: { [name]: value } }] as const),
  )
  return [...wrong, ...twice.map(parameters => repeated(parameters))]
}

const twice: readonly Readonly<Record<string, unknown>>[] = [
  { post_logout_redirect_uri: { as: 'b' }, b: 'https://app.example/' },
  { id_token_hint: { as: 'c' }, b: null, client_id: { as: 'c' } },
]

function repeated(logoutParameters: Readonly<Record<string, unknown>>) {
  const last = Object.keys(logoutParameters).at(-1)
  return [
    `logoutParameters.${last}`,
    'must not have the name of another parameter',
    { logoutParameters },
  ] as const
}

const wrongNames = (canary: string): readonly object[] => [
  {},
  [canary],
  { as: '' },
  { as: 7 },
  { as: 'state' },
  { as: 'client_id' },
  { as: 'a', [canary]: 1 },
]
