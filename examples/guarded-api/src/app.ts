import express, { type Express, type RequestHandler } from 'express'
import { orderApi } from './order-api.ts'
import { exampleOrders } from './orders.ts'
import { pages } from './pages.ts'

/** Creates the app: pages and a JSON API for the same orders. Tests pass a different `auth`. */
export function createApp(...auth: RequestHandler[]): Express {
  const app = express()
  const orders = exampleOrders()
  app.use(auth)
  app.use('/api/orders', orderApi(orders))
  app.use(pages(orders))
  return app
}
