/** An order. `owner` is the `sub` of a user. */
export interface Order {
  readonly id: string
  readonly owner: string
  readonly item: string
}

/** Orders in memory. A real app would use a database. */
export class Orders {
  readonly #orders = new Map<string, Order>()
  #lastId = 0

  all(): Order[] {
    return [...this.#orders.values()]
  }

  ownedBy(owner: string): Order[] {
    return this.all().filter(order => order.owner === owner)
  }

  add(owner: string, item: string): Order {
    this.#lastId += 1
    const order = { id: String(this.#lastId), owner, item }
    this.#orders.set(order.id, order)
    return order
  }

  remove(id: string): boolean {
    return this.#orders.delete(id)
  }
}

/** Creates a few orders to look at. */
export function exampleOrders(): Orders {
  const orders = new Orders()
  orders.add('alice', 'A looking-glass')
  orders.add('bob', 'A spirit level')
  return orders
}
