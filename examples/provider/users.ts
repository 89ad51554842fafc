/** A person who can sign in at the local provider. The login is the `sub` as well. */
export interface User {
  readonly login: string
  readonly password: string
  readonly claims: { readonly name: string; readonly [claim: string]: unknown }
}

/** The test users. They are shown on the login page: this provider protects nothing. */
export const users: readonly User[] = [
  {
    login: 'alice',
    password: 'wonderland',
    claims: {
      name: 'Alice Liddell',
      given_name: 'Alice',
      family_name: 'Liddell',
      preferred_username: 'alice',
      email: 'alice@example.com',
      email_verified: true,
      roles: ['admin'],
    },
  },
  {
    login: 'bob',
    password: 'builder',
    claims: {
      name: 'Bob Builder',
      given_name: 'Bob',
      family_name: 'Builder',
      preferred_username: 'bob',
      email: 'bob@example.com',
      email_verified: false,
      roles: [],
    },
  },
]

/** Finds a user by login, or by login and password when one is given. */
export function findUser(login: string, password?: string): User | undefined {
  return users.find(user => user.login === login && (password === undefined || user.password === password))
}
