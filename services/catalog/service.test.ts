import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directCall } from '@suanpan/runtime/rpc/testing'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { catalogSchema, createCatalogService } from './service.ts'

describeOnEveryEngine({ name: 'catalog', schemas: [catalogSchema] }, (open) => {
  test('quotes come in the order asked, unknown and repeated SKUs included', async () => {
    const { implementation } = createCatalogService({ store: await open() })
    const tea = { sku: 'TEA', title: '龙井 Longjing', priceFen: 8_800 }
    const cup = { sku: 'CUP', title: '茶杯 Cup', priceFen: 2_500 }
    await implementation.importProducts({ products: [tea, cup] }, directCall)
    const { quotes } = await implementation.quote({ skus: ['CUP', 'none', 'TEA', 'CUP'] }, directCall)
    assert.deepEqual(quotes, [
      { sku: 'CUP', product: cup },
      { sku: 'none', product: undefined },
      { sku: 'TEA', product: tea },
      { sku: 'CUP', product: cup },
    ])
  })

  test('pages follow the byte order of SKUs', async () => {
    const { implementation } = createCatalogService({ store: await open() })
    const skus = ['茶-1', 'b', 'B', 'a-2', 'a_1', 'a10', 'Z', '9']
    await implementation.importProducts({ products: skus.map((sku) => ({ sku, title: sku, priceFen: 1 })) }, directCall)
    const page = async (afterSku: string, limit: number) => (await implementation.listProducts({ afterSku, limit }, directCall)).products.map(({ sku }) => sku)
    assert.deepEqual(await page('', 100), ['9', 'B', 'Z', 'a-2', 'a10', 'a_1', 'b', '茶-1'])
    assert.deepEqual(await page('', 3), ['9', 'B', 'Z'])
    assert.deepEqual(await page('Z', 2), ['a-2', 'a10'])
    assert.deepEqual(await page('茶-1', 2), [])
  })

  test('an import answers each item in order; repeating it changes nothing', async () => {
    const { implementation } = createCatalogService({ store: await open() })
    const declare = async (...prices: readonly (readonly [sku: string, priceFen: number])[]) =>
      (await implementation.importProducts({ products: prices.map(([sku, priceFen]) => ({ sku, title: sku, priceFen })) }, directCall)).results.map(
        ({ key, outcome }) => `${key} ${outcome.replace('IMPORT_OUTCOME_', '')}`,
      )
    assert.deepEqual(await declare(['TEA', 1], ['CUP', 2], ['TEA', 3]), ['TEA CREATED', 'CUP CREATED', 'TEA UPDATED'])
    assert.deepEqual(await declare(['TEA', 3], ['CUP', 2]), ['TEA UNCHANGED', 'CUP UNCHANGED'])
    await assert.rejects(declare(['POT', -1]), { name: 'ConstraintViolated' })
  })
})
