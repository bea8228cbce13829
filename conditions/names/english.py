"""Merchants' names of attributes, relations and values in English (see `registry.add_names`)."""

NAMES = {
    "sales": """
        order, orders, purchase, purchases, placed an order, placed orders, made a purchase,
        made purchases, transaction, transactions, buyer, buyers, purchaser, purchasers
    """,
    "sales:done": """
        owners, owner, ordered, ordering, orderd, purchased, purchasing, buy, buys, bought,
        buying, shopped, bought in, bought from, ordered from, order from, shopping
    """,
    "carts": """
        abandoned cart, abandoned carts, abandoned basket, abandoned baskets, abandoned their
        cart, abandoned a cart, abandoned shopping cart, abandoned shopping carts, cart
        abandoners, cart, carts, basket, baskets, shopping cart, shopping carts, shopping
        basket, left a cart, left something in the cart, left items in the cart, left things in
        the cart, in the cart, in their cart, in the basket, open cart, open carts, active cart,
        active carts, abandoned
    """,
    "product_views": """
        viewed, view, views, looked at, look at, seen, saw, visited, browsed, browse, product
        views, checked out the product, looked, viewing, viewed products, views of
    """,
    "wishlist_items": """
        wish list, wishlist, wish lists, wishlists, wished for, wished, on the wish list, on
        their wish list, on their wishlist, saved, favourites, wish list items, wishlist items,
        on a wish list, added to wish list, added to the wish list, added to their wish list,
        added to wishlist, added to the wishlist, added to their wishlist
    """,
    "logins": """
        logged in, log in, login, logins, log-in, log-ins, signed in, sign in, logging in,
        log-ons
    """,
    "refunds": """
        refund, refunds, returned, returns, return, returned something, got a refund, gave back,
        give back, credit note, credit notes, sent back, refunded orders
    """,
    "customer.date_of_birth": "date of birth, born, birth date, birthdate",
    "customer.days_until_birthday": """
        birthday, birthdays, have their birthday, has a birthday, birthday is, turn a year
        older, anniversary of birth
    """,
    "customer.registered_at": """
        registered, signed up, sign up, joined, account created, customer since, customers since,
        created an account, created their account, opened an account, opened their account, open an
        account, open their account, opening an account, opening their account, registration,
        registration date, sign ups, signups, became customers, accounts created, signed-up
    """,
    "customer.registered_at:new": """
        new customers, new customer, new clients, new accounts, new users, new shoppers, new people,
        new signups, new members
    """,
    "customer.days_since_registration": "days since registration, days since they registered",
    "customer.email": "email, e-mail, email address, e-mail address, mail address",
    "customer.email_domain": """
        email domain, e-mail domain, mail domain, email at, e-mail at, email from, email domain
        is
    """,
    "customer.first_name": "first name, given name, called, first names, forename",
    "customer.last_name": "last name, surname, family name, last names, surnames",
    "customer.gender": "gender, sex",
    "customer.gender=female": "women, woman, female, females, ladies, lady",
    "customer.gender=male": "men, man, male, males, gentlemen, guys",
    "customer.group": "customer group, group",
    "customer.tags": "tag, tags, tagged, tagged as, tagged with, labelled, labeled",
    "customer.website": "website, web site, on the website, site",
    "customer.store": "account created in store, store, created in store",
    "customer.kind=guest": "guest, guests",
    "customer.kind=registered": "registered customers, registered users",
    "customer.accepts_marketing": """
        accept marketing, accepts marketing, accepted marketing, accepting marketing, marketing
        consent, agreed to marketing, opted in, opted in to marketing, opted in for marketing,
        opt-in, marketing opt-in, consented to marketing, allow marketing, marketing emails,
        want marketing, receive marketing, accept our marketing, accept marketing emails, may be
        mailed, accept advertising
    """,
    "customer.attributes.loyalty_level": "loyalty level, level, loyalty",
    "addresses": "address, addresses, an address, address book",
    "address.country": "country, countries",
    "address.city": "city, town, cities",
    "address.region": "region, state, province, state or province",
    "address.postcode": """
        postcode, post code, postcodes, post codes, zip code, zip, zip codes, postal code,
        postal codes
    """,
    "address.street": "street, street name",
    "address.company": "company, company name, company address, firm",
    "address.telephone": "telephone, phone, phone number, telephone number",
    "address.country=DE": "German, Germans",
    "address.country=FR": "French",
    "address.country=AT": "Austrian, Austrians",
    "address.country=CH": "Swiss",
    "address.country=PL": "Polish",
    "address.country=GB": "UK, Great Britain, Britain, British, U.K.",
    "address.country=US": """
        US, USA, America, American, Americans, U.S., United States of America, the States
    """,
    "address.country=AU": "Australian, Australians",
    "address.country=NL": "Netherlands, Holland, Dutch",
    "address.country=TR": "Turkey, Turkish",
    "activity.last_order_at": """
        last order, last purchase, last bought, last ordered, most recent order, latest order,
        latest purchase, most recent purchase, last order was, last order date, last shopped,
        ordered last, last order placed
    """,
    "activity.first_order_at": """
        first order, first purchase, first bought, first ordered, first order was, ordered for
        the first time, bought for the first time, first-time buyers, first time buyers, ordered
        first
    """,
    "activity.days_since_last_order": """
        days since last order, days since the last order, days since their last order, days
        since last purchase
    """,
    "activity.days_since_first_order": """
        days since first order, days since the first order, days since their first order
    """,
    "activity.days_since_last_login": """
        days since last log-in, days since last login, days since the last login
    """,
    "activity.last_login_at": """
        last login, last log-in, last logged in, last signed in, most recent login, last visit,
        latest login
    """,
    "activity.days_inactive": """
        inactive, days inactive, no activity, been inactive, not active, dormant
    """,
    "activity.days_without_purchase": """
        days without purchase, days without a purchase, days without an order
    """,
    "activity.average_days_between_orders": """
        average days between orders, average number of days between orders, days between orders,
        average time between orders, average gap between orders, days between their orders,
        average days between their orders, order on average every
    """,
    "lifetime.sales": """
        spent, spend, spends, spending, total spend, total spent, total spending, revenue,
        lifetime sales, lifetime value, lifetime spend, lifetime spending, turnover, total
        sales, sales volume, sales of, bought for, total revenue, ordered for, purchases worth,
        purchases totalling, total order value, worth of orders, in sales, in revenue, LTV
    """,
    "lifetime.number_of_orders": """
        number of orders, number of purchases, order count, times ordered
    """,
    "lifetime.average_order_value": """
        average per order, average amount per order, avg order value, avg order, avg basket,
        average order value, average order, AOV, average basket, average purchase, average order
        size, average spend per order, average value of their orders, average order total, mean
        order value, orders on average worth, average cart value, average basket value, average
        order amount, spend per order on average, average of their orders, spend on average,
        average spend, spent on average, spends on average, average order over
    """,
    "lifetime.profit": "profit, lifetime profit, sales minus refunds, net sales, net of refunds",
    "lifetime.refunds:done": "refunded, got back, been refunded, were refunded, money back",
    "lifetime.refunds": """
        lifetime refunds, in refunds, total refunds, refunds worth, refunded amount, refunds
        totalling, total refunded, amount refunded, refunds of, refunded in total, refund total
    """,
    "lifetime.distinct_products": """
        different products, distinct products, different items, different articles, different
        products bought, distinct items, unique products, various products
    """,
    "lifetime.quantity": """
        pieces bought, items bought, pieces, number of items bought, total items, bought items,
        items purchased, items in total, pieces in total, number of pieces
    """,
    "order.created_at": "purchase date, order date, ordered on",
    "order.grand_total": """
        order value, order total, grand total, order amount, single order of, order worth, value
        of an order, value of the order
    """,
    "order.subtotal": "subtotal, sub total",
    "order.coupon_code": """
        coupon, coupons, coupon code, coupon codes, voucher, vouchers, voucher code, discount
        code, discount codes, promo code, promo codes, promotion code, code, couponed, with the
        code
    """,
    "order.payment_method": """
        paid by, paid with, paid via, payment method, paying by, paying with, pay by, pay with,
        pays by, pays with, paid, payment by, payment, paid using, payment with
    """,
    "order.payment_method=invoice": "invoice, on account",
    "order.payment_method=card": "card, credit card, credit cards, by card, cards",
    "order.payment_method=Banküberweisung": "bank transfer, wire transfer",
    "order.shipping_method": """
        shipping method, delivered by, delivery method, shipped by, shipped with, shipped via,
        shipping by, shipping, delivery by, delivered via, delivery
    """,
    "order.shipping_amount": """
        shipping amount, shipping costs, shipping cost, shipping fee, shipping, delivery costs,
        shipping charges, delivery, postage, delivery fee, delivery charge, shipping charge
    """,
    "order.discount_amount": """
        discount, discounts, discount amount, discounted, price reduction, rebate, order
        discount
    """,
    "order.tax_amount": "tax, taxes, tax amount, VAT",
    "order.lines_count": "lines, number of lines, order lines, positions",
    "order.number": "order number",
    "order.state": "order state, state",
    "order.state=canceled": "canceled, cancelled",
    "order.state=complete": "completed, complete",
    "order.state=pending_payment": "pending payment, awaiting payment, payment pending, unpaid",
    "order.state=holded": "on hold",
    "order.state=processing": "processing, in processing, being processed",
    "order.status": "order status, status",
    "order.currency": "currency, in currency, currency of, paid in",
    "order.website": "order website, ordered on the website, website",
    "order.store": "ordered in store, store, order store",
    "order.shipping_country": """
        shipped to, ship to, delivered to, shipping country, delivery to, shipping to, sent to,
        shipping address in, delivery address in, ships to, delivery country
    """,
    "order.shipping_city": "shipping city, delivery city",
    "order.shipping_region": "shipping region, shipping state",
    "order.shipping_postcode": "shipping postcode, shipping post code, shipping zip",
    "order.billing_country": "billed to, billing country, invoiced to, billing address in",
    "order.billing_city": "billing city",
    "order.billing_region": "billing region, billing state",
    "order.billing_postcode": "billing postcode, billing post code, billing zip",
    "order_item.sku": "SKU, SKUs, article number, item number",
    "order_item.name": """
        product name, product called, product named, products called, products named
    """,
    "order_item.category": "category, categories, from category, from the category",
    "order_item.price": "price, priced at, priced, prices, item price, product price",
    "order_item.quantity": "quantity",
    "order_item.product_type": "product type",
    "order_item.product_type=service": "services",
    "order_item.product_type=bundle": "bundles",
    "order_item.product.brand": """
        brand, brands, by brand, of brand, of the brand, from the brand, branded
    """,
    "order_item.product.colour": "colour, color, coloured, colored, in colour",
    "order_item.product.sustainable": "sustainable, sustainable products",
    "cart.grand_total": """
        cart value, cart total, basket value, cart worth, value of the cart, basket total
    """,
    "cart.updated_at": """
        last updated, last changed, unchanged, untouched, not changed, last modified, not
        touched, idle
    """,
    "cart.created_at": "cart created",
    "cart.items_count": """
        lines, cart lines, products in the cart, products in their cart, different products in
        the cart, products in cart
    """,
    "cart.coupon_code": """
        coupon, coupons, coupon code, voucher, vouchers, discount code, promo code, code
    """,
    "cart.applied_rules": "price rule, price rules, applied rule, cart rule, promotion",
    "views.count": "view count, number of views",
    "views.last_viewed_at": "last viewed, last view, last looked at",
    "views.days_since_last": "days since last view",
    "wishlist.items_count": "number of wish list items, number of wishlist items",
    "wishlist.is_shared": """
        shared wish list, shared wishlist, shared their wish list, shared their wishlist, shared
        a wish list, wish list is shared, shared a wishlist, shared wish lists, wish list
        shared, wishlist is shared, wishlist shared
    """,
    "wishlist.days_since_last_added": "days since last added",
    "newsletter": """
        signed up, sign up, newsletter, newsletters, news letter, newsletter subscription
    """,
    "newsletter.status": "subscription status, newsletter status",
    "newsletter.status=subscribed": """
        subscribed, subscribe, subscribes, subscriber, subscribers, newsletter subscribers,
        newsletter subscriber, subscribed to the newsletter, subscribe to the newsletter,
        subscribed to newsletter, on the newsletter, signed up for the newsletter, signed up to
        the newsletter, subscribing, newsletter recipients, on the newsletter list
    """,
    "newsletter.status=unsubscribed": """
        unsubscribed, unsubscribe, opted out of the newsletter, unsubscribed from the
        newsletter, unsubscribed from newsletter, cancelled the newsletter, unsubscribers, left
        the newsletter
    """,
    "newsletter.status=unconfirmed": "unconfirmed, not confirmed, unconfirmed subscription",
    "newsletter.status=not_active": "not active, not activated",
    "newsletter.status_changed_at": "status changed, subscription changed",
    "segment": "segment, segments",
}
