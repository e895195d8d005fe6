export interface DemoProduct {
  readonly sku: string
  readonly title: string
  readonly priceFen: number
  readonly stock: number
}

/** SKU, Chinese name, English name, price in fen, units in stock. */
type ProductRow = readonly [sku: string, chinese: string, english: string, priceFen: number, stock: number]

const tea: readonly ProductRow[] = [
  ['tea-longjing-250g', '西湖龙井 250克', 'West Lake Longjing green tea, 250 g', 26800, 400],
  ['tea-biluochun-125g', '洞庭碧螺春 125克', 'Dongting Biluochun green tea, 125 g', 15800, 300],
  ['tea-tieguanyin-250g', '安溪铁观音 250克', 'Anxi Tieguanyin oolong, 250 g', 12800, 500],
  ['tea-dahongpao-100g', '武夷大红袍 100克', 'Wuyi Da Hong Pao rock oolong, 100 g', 19800, 250],
  ['tea-puer-cake-357g', '云南普洱熟茶饼 357克', "Yunnan ripe Pu'er tea cake, 357 g", 16800, 350],
  ['tea-keemun-200g', '祁门红茶 200克', 'Keemun black tea, 200 g', 9800, 450],
  ['tea-jasmine-150g', '福州茉莉花茶 150克', 'Fuzhou jasmine tea, 150 g', 6800, 600],
  ['tea-white-peony-300g', '福鼎白牡丹 300克', 'Fuding White Peony tea, 300 g', 13900, 280],
  ['tea-chrysanthemum-50g', '黄山贡菊 50克', 'Huangshan chrysanthemum flowers, 50 g', 3900, 900],
  ['tea-buckwheat-500g', '大凉山苦荞茶 500克', 'Tartary buckwheat tea, 500 g', 2990, 1200],
]

const pantry: readonly ProductRow[] = [
  ['food-rice-wuchang-5kg', '五常稻花香大米 5公斤', 'Wuchang fragrant rice, 5 kg', 7990, 800],
  ['food-noodles-biangbiang', '陕西宽面 1公斤', 'Shaanxi broad noodles, 1 kg', 1890, 1500],
  ['food-noodles-luosifen-3', '柳州螺蛳粉 3袋装', 'Liuzhou river-snail noodles, 3 packs', 3590, 2000],
  ['food-chili-crisp-280g', '香辣脆油辣椒 280克', 'Crispy chili oil, 280 g', 1290, 5000],
  ['food-doubanjiang-1kg', '郫县豆瓣酱 1公斤', 'Pixian broad bean paste, 1 kg', 2280, 1400],
  ['food-vinegar-500ml', '镇江香醋 500毫升', 'Zhenjiang vinegar, 500 ml', 990, 2600],
  ['food-soy-sauce-500ml', '头道酿造酱油 500毫升', 'First-press soy sauce, 500 ml', 1580, 2400],
  ['food-sesame-oil-350ml', '小磨香油 350毫升', 'Stone-ground sesame oil, 350 ml', 3280, 900],
  ['food-sichuan-pepper-100g', '汉源花椒 100克', 'Hanyuan Sichuan pepper, 100 g', 2680, 1100],
  ['food-shiitake-250g', '古田香菇 250克', 'Gutian dried shiitake, 250 g', 4580, 700],
  ['food-wood-ear-200g', '东北黑木耳 200克', 'Dried wood ear mushrooms, 200 g', 3680, 750],
  ['food-red-dates-500g', '新疆和田红枣 500克', 'Hotan red dates, 500 g', 3990, 1300],
  ['food-goji-250g', '宁夏枸杞 250克', 'Ningxia goji berries, 250 g', 4990, 1000],
  ['food-walnuts-1kg', '云南薄皮核桃 1公斤', 'Yunnan thin-shell walnuts, 1 kg', 5980, 650],
  ['food-honey-500g', '秦岭土蜂蜜 500克', 'Qinling wild honey, 500 g', 8800, 420],
]

const snacks: readonly ProductRow[] = [
  ['snack-mooncake-box-8', '广式莲蓉月饼 8枚礼盒', 'Cantonese lotus mooncakes, box of 8', 16800, 500],
  ['snack-pineapple-cake-10', '台式凤梨酥 10枚', 'Taiwanese pineapple cakes, 10 pieces', 5900, 800],
  ['snack-flower-cake-6', '云南鲜花饼 6枚', 'Yunnan rose cakes, 6 pieces', 3690, 1200],
  ['snack-sachima-500g', '沙琪玛 500克', 'Sachima honey pastry, 500 g', 1990, 1600],
  ['snack-sunflower-seeds', '五香瓜子 500克', 'Five-spice sunflower seeds, 500 g', 1490, 3000],
  ['snack-beef-jerky-200g', '内蒙古风干牛肉 200克', 'Inner Mongolian dried beef, 200 g', 7980, 900],
  ['snack-haw-flakes-300g', '山楂片 300克', 'Haw flakes, 300 g', 1290, 2500],
  ['snack-milk-candy-227g', '原味奶糖 227克', 'Milk candy, 227 g', 2190, 2200],
  ['snack-peanut-brittle', '花生酥糖 400克', 'Peanut brittle, 400 g', 1890, 1500],
  ['snack-rice-crackers', '仙贝米饼 520克', 'Rice crackers, 520 g', 2590, 1700],
  ['snack-mango-dried-300g', '芒果干 300克', 'Dried mango, 300 g', 2890, 1900],
  ['snack-walnut-dates-400g', '枣夹核桃 400克', 'Walnut-filled dates, 400 g', 3890, 1000],
]

const kitchen: readonly ProductRow[] = [
  ['kitchen-wok-iron-32cm', '章丘手工铁锅 32厘米', 'Hand-forged iron wok, 32 cm', 39900, 200],
  ['kitchen-cleaver', '夹钢菜刀', 'Laminated steel cleaver', 18900, 260],
  ['kitchen-steamer-bamboo', '竹蒸笼 两层', 'Bamboo steamer, two tiers', 6900, 500],
  ['kitchen-clay-pot-3l', '砂锅 3升', 'Clay pot, 3 l', 8900, 380],
  ['kitchen-rice-cooker-4l', '智能电饭煲 4升', 'Rice cooker, 4 l', 34900, 300],
  ['kitchen-kettle-1500ml', '电热水壶 1.5升', 'Electric kettle, 1.5 l', 12900, 600],
  ['kitchen-chopsticks-10', '红檀木筷子 10双', 'Rosewood chopsticks, 10 pairs', 3990, 1500],
  ['kitchen-bowl-set-6', '青花瓷碗 6只', 'Blue-and-white bowls, set of 6', 11900, 420],
  ['kitchen-teapot-zisha', '宜兴紫砂壶', 'Yixing clay teapot', 58800, 120],
  ['kitchen-gaiwan-set', '白瓷盖碗茶具', 'White porcelain gaiwan set', 15900, 240],
  ['kitchen-thermos-500ml', '不锈钢保温杯 500毫升', 'Steel vacuum flask, 500 ml', 8990, 1100],
  ['kitchen-hotpot-copper', '老北京铜火锅', 'Old Beijing copper hot pot', 45800, 90],
  ['kitchen-rolling-pin', '擀面杖', 'Rolling pin', 1590, 1400],
  ['kitchen-cutting-board', '竹砧板', 'Bamboo cutting board', 4590, 900],
]

const electronics: readonly ProductRow[] = [
  ['tech-phone-128gb', '智能手机 128GB', 'Smartphone, 128 GB', 199900, 150],
  ['tech-phone-512gb', '旗舰智能手机 512GB', 'Flagship smartphone, 512 GB', 499900, 60],
  ['tech-tablet-11', '平板电脑 11英寸', 'Tablet, 11 inch', 229900, 110],
  ['tech-laptop-14', '轻薄笔记本 14英寸', 'Light laptop, 14 inch', 529900, 70],
  ['tech-earbuds', '降噪蓝牙耳机', 'Noise-cancelling earbuds', 39900, 700],
  ['tech-headphones', '头戴式耳机', 'Over-ear headphones', 69900, 260],
  ['tech-watch', '运动智能手表', 'Sports smartwatch', 89900, 230],
  ['tech-powerbank-20000', '充电宝 20000毫安时', 'Power bank, 20,000 mAh', 15900, 1200],
  ['tech-charger-65w', '氮化镓充电器 65W', 'GaN charger, 65 W', 12900, 1500],
  ['tech-cable-usbc-2m', 'USB-C 数据线 2米', 'USB-C cable, 2 m', 2990, 4000],
  ['tech-keyboard-mech', '机械键盘 87键', 'Mechanical keyboard, 87 keys', 32900, 340],
  ['tech-mouse-wireless', '无线鼠标', 'Wireless mouse', 9900, 900],
  ['tech-monitor-27', '4K显示器 27英寸', '4K monitor, 27 inch', 169900, 80],
  ['tech-ssd-1tb', '移动固态硬盘 1TB', 'Portable SSD, 1 TB', 54900, 320],
  ['tech-router-wifi7', '千兆无线路由器', 'Gigabit Wi-Fi router', 29900, 410],
]

const home: readonly ProductRow[] = [
  ['home-quilt-silk-2kg', '桑蚕丝被 2公斤', 'Mulberry silk quilt, 2 kg', 89900, 100],
  ['home-bedding-cotton-4', '纯棉四件套', 'Cotton bedding, set of 4', 29900, 350],
  ['home-pillow-latex', '乳胶枕', 'Latex pillow', 15900, 480],
  ['home-towels-3', '新疆长绒棉毛巾 3条', 'Xinjiang cotton towels, 3 pieces', 5990, 1300],
  ['home-mat-bamboo', '竹凉席 1.8米', 'Bamboo sleeping mat, 1.8 m', 25900, 190],
  ['home-lamp-desk', '护眼台灯', 'Eye-care desk lamp', 19900, 520],
  ['home-fan-standing', '落地电风扇', 'Standing fan', 23900, 310],
  ['home-humidifier', '加湿器', 'Humidifier', 17900, 360],
  ['home-umbrella', '晴雨两用伞', 'Sun-and-rain umbrella', 6900, 1600],
  ['home-storage-box-3', '收纳箱 3只', 'Storage boxes, 3 pieces', 8990, 700],
  ['home-detergent-3kg', '洗衣液 3公斤', 'Laundry liquid, 3 kg', 3990, 2100],
  ['home-tissues-24', '抽纸 24包', 'Facial tissues, 24 packs', 4990, 2800],
]

const wardrobe: readonly ProductRow[] = [
  ['wear-hanfu-jacket', '新中式盘扣上衣', 'Jacket with knot buttons', 32900, 240],
  ['wear-qipao', '改良旗袍', 'Modern qipao', 45900, 160],
  ['wear-tshirt-cotton', '纯棉T恤', 'Cotton T-shirt', 7900, 2200],
  ['wear-down-jacket', '轻薄羽绒服', 'Light down jacket', 49900, 270],
  ['wear-running-shoes', '缓震跑鞋', 'Cushioned running shoes', 39900, 430],
  ['wear-canvas-shoes', '帆布鞋', 'Canvas shoes', 12900, 850],
  ['wear-socks-10', '棉袜 10双', 'Cotton socks, 10 pairs', 4990, 2600],
  ['wear-scarf-cashmere', '鄂尔多斯羊绒围巾', 'Ordos cashmere scarf', 59900, 140],
  ['wear-scarf-silk', '真丝方巾', 'Silk square scarf', 23900, 260],
  ['wear-backpack-25l', '双肩包 25升', 'Backpack, 25 l', 18900, 540],
]

const study: readonly ProductRow[] = [
  ['book-three-body', '《三体》全集', 'The Three-Body Problem, trilogy', 9300, 900],
  ['book-dream-red-chamber', '《红楼梦》', 'Dream of the Red Chamber', 5970, 650],
  ['book-journey-west', '《西游记》', 'Journey to the West', 4720, 700],
  ['book-art-of-war', '《孙子兵法》', 'The Art of War', 2980, 1100],
  ['book-tang-poems', '《唐诗三百首》', 'Three Hundred Tang Poems', 3280, 1000],
  ['study-abacus-13', '十三档红木算盘', 'Rosewood abacus, 13 rods', 12800, 300],
  ['study-brush-set', '湖笔套装', 'Huzhou writing brushes, set', 16800, 220],
  ['study-inkstone', '端砚', 'Duan inkstone', 38800, 80],
  ['study-xuan-paper-100', '宣纸 100张', 'Xuan paper, 100 sheets', 8800, 450],
  ['study-notebook-a5', 'A5笔记本', 'A5 notebook', 1990, 3200],
  ['study-gel-pens-12', '中性笔 12支', 'Gel pens, 12 pieces', 1580, 3800],
  // Scarce on purpose: the fourth order of one learns what `out_of_stock` looks like.
  ['study-seal-jade', '和田玉印章（限量3枚）', 'Hotan jade seal, limited to 3', 128800, 3],
]

/** What the demo shop sells: SKUs are stable, so that importing it again changes nothing. */
export const demoProducts: readonly DemoProduct[] = [...tea, ...pantry, ...snacks, ...kitchen, ...electronics, ...home, ...wardrobe, ...study].map(
  ([sku, chinese, english, priceFen, stock]) => ({ sku, title: `${chinese} · ${english}`, priceFen, stock }),
)
