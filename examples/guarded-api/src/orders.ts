/** An order, of the user whose `sub` is its owner. */
export interface Order {
  readonly id: string
  readonly owner: string
  readonly item: string
}

/** Orders in memory; your app has a database. */
export class Orders {
  readonly #orders = new Map<string, Order>()
  #last = 0

  all(): Order[] {
    return [...this.#orders.values()]
  }

  of(owner: string): Order[] {
    return this.all().filter(order => order.owner === owner)
  }

  add(owner: string, item: string): Order {
    this.#last += 1
    const order = { id: String(this.#last), owner, item }
    this.#orders.set(order.id, order)
    return order
  }

  remove(id: string): boolean {
    return this.#orders.delete(id)
  }
}

/** Makes a few orders to look at. */
export function exampleOrders(): Orders {
  const orders = new Orders()
  orders.add('alice', 'A looking-glass')
  orders.add('bob', 'A spirit level')
  return orders
}
