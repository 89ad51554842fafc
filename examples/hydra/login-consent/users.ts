/** Who can sign in. Your app has a database, and passwords that are hashed. */
const users = [
  {
    login: 'alice',
    password: 'wonderland',
    name: 'Alice Liddell',
    email: 'alice@example.com',
    roles: ['admin'],
  },
  { login: 'bob', password: 'builder', name: 'Bob Builder', email: 'bob@example.com', roles: [] },
]

/** The subject of who knows this password. */
export function findSubject(login: unknown, password: unknown): string | undefined {
  return users.find(user => user.login === login && user.password === password)?.login
}

/** The claims that go with the granted scopes. */
export function claimsOf(subject: string, scope: readonly string[]): object {
  const user = users.find(({ login }) => login === subject)
  return {
    ...(user && scope.includes('profile') && { name: user.name, roles: user.roles }),
    ...(user && scope.includes('email') && { email: user.email, email_verified: true }),
  }
}
