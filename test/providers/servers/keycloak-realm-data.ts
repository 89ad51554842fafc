/** The realm of the tests: what an administrator would click together. */
export function buildRealm(name: string): object {
  return {
    realm: name,
    enabled: true,
    accessTokenLifespan: 60,
    revokeRefreshToken: true, // so that a refresh token is for one use
    roles: { realm: [{ name: 'admin' }] },
    users: [
      buildUser('alice', 'wonderland', { firstName: 'Alice', lastName: 'Liddell' }, ['admin']),
      buildUser('bob', 'builder', { firstName: 'Bob', lastName: 'Builder' }, []),
    ],
  }
}

function buildUser(username: string, password: string, names: object, realmRoles: readonly string[]): object {
  return {
    username,
    email: `${username}@example.com`,
    emailVerified: true,
    enabled: true,
    realmRoles: [...realmRoles, 'offline_access'],
    credentials: [{ type: 'password', value: password, temporary: false }],
    ...names,
  }
}
